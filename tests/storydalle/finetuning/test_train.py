"""Does StoryDALL-E learn stories, move what its preset says and nothing else, and can be read?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from storybench.errors import InputError
from storybench.images import decode
from storybench.shards.reader import Stories
from storymodels.storydalle.checkpoints.saved import read_about, read_model
from storymodels.storydalle.finetuning import train as train_module
from storymodels.storydalle.finetuning.starting import start
from storymodels.storydalle.finetuning.train import LearnStories, beside
from storymodels.storydalle.inputs.codes import BATCH
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.presets import find
from storymodels.storydalle.sampling import sample
from storymodels.storydalle.tuning import moved
from storymodels.storydalle.vqgan import Vqgan
from storymodels.training import memory
from storymodels.training.log import read_metrics
from storymodels.training.memory import Watch, bytes_of
from storymodels.training.task import freeze_others
from tests.conftest import Toy
from tests.storydalle import trainable
from tests.storydalle.trainable import run


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model to start from; treat it as read-only."""
    return trainable.write_base(tmp_path_factory.mktemp("base") / "model")


@pytest.mark.parametrize("name", ["twin-full", "twin-prompt", "twin-full-no-story"])
def test_a_step_moves_what_the_preset_says(toy: Toy, base: Path, tmp_path: Path, name: str) -> None:
    """Every parameter that is listed, and no other, bit for bit."""
    preset = trainable.preset(name)
    trained = run(toy.shards, base, tmp_path, preset, n_steps=1, rate=0.01)
    made = read_model(trained.checkpoint).model
    begun = start(replace(preset, size=made.size), base).model
    before, after = begun.state_dict(), made.state_dict()
    changed = {key for key in after if not torch.equal(after[key], before[key])}
    assert changed == set(moved(begun, preset.tuning))


@pytest.mark.usefixtures("pretended_gpu")
@pytest.mark.parametrize(
    "name", ["twin-full", "twin-prompt", "twin-full-no-retro", "twin-full-released"]
)
def test_a_gpu_learns_what_a_processor_learns(
    toy: Toy, base: Path, tmp_path: Path, name: str
) -> None:
    """From codes made there, with sheets drawn there; all that it needs goes there."""
    preset = trainable.preset(name)
    for device in ("cuda", "cpu"):
        run(toy.shards, base, tmp_path / device, preset, device=device, sample_every=1, batch=1)
    there, here = (read_metrics(tmp_path / device) for device in ("cuda", "cpu"))
    assert [e["loss"] for e in there] == pytest.approx([e["loss"] for e in here], abs=1e-4)
    assert list((tmp_path / "cuda" / "samples").iterdir())


def test_as_released_nothing_happens_to_the_retro_cross_attention(
    toy: Toy, base: Path, tmp_path: Path
) -> None:
    """It stays as it was drawn; the rest moves."""
    preset = trainable.preset("twin-full-released")
    trained = run(toy.shards, base, tmp_path, preset, batch=1, accumulate=4)
    made = read_model(trained.checkpoint).model
    begun = start(replace(preset, size=made.size), base).model
    before, after = begun.state_dict(), made.state_dict()
    changed = {key.split(".")[0] for key in after if not torch.equal(after[key], before[key])}
    assert changed == {"transformer", "story_encoder"}


def test_it_learns_stories(toy: Toy, base: Path, tmp_path: Path) -> None:
    """The loss of codes goes down, and so does that of text."""
    run(toy.shards, base, tmp_path, n_steps=40, rate=3e-3)
    entries = read_metrics(tmp_path)
    for name in ("loss", "codes", "text"):
        first, last = ([e[name] for e in part] for part in (entries[:4], entries[-4:]))
        assert sum(last) < 0.9 * sum(first), name


def test_a_checkpoint_is_a_model_with_all_it_needs(toy: Toy, base: Path, tmp_path: Path) -> None:
    """What it is, of which data, after which step; its tokenizer and sentence encoder."""
    run(toy.shards, base, tmp_path)
    folder, about = read_about(tmp_path)
    assert folder == tmp_path / "checkpoints" / "step-00000002"
    assert (about.preset, about.step) == ("twin-full", 2)
    assert about.data_digest == Stories(toy.shards).digest
    assert about.sentences == {"kind": "hash", "width": 128, "version": 1}
    assert about.size == trainable.preset().size
    assert {"vocab.json", "merges.txt"} <= {path.name for path in folder.iterdir()}


