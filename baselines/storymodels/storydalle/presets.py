"""Named ways to train a StoryDALL-E: a size, how much of it is tuned, and what is left out.

======================  ==========================================================================
`mindalle-…`, `twin-…`  1.3 B parameters on minDALL-E; the small model of the toy world
`…-full`                everything but the VQGAN moves: AdamW at 1e-4, a cosine down to zero
`…-prompt`              prompts, story encoder, retro cross-attention and embeddings alone: AdamW
                        at 5e-4, a line down to zero
`…-no-retro`            without retro cross-attention
`…-no-story`            without story encoder
`…-no-source`           the same network, which is shown no source: story visualization
`…-released`            as the public code does it: see below
======================  ==========================================================================

All but the last: 5 epochs, betas (0.9, 0.99), epsilon 1e-8, no weight decay, one story at a time
and 4 of them a step, 8 on DiDeMoSV (Maharana, Hannan and Bansal 2022; what the paper does not say
is taken from adymaharana/storydalle@132dd19:story-dalle).

What the public code trains otherwise (`train_t2i.py`, unless said), each a switch of its own:

============================  ====================================================================
`switches.RELEASED`           the model's own differences, listed in `switches`
`Recipe.schedule` constant    the factor of the rate is the larger of a ramp and 1 (359-365)
`Recipe.rate` 1e-3            of prompt-tuning (its script before commit 7459b8e); in full it is
                              1e-4, on FlintstonesSV 1e-5 (`train_story.sh`)
`Recipe.batch` 2              of prompt-tuning, and 4 of them a step (the same script)
`Recipe.gradients` sum        the loss is not divided by the batches of a step (419-425)
`Recipe.window`               a step comes at batches 0, 4, 8, … of an epoch (422)
`Recipe.n_epochs` 50          as the script asks for; checkpoints of epoch 4, 20 and 25 were used
`Preset.frames`, `captions`   a random frame of every clip and its first caption, cropped at random
and `crop`                    where it is no square (`pororo_dataloader.py`)
============================  ====================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from storybench.errors import UnknownNameError
from storybench.spelling import did_you_mean
from storymodels.storydalle.sizes import MINDALLE, TWIN, Size, StorySize
from storymodels.storydalle.switches import PAPER, RELEASED, Switches
from storymodels.storydalle.tuning import Tuning
from storymodels.training.recipe import Recipe

Frames = Literal["stored", "random"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A way to train.

    Attributes:
        name: as the command takes it.
        about: half a sentence for `--help`.
        size: of the model; a checkpoint that it starts from must have this size, but for the
            story's parts and the number of words.
        tuning: which parameters move.
        switches: where it differs from the paper.
        recipe: how it is trained.
        sentences: the encoder of captions that is taken if none is asked for.
        frames: of a clip the frame that the build chose, so that each is encoded once, or a random
            one each epoch.
        captions: of several, as in `Reading`.
        crop: of frames that are no squares, as in `Reading`.
    """

    name: str
    about: str
    size: Size
    tuning: Tuning
    switches: Switches
    recipe: Recipe
    sentences: str
    frames: Frames = "stored"
    captions: str = "default"
    crop: str = "centre"


@dataclass(frozen=True, slots=True)
class Ours:
    """What the presets of a size have in common."""

    size: Size
    n_prompts: int
    sentences: str
    about: str


SIZES: Mapping[str, Ours] = MappingProxyType(
    {
        "mindalle": Ours(MINDALLE, 32, "minilm", "minDALL-E, 1.3 B"),
        "twin": Ours(TWIN, 16, "hash", "the toy world's model"),
    }
)

FULL = Recipe(rate=1e-4, schedule="cosine")
PROMPT = Recipe(rate=5e-4, schedule="linear")
TUNINGS: Mapping[Tuning, Recipe] = MappingProxyType({"full": FULL, "prompt": PROMPT})
RELEASED_RATES: Mapping[Tuning, float] = MappingProxyType({"full": 1e-4, "prompt": 1e-3})
RELEASED_BATCHES: Mapping[Tuning, int] = MappingProxyType({"full": 1, "prompt": 2})

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pororosv": (
            *("pororo", "loopy", "eddy", "harry", "poby", "tongtong", "crong", "rody", "petty"),
        ),
        "flintstonessv": ("fred", "barney", "wilma", "betty", "pebbles", "dino", "slate"),
    }
)
"""Names that get a token of their own on minDALL-E, in this order (`train_t2i.py:237-247`)."""

