"""StoryDALL-E learns stories: what is given, what is lost, and which parameters move.

Each distinct picture becomes codes once; a step sees captions, sentence vectors and codes alone.
The loss is the mean cross-entropy of all codes plus that of all text tokens but the first, padding
included (adymaharana/storydalle@132dd19:story-dalle/train_t2i.py:409-417).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from storybench.files import expect_folder, write_atomic
from storybench.images import encode_png
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.sheet import Strip, contact_sheet
from storybench.types import Progress
from storymodels.storydalle import presets
from storymodels.storydalle.checkpoints.saved import write_about
from storymodels.storydalle.finetuning.starting import Start, start
from storymodels.storydalle.inputs.codes import BATCH, Codes
from storymodels.storydalle.inputs.reading import Batch, Reading, check_fit
from storymodels.storydalle.model import Given, StoryDalle, losses
from storymodels.storydalle.presets import Frames, Preset
from storymodels.storydalle.sampling import PUBLISHED, numbers_for, sample
from storymodels.storydalle.sentences.encoder import SentenceEncoder
from storymodels.storydalle.sentences.opening import encoder_of, expect_none
from storymodels.storydalle.sheet import image_of
from storymodels.storydalle.sizes import VqganSize
from storymodels.storydalle.transformer import Block
from storymodels.storydalle.tuning import moved
from storymodels.storydalle.vqgan import Vqgan
from storymodels.training import loop
from storymodels.training.folder import Keeping
from storymodels.training.loop import Say, Trained
from storymodels.training.machine import Machine, expect_device, moved_to
from storymodels.training.memory import Beside, Watch, bytes_of

SHOWN = 4
"""Stories on a sheet of samples."""

HELD = "val"
"""The split that they are from."""

DRAWN = PUBLISHED["code"]
"""How their codes are chosen."""


class LearnStories:
    """The task: stories with their source, to be continued.

    Args:
        model: what learns.
        preset: says what moves, and what the model is written as.
        reading: what it learns from.
        shown: what sheets of samples show.
        about: what else `saved.write_about` writes.
        on_progress: told of stories whose pictures become codes.
    """

    def __init__(
        self,
        model: StoryDalle,
        preset: Preset,
        *,
        reading: Reading,
        shown: Reading,
        about: Mapping[str, Any],
        on_progress: Progress | None = None,
    ) -> None:
        self.module, self.n_items = model, len(reading)
        has_words = bool(about["tokenizer"].added)
        self.moved = moved(model, preset.tuning, has_text_head=has_words)
        self._reading, self._shown, self._on_progress = reading, shown, on_progress
        self._about = {"preset": preset.name, **about}

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterator[Batch]:
        """Stories as they are shown in an epoch."""
        self._reading.set_epoch(epoch, on_progress=self._on_progress)
        return map(self._reading.batch, items)

    def example(self, n_items: int) -> Batch:
        """Stories of which everything is the first of its vocabulary."""
        size = self.module.size
        t, codes = size.story.n_targets, size.transformer.n_codes
        given = Given(
            text=torch.zeros(n_items, t, size.transformer.n_text, dtype=torch.long),
            sentences=torch.zeros(n_items, t, size.story.sentence_width),
            source_codes=torch.zeros(n_items, codes, dtype=torch.long),
        )
        return Batch(given, given.text.new_zeros(n_items, t, codes), ids=(), captions=())

    def losses(self, module: nn.Module, batch: Batch) -> Mapping[str, Tensor]:
        """Cross-entropy of codes and of text, in nats, and their sum."""
        text, codes = batch.given.text.flatten(0, 1), batch.codes.flatten(0, 1)
        of_codes, of_text = losses(module(batch.given, batch.codes), text, codes)
        return {"loss": of_codes + of_text, "codes": of_codes, "text": of_text}

    def units(self) -> Sequence[nn.Module]:
        """Attention and MLP of every block: blocks themselves are called in halves."""
        blocks = [block for block in self.module.transformer.blocks if isinstance(block, Block)]
        return [unit for block in blocks for unit in (block.attention, block.mlp)]

    def write_about(self, folder: Path, *, step: int) -> None:
        """What makes a checkpoint a model that `storybench generate` opens."""
        write_about(folder, self.module, step=step, **self._about)

    def draw(self, path: Path) -> None:
        """Stories that were not learned from: their pictures by way of codes, and those drawn."""
        batch = self._shown.batch(range(min(SHOWN, len(self._shown))))
        size, device = self.module.size, self.module.transformer.norm.weight.device
        names = [f"{name}/{k}" for name in batch.ids for k in range(size.story.n_targets)]
        numbers = numbers_for(names, size.transformer.n_codes, seed=0)
        given: Given = moved_to(batch.given, device)
        numbers = numbers.view(batch.codes.shape).to(device)
        n_alone = 1 if self.module.mixes_sources else len(numbers)
        parts = [slice(at, at + n_alone) for at in range(0, len(numbers), n_alone)]
        drawn = torch.cat(
            [
                sample(self.module, given.of(part), choice=DRAWN, numbers=numbers[part])
                for part in parts
            ]
        )
        strips = []
        for k, name in enumerate(batch.ids):
            rows = {"as codes have it": batch.codes[k], "drawn": drawn[k]}
            strips += [
                self._strip(f"{name} · {what}", given.source_codes[k], codes, batch.captions[k])
                for what, codes in rows.items()
            ]
        write_atomic(path, encode_png(contact_sheet(strips)))

    @torch.inference_mode()
    def _strip(self, title: str, source: Tensor, codes: Tensor, captions: Sequence[str]) -> Strip:
        vqgan = self.module.vqgan
        pictures = vqgan.decode(torch.cat([source[None], codes.to(source.device)]))
        return Strip(title, tuple(map(image_of, pictures)), ("source", *captions))


def train(
    data: Path,
    out: Path,
    *,
    preset: Preset,
    init: Path | None = None,
    sentences: str | None = None,
    split: str = "train",
    frames: Frames | None = None,
    changes: Mapping[str, Any] = MappingProxyType({}),
    keeping: Keeping = Keeping(),  # noqa: B008  (frozen)
    machine: Machine = Machine(),  # noqa: B008  (frozen)
    on_progress: Progress | None = None,
    say: Say = lambda sentence: None,
) -> Trained:
    """Train a StoryDALL-E on a build, or go on with a run that was stopped.

    Args:
        data: the folder of a finished build.
        out: a new folder, or that of this very run.
        preset: what is trained and how, see `presets`; it is fitted to the dataset.
        init: minDALL-E's folder, a `.pth` of StoryDALL-E, or a model or run of ours; None for the
            toy world's model that comes with the package.
        sentences: "hash", "minilm", or a folder or file of an encoder; None for the preset's.
        split: which stories to learn from.
        frames: of clips the "stored" frame or a "random" one each epoch; None for the preset's.
        changes: fields of the recipe that are not to be the preset's.
        keeping: what is written when.
        machine: on what.
        on_progress: told of stories whose pictures become codes, then of every step.
        say: told what is new in the model, what moves, and how much memory is needed.

    Raises:
        MissingError: data, weights, an encoder or a device is not there.
        InputError: something does not fit, or `out` holds another run or is a file.
        NoSpaceError: the disk is full; the checkpoints before are kept.
    """
    expect_folder(out, what="the run")
    expect_device(machine, replace(preset.recipe, **changes).precision)
    stories = Stories(data, split)
    encoder = None
    if preset.size.story.sentence_width:
        encoder = encoder_of(sentences or preset.sentences, stories)
    else:
        expect_none(sentences, preset.name)
    preset = _fitted(preset, stories, encoder)
    recipe = replace(preset.recipe, **changes)
    preset = replace(preset, frames=frames or preset.frames, recipe=recipe)
    words = presets.WORDS.get(presets.family(stories.spec.name), ())
    begun = start(preset, init, words=words, seed=preset.recipe.seed)
    check_fit(begun.model.size, begun.tokenizer, encoder)
    if begun.new:
        say(f"New in the model: {', '.join(begun.new)}.")
    reading, shown = _readings(begun, preset, stories, encoder, machine.place)
    if keeping.sample_every:
        shown.set_epoch(0)  # by each process for itself: the first one draws alone
    about = {"tokenizer": begun.tokenizer, "sentences": encoder, "data_digest": stories.digest}
    task = LearnStories(
        begun.model, preset, reading=reading, shown=shown, about=about, on_progress=on_progress
    )
    return loop.train(
        task,
        out,
        preset.recipe,
        record=_record(begun, preset, stories, encoder),
        keeping=keeping,
        machine=machine,
        beside=beside(begun.model.vqgan, begun.model.size.vqgan),
        on_progress=on_progress,
        say=say,
    )


def beside(vqgan: Vqgan, size: VqganSize) -> Beside:
    """The memory of a second VQGAN by which pictures are read, and of as many as it reads at once.

    Encoding is watched with tensors that have shapes but no data.
    """
    with torch.device("meta"):
        empty = Vqgan(size)
        with Watch(empty.parameters()) as reading:
            empty.encode(torch.zeros(BATCH, 3, size.side, size.side))
    return Beside(bytes_of([*vqgan.parameters(), *vqgan.buffers()]), reading.peak)


def _fitted(preset: Preset, stories: Stories, encoder: SentenceEncoder | None) -> Preset:
    return presets.fitted(
        preset,
        dataset=stories.spec.name,
        n_targets=stories.spec.n_targets,
        sentence_width=encoder.width if encoder else 0,
        has_clips=len(Clips(stories.directory)) > 0,
    )


def _readings(
    begun: Start,
    preset: Preset,
    stories: Stories,
    encoder: SentenceEncoder | None,
    device: torch.device,
) -> tuple[Reading, Reading]:
    """The stories to learn from, and those for samples: of the validation split if there is one."""
    size = begun.model.size
    vqgan = copy.deepcopy(begun.model.vqgan)  # which stays whole where the model is shared out
    parts: dict[str, Any] = {
        "tokenizer": begun.tokenizer,
        "sentences": encoder,
        "codes": Codes(vqgan.to(device)),
        "n_text": size.transformer.n_text,
        "side": size.vqgan.side,
    }
    reading = Reading(
        stories,
        stories.split,
        **parts,
        frames=preset.frames,
        captions=preset.captions,
        crop=preset.crop,
        seed=preset.recipe.seed,
    )
    is_held = HELD in stories.manifest.splits
    shown = Stories(stories.directory, HELD) if is_held else stories
    return reading, Reading(shown[:SHOWN], **parts)


def _record(
    begun: Start, preset: Preset, stories: Stories, encoder: SentenceEncoder | None
) -> dict[str, Any]:
    """What the run is of."""
    return {
        "trainer": "storydalle",
        "preset": preset.name,
        "size": asdict(begun.model.size),
        "switches": asdict(begun.model.switches),
        "init": begun.origin,
        "tokenizer": begun.tokenizer.digest,
        "sentences": encoder.record() if encoder else None,
        "data": stories.digest,
        "split": stories.split,
        "frames": preset.frames,
        "captions": preset.captions,
        "crop": preset.crop,
    }