def test_pictures_become_codes_once(
    toy: Toy, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first step, and not again in later epochs or runs."""
    seen: list[int] = []
    encode = Vqgan.encode

    def counted(self: Vqgan, images: torch.Tensor) -> torch.Tensor:
        if not images.is_meta:  # as where its memory is measured
            seen.append(len(images))
        return encode(self, images)

    monkeypatch.setattr(Vqgan, "encode", counted)
    run(toy.shards, base, tmp_path / "a", n_steps=None, n_epochs=2)
    stories = Stories(toy.shards, "train")
    distinct = {frame.image.tobytes() for story in stories for frame in story.frames}
    assert len(distinct) <= sum(seen) <= 2 * len(distinct)
    seen.clear()
    run(toy.shards, base, tmp_path / "b")
    assert not seen


def test_a_sheet_of_samples_is_drawn(toy: Toy, base: Path, tmp_path: Path) -> None:
    """Of stories with their captions, and drawing it changes no step."""
    run(toy.shards, base, tmp_path / "a", sample_every=1)
    run(toy.shards, base, tmp_path / "b")
    sheets = sorted((tmp_path / "a" / "samples").iterdir())
    assert [path.name for path in sheets] == ["step-00000001.png", "step-00000002.png"]
    assert decode(sheets[0].read_bytes(), name="a sheet").shape[2] == 3
    losses = [[e["loss"] for e in read_metrics(tmp_path / name)] for name in "ab"]
    assert losses[0] == losses[1]


def test_a_sheet_shows_what_is_drawn_afterwards(
    toy: Toy, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that mixes up the sources of a batch is shown one story at a time, as it draws."""
    at_once: list[int] = []

    def seen(model: StoryDalle, given: Given, **how: Any) -> Tensor:
        at_once.append(len(given.text))
        return sample(model, given, **how)

    monkeypatch.setattr(train_module, "sample", seen)
    for name in ("twin-full-released", "twin-full"):
        run(toy.shards, base, tmp_path / name, trainable.preset(name), n_steps=1, sample_every=1)
    n = at_once[-1]
    assert n > 1
    assert at_once == [1] * n + [n]


def test_another_preset_in_the_same_folder_is_refused(toy: Toy, base: Path, tmp_path: Path) -> None:
    """With what differs."""
    run(toy.shards, base, tmp_path)
    with pytest.raises(InputError, match='preset "twin-full-no-retro" instead of "twin-full"'):
        run(toy.shards, base, tmp_path, trainable.preset("twin-full-no-retro"))


def test_a_model_without_the_source_does_not_see_it(toy: Toy, base: Path, tmp_path: Path) -> None:
    """Whatever the source is, its logits are the same; the whole model's are not."""
    for name, is_same in (("twin-full-no-source", True), ("twin-full", False)):
        trained = run(toy.shards, base, tmp_path / name, trainable.preset(name))
        model = read_model(trained.checkpoint).model
        logits = []
        for code in (3, 5):
            batch = trainable.batch(model, source=code)
            with torch.no_grad():
                logits.append(model(batch.given, batch.codes).codes)
        assert torch.equal(*logits) == is_same


def test_the_published_size_needs_what_the_arithmetic_says() -> None:
    """In full 6.1 GB of weights, 5.8 of gradients, 11.6 of moments; far less moves with prompts."""
    gigabytes = {}
    for name in ("mindalle-full", "mindalle-prompt"):
        preset = find(name)
        with torch.device("meta"):
            model = StoryDalle(preset.size)
        about = {"tokenizer": trainable.tokenizer()}
        task = LearnStories(model, preset, reading=[], shown=[], about=about)  # type: ignore[arg-type]
        freeze_others(model, task.moved)
        moved = sum(p.numel() for p in model.parameters() if p.requires_grad)
        gigabytes[name] = (sum(p.numel() for p in model.parameters()) * 4e-9, moved * 4e-9)
    assert gigabytes["mindalle-full"] == pytest.approx((6.114, 5.810), abs=0.001)
    assert gigabytes["mindalle-prompt"][1] < 1.0


def test_the_vqgan_that_reads_takes_what_is_said(base: Path) -> None:
    """It is one more beside the model's own; with data, encoding is watched to take as much."""
    model = read_model(base).model
    said = beside(model.vqgan, model.size.vqgan)
    assert said.held == bytes_of(model.vqgan.parameters())
    with Watch(model.vqgan.parameters()) as watch:
        model.vqgan.encode(torch.zeros(BATCH, 3, model.size.vqgan.side, model.size.vqgan.side))
    assert said.reading == pytest.approx(watch.peak, rel=0.02)


def test_its_memory_is_part_of_what_a_step_needs(
    toy: Toy, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is no room for is refused before the first step."""
    said: list[memory.Estimate] = []
    monkeypatch.setattr(memory, "expect_room", lambda needed, *_, **__: said.append(needed))
    run(toy.shards, base, tmp_path, n_steps=1)
    model = read_model(base).model
    wanted = beside(model.vqgan, model.size.vqgan)
    assert [(one.beside, one.reading) for one in said] == [(wanted.held, wanted.reading)]
