"""From what a training starts from to the model that a preset asks for.

minDALL-E's folder, a `.pth` of the public training script, a model or run of ours, or the model of
the toy world that comes with the package. What a story needs and the start lacks is new; what the
start has and the preset leaves out is left out; everything else must fit, tensor by tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storymodels.storydalle import twin
from storymodels.storydalle.checkpoints.public import add_trained
from storymodels.storydalle.checkpoints.saved import WEIGHTS, is_saved, read_model
from storymodels.storydalle.checkpoints.upstream import (
    STAGES,
    add_words,
    is_release,
    load_mindalle,
    load_storydalle,
)
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.presets import Preset
from storymodels.storydalle.sizes import Size, StorySize
from storymodels.storydalle.switches import Switches
from storymodels.storydalle.tokenizer import Tokenizer

TOKENIZER = "tokenizer"
"""The folder in minDALL-E's release that has the tokenizer's files."""

ADDED = ("story_encoder.", "prompt.", "retro.")
"""The parts of a model that a start may lack, or have and lose."""


@dataclass(frozen=True, eq=False)
class Start:
    """A model to be tuned.

    Attributes:
        model: of the preset's size, on the processor.
        tokenizer: of its captions.
        new: the parts whose weights are new, and words that got a token.
        origin: hashes of the files that it was made from.
    """

    model: StoryDalle
    tokenizer: Tokenizer
    new: tuple[str, ...]
    origin: dict[str, str]


def start(
    preset: Preset, init: Path | None = None, *, words: Sequence[str] = (), seed: int = 0
) -> Start:
    """The model of a preset, fitted to its dataset.

    Args:
        preset: its size says what is wanted of the story's parts.
        init: where from; None for the model that comes with the package, of the toy world.
        words: names that get a token of their own where minDALL-E or a `.pth` is started from;
            names that a `.pth` was trained with keep theirs.
        seed: of new weights.

    Raises:
        MissingError: nothing is there, or a file beside it is missing.
        InputError: it is something else, damaged, or of another size than the preset's.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        opened, files = _opener(preset, init)
        begun = opened(preset, words)
        _expect_size(preset, begun.model.size)
        model, new = refitted(begun.model, preset.size.story, preset.switches)
    there = {name.split(".")[0] for name, _ in model.named_parameters()}
    rows = (f"tokens of {', '.join(begun.words)}",) if begun.words else ()
    return Start(
        model,
        begun.tokenizer,
        (*sorted({*new, *begun.new} & there), *rows),
        {path.name: sha256_file(path) for path in files},
    )


def refitted(
    model: StoryDalle, story: StorySize, switches: Switches
) -> tuple[StoryDalle, tuple[str, ...]]:
    """The same VQGAN and transformer with other parts for stories; those that are new, by name.

    All in float32. A part whose tensors have the same names and shapes is kept.
    """
    if (model.size.story, model.switches) == (story, switches):
        return model.float(), ()
    made = StoryDalle(replace(model.size, story=story), switches)
    before, wanted = model.state_dict(), made.state_dict()
    new = []
    for part in ADDED:
        names = [name for name in wanted if name.startswith(part)]
        if any(name not in before or before[name].shape != wanted[name].shape for name in names):
            new.append(part.removesuffix("."))
            before = {name: t for name, t in before.items() if not name.startswith(part)}
    kept = {name: tensor.float() for name, tensor in before.items() if name in wanted}
    made.load_state_dict({**wanted, **kept})
    return made, tuple(new)


@dataclass(frozen=True, eq=False)
class _Begun:
    """What was read, before it is fitted to the preset; `words` got tokens of their own."""

    model: StoryDalle
    tokenizer: Tokenizer
    new: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


_Open = Callable[[Preset, Sequence[str]], _Begun]


def _opener(preset: Preset, init: Path | None) -> tuple[_Open, list[Path]]:
    """What reads a start, and the files that it is made of."""
    if init is None:
        if not preset.name.startswith("twin-"):
            raise MissingError(
                f"Expected --init for {preset.name}, found none: the folder of minDALL-E "
                f"({', '.join(STAGES.values())}, {TOKENIZER}/), a .pth of StoryDALL-E, or a "
                "checkpoint of ours."
            )
        init = twin.WEIGHTS
    if is_release(init):
        return _of_mindalle(init), [init / file for file in STAGES.values()]
    if is_saved(init):
        saved = read_model(init)
        tokenizer = Tokenizer.read(saved.vocab, saved.merges, added=saved.about.added)
        begun = _Begun(saved.model, tokenizer)
        return lambda preset, words: begun, [saved.folder / WEIGHTS]
    if init.is_file():
        return _of_storydalle(init), [init]
    raise MissingError(
        f"Expected minDALL-E ({', '.join(STAGES.values())}), a .pth of StoryDALL-E, or a "
        f"checkpoint of ours at {init}, found none of them."
    )


def _of_mindalle(folder: Path) -> _Open:
    def opened(preset: Preset, words: Sequence[str]) -> _Begun:
        inside = folder / TOKENIZER
        tokenizer = Tokenizer.in_folder(inside if inside.is_dir() else folder)
        model = load_mindalle(
            folder,
            preset.size.story,
            switches=preset.switches,
            head_width=_head_width(preset.size),
        )
        new = tuple(part.removesuffix(".") for part in ADDED)
        return _Begun(model, tokenizer, new, _named(model, tokenizer, words))

    return opened


def _of_storydalle(path: Path) -> _Open:
    def opened(preset: Preset, words: Sequence[str]) -> _Begun:
        loaded = load_storydalle(
            path, switches=preset.switches, head_width=_head_width(preset.size)
        )
        model, new = loaded.model, () if loaded.has_retro else ("retro",)
        tokenizer = Tokenizer.in_folder(path.parent)
        add_trained(tokenizer, model.size.transformer.text_vocabulary, path.parent)
        return _Begun(model, tokenizer, new, _named(model, tokenizer, words))

    return opened


def _named(model: StoryDalle, tokenizer: Tokenizer, words: Sequence[str]) -> tuple[str, ...]:
    """Give words a token each and the model a row for it; those that had none, in order."""
    n_known = len(tokenizer.added)
    tokenizer.add(words)
    n_new = tokenizer.n_tokens - model.size.transformer.text_vocabulary
    if n_new > 0:
        add_words(model, n_new)
    return tokenizer.added[n_known:]


def _head_width(size: Size) -> int:
    return size.transformer.width // size.transformer.n_heads


def _expect_size(preset: Preset, found: Size) -> None:
    """See that VQGAN and transformer are those of the preset, but for the number of words."""
    wanted = _bones(preset.size)
    differ = [
        f"{name} {value} instead of {wanted[name]}"
        for name, value in _bones(found).items()
        if value != wanted[name]
    ]
    if differ:
        raise InputError(
            f"Expected a model of the size of {preset.name} to start from, found one of "
            f"{', '.join(differ[:3])}. Choose another --init or --preset."
        )


def _bones(size: Size) -> dict[str, Any]:
    vqgan = {f"vqgan.{name}": getattr(size.vqgan, name) for name in size.vqgan.__slots__}
    names = (name for name in size.transformer.__slots__ if name != "text_vocabulary")
    return vqgan | {f"transformer.{name}": getattr(size.transformer, name) for name in names}