ACCUMULATED: Mapping[str, int] = MappingProxyType({"didemosv": 8})
"""Stories a step where they are not those of the recipe (`train_story.sh`)."""

RATES: Mapping[str, float] = MappingProxyType({"flintstonessv": 1e-5})
"""Rates of the public code's full tuning where they are not those of the preset."""


def find(name: str) -> Preset:
    """The preset of that name.

    Raises:
        UnknownNameError: there is none; lists all, close ones first.
    """
    if name in PRESETS:
        return PRESETS[name]
    raise UnknownNameError(
        f"Expected a preset of StoryDALL-E, found {name!r}.{did_you_mean(name, PRESETS)} "
        f"Known: {', '.join(PRESETS)}."
    )


def fitted(
    preset: Preset, *, dataset: str, n_targets: int, sentence_width: int, has_clips: bool = True
) -> Preset:
    """A preset for a dataset, by name, and an encoder of sentences.

    Args:
        preset: what is fitted.
        dataset: as its manifest has it; "pororosv-twin" is a kind of "pororosv".
        n_targets: of a story.
        sentence_width: numbers of a vector.
        has_clips: whether another frame of a clip could be shown.
    """
    story = preset.size.story
    story = replace(
        story,
        n_targets=n_targets,
        sentence_width=sentence_width if story.sentence_width else 0,
    )
    known, recipe = family(dataset), preset.recipe
    recipe = replace(recipe, accumulate=ACCUMULATED.get(known, recipe.accumulate))
    if preset.switches == RELEASED and preset.tuning == "full":
        recipe = replace(recipe, rate=RATES.get(known, recipe.rate))
    frames = preset.frames if has_clips else "stored"
    size = replace(preset.size, story=story)
    return replace(preset, size=size, recipe=recipe, frames=frames)


def family(dataset: str) -> str:
    """The published dataset that one is a kind of, such as its toy release.

    >>> family("didemosv-rebuilt-twin"), family("my-comics")
    ('didemosv', 'my')
    """
    return dataset.partition("-")[0]


def _all() -> Iterator[Preset]:
    for called, ours in SIZES.items():
        for tuning, recipe in TUNINGS.items():
            story = replace(ours.size.story, n_prompts=ours.n_prompts if tuning == "prompt" else 0)
            size = replace(ours.size, story=story)
            whole = Preset(
                name=f"{called}-{tuning}",
                about=f"{ours.about}, {'prompt-tuned' if tuning == 'prompt' else 'tuned in full'}",
                size=size,
                tuning=tuning,
                switches=PAPER,
                recipe=recipe,
                sentences=ours.sentences,
            )
            yield whole
            yield _without(whole, "no-retro", "without retro cross-attention", has_retro=False)
            yield _without(whole, "no-story", "without story encoder", sentence_width=0)
            yield _without(whole, "no-source", "shown no source frame", sees_source=False)
            yield _as_released(whole)


def _without(whole: Preset, ending: str, about: str, **changes: bool | int) -> Preset:
    story: StorySize = replace(whole.size.story, **changes)  # type: ignore[arg-type]
    return replace(
        whole,
        name=f"{whole.name}-{ending}",
        about=f"{whole.about}, {about}",
        size=replace(whole.size, story=story),
    )


def _as_released(whole: Preset) -> Preset:
    recipe = replace(
        whole.recipe,
        rate=RELEASED_RATES[whole.tuning],
        batch=RELEASED_BATCHES[whole.tuning],
        schedule="constant",
        n_epochs=50,
        gradients="sum",
        window="first-batch-alone",
    )
    return replace(
        whole,
        name=f"{whole.name}-released",
        about=f"{whole.about}, as the public code does it",
        switches=RELEASED,
        recipe=recipe,
        frames="random",
        captions="first",
        crop="random",
    )


PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _all()})
"""Every preset by name."""
