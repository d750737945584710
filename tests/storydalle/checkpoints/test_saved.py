"""Is a saved model the model, whole or absent, and is a folder that is anything else refused?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from storybench.errors import InputError, MissingError
from storymodels.storydalle.checkpoints.saved import is_saved, read_about, read_model, write_model
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sentences.hashed import Hashed
from storymodels.storydalle.switches import PAPER
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.training.folder import write_checkpoint
from tests.storydalle import official
from tests.syncing import lost_by_power_cuts

NAMES = ("Pororo", "Crong")


def rewrite(folder: Path) -> None:
    """The files of a model, in a folder that is there."""
    for path in write(folder / "model").iterdir():
        path.rename(folder / path.name)
    (folder / "model").rmdir()


def words() -> Tokenizer:
    """Of few tokens, and two names that were added."""
    tokenizer = Tokenizer.train(("a dog runs", "the cat sleeps"), size=60)
    tokenizer.add(NAMES)
    return tokenizer


def write(folder: Path, model: StoryDalle | None = None, *, step: int = 7) -> Path:
    """A model in a folder."""
    write_model(
        folder,
        model or official.model(prompt=True, retro=True, switches=PAPER),
        tokenizer=words(),
        sentences=Hashed(24),
        preset="tiny",
        data_digest="a" * 64,
        step=step,
    )
    return folder


@torch.no_grad()
def test_a_model_that_was_read_predicts_what_it_did(tmp_path: Path) -> None:
    """Its weights bit for bit, ready to draw, with all that was said of it and its tokenizer."""
    model = official.model(prompt=True, retro=True, switches=PAPER)
    saved = read_model(write(tmp_path / "one", model))
    stories, frames = official.stories(), official.frames()
    kept, found = model.state_dict(), saved.model.state_dict()
    assert kept.keys() == found.keys()
    assert all(torch.equal(kept[name], found[name]) for name in kept)
    codes, expected = saved.model(stories, frames).codes, model(stories, frames).codes
    assert torch.allclose(codes, expected, atol=1e-5)
    assert not saved.model.training
    assert (saved.about.size, saved.about.switches) == (model.size, PAPER)
    assert (saved.about.preset, saved.about.step, saved.about.added) == ("tiny", 7, NAMES)
    assert saved.about.sentences == Hashed(24).record()
    read = Tokenizer.read(saved.vocab, saved.merges, added=saved.about.added)
    assert read.digest == words().digest


def test_weights_keep_their_precision(tmp_path: Path) -> None:
    """A model in bfloat16 is read in bfloat16."""
    model = StoryDalle(official.size(), PAPER).bfloat16()
    assert read_model(write(tmp_path / "one", model)).model.transformer.norm.weight.dtype == (
        torch.bfloat16
    )


def test_a_run_means_its_newest_checkpoint(tmp_path: Path) -> None:
    """By number, not by name or time; what is half written does not count."""
    for step in (900, 1_000, 20):
        write(tmp_path / "run" / "checkpoints" / f"step-{step:03d}", step=step)
    (tmp_path / "run" / "checkpoints" / ".step-5000.partial").mkdir()
    folder, about = read_about(tmp_path / "run")
    assert (folder.name, about.step) == ("step-1000", 1_000)
    assert is_saved(tmp_path / "run")
    assert is_saved(folder)
    assert not is_saved(tmp_path)


def test_a_checkpoint_that_lost_its_model_is_not_passed_over(tmp_path: Path) -> None:
    """The one before would be drawn from, and nobody would know."""
    for step in (20, 30):
        write(tmp_path / "checkpoints" / f"step-{step}", step=step)
    (tmp_path / "checkpoints" / "step-30" / "model.json").unlink()
    assert is_saved(tmp_path)
    sentence = (
        r"Expected the file .*step-30/model\.json, found none\. .*, or delete .*step-30 to use"
    )
    with pytest.raises(MissingError, match=sentence):
        read_model(tmp_path)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors", "vocab.json"])
def test_a_checkpoint_that_is_not_as_it_was_written_is_refused(tmp_path: Path, name: str) -> None:
    """Damage inside the weights is seen too; a folder without hashes has none to compare."""
    last = write_checkpoint(tmp_path, 7, rewrite, keep=1)
    assert read_model(tmp_path).folder == last
    path = last / name
    path.write_bytes(path.read_bytes().replace(b"7", b"8"))
    with pytest.raises(InputError, match=rf"Expected .*{name} as it was written, found other"):
        read_model(tmp_path)


@pytest.mark.parametrize("number", [float("nan"), -float("inf"), 1e30])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, number: float) -> None:
    """Rather than drawn from."""
    folder = write(tmp_path / "one")
    state = official_state()
    state["prompt.table.weight"][1, 2] = number
    safetensors.torch.save_file(state, folder / "model.safetensors")
    sentence = r"weights that are numbers in .*, found prompt\.table\.weight diverged\. Choose"
    with pytest.raises(InputError, match=sentence):
        read_model(folder)


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    """A folder that exists is somebody's."""
    with pytest.raises(InputError, match="Expected a new folder for the model, found something"):
        write(tmp_path)


def test_a_folder_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails at its last file leaves nothing."""

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_a_power_cut_takes_no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are on the disk, and so is their name, before the folder has its own."""
    lost = lost_by_power_cuts(monkeypatch)
    write(tmp_path / "one")
    assert not lost


def test_no_model_is_missing(tmp_path: Path) -> None:
    """An empty folder, and one that lost a file."""
    with pytest.raises(MissingError, match="Has the training written its first checkpoint"):
        read_model(tmp_path)
    folder = write(tmp_path / "one")
    (folder / "merges.txt").unlink()
    with pytest.raises(MissingError, match=r"Expected merges\.txt beside .*model\.json"):
        read_model(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "dalle"}, "Expected model in .* to be 'storydalle'"),
        ({"schema_version": 2}, "Expected schema_version in"),
        ({"pickle": "x"}, "Expected keys that .* knows, found pickle"),
        ({"step": -1}, "Expected step in .* 0 or more"),
        ({"step": "7"}, "Expected step in .* to be a whole number"),
        ({"switches": {"first_row": "second"}}, r"Expected switches\.first_row in"),
    ],
)
def test_model_json_follows_its_schema(tmp_path: Path, change: Any, message: str) -> None:
    """The field that is wrong is named."""
    folder = write(tmp_path / "one")
    edit(folder, change)
    with pytest.raises(InputError, match=message):
        read_model(folder)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("transformer", {"n_heads": 5}, "that its heads divide, found"),
        ("transformer", {"n_heads": 0}, "every number above 0"),
        ("transformer", {"width": 10**9}, "at most 1,000,000"),
        ("transformer", {"n_layers": 10**6}, "more than 1,000 layers"),
        ("transformer", {"n_codes": 255}, "as many codes in the transformer"),
        ("vqgan", {"widths": [1] * 2_000}, "more than 1,000 layers"),
        ("vqgan", {"channels": 33}, "channels of the VQGAN that its groups divide"),
        ("transformer", {"depth": 3}, r"transformer\.depth"),
    ],
)
def test_a_size_that_cannot_be_built_is_not_tried(
    tmp_path: Path, part: str, change: dict[str, Any], message: str
) -> None:
    """Nor is memory taken for it."""
    folder = write(tmp_path / "one")
    size = json.loads((folder / "model.json").read_bytes())["size"]
    edit(folder, {"size": {**size, part: {**size[part], **change}}})
    with pytest.raises(InputError, match=f"Expected .*{message}"):
        read_model(folder)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    """A tensor too few, one too many, one of another shape: named, with the file."""
    folder = write(tmp_path / "one")
    path, state = folder / "model.safetensors", official_state()
    safetensors.torch.save_file(
        {k: v for k, v in state.items() if k != "prompt.table.weight"}, path
    )
    with pytest.raises(InputError, match=r"Expected the tensor prompt\.table\.weight in .*none"):
        read_model(folder)
    safetensors.torch.save_file({**state, "x": torch.ones(1)}, path)
    with pytest.raises(InputError, match=r"Expected no tensor x in .*Is model\.json beside it"):
        read_model(folder)
    safetensors.torch.save_file({**state, "prompt.table.weight": torch.ones(2, 3)}, path)
    with pytest.raises(InputError, match=r"table\.weight of shape \[5, 48\] in .*found \[2, 3\]"):
        read_model(folder)


@pytest.mark.parametrize("keep", [0, 6, 1_000])
def test_a_cut_file_is_damaged(tmp_path: Path, keep: int) -> None:
    """However little of it there is."""
    folder = write(tmp_path / "one")
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match="no whole safetensors file"):
        read_model(folder)


def test_a_model_without_a_story_encoder_has_no_sentences(tmp_path: Path) -> None:
    """`sentences` is None, and stays so."""
    size = official.size()
    model = StoryDalle(replace(size, story=replace(size.story, sentence_width=0)), PAPER)
    write_model(
        tmp_path / "one", model, tokenizer=words(), sentences=None, preset="x", data_digest=None
    )
    assert read_model(tmp_path / "one").about.sentences is None


def official_state() -> dict[str, torch.Tensor]:
    """The weights that `write` writes."""
    return dict(official.model(prompt=True, retro=True, switches=PAPER).state_dict())


def edit(folder: Path, change: Mapping[str, Any]) -> None:
    """Change fields of `model.json`."""
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | dict(change)))
