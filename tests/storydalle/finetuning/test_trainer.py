"""Does the trainer refuse options that it would otherwise leave out?"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from storybench.errors import InputError, MissingError
from storymodels.storydalle.finetuning.trainer import TRAINER
from storymodels.storydalle.train_options import TrainOptions
from tests.factories import make_shards


def test_an_unknown_option_is_answered_with_a_close_one() -> None:
    """And all there are."""
    with pytest.raises(InputError, match=r"\(init, .*\), found epoch\. Did you mean epochs\?"):
        TrainOptions.of({"epoch": 3})


def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    """Which is said before anything is read: the data are not there either."""
    (tmp_path / "run").write_text("mine")
    with pytest.raises(InputError, match=r"Expected a folder for the run at .*, found a file\."):
        TRAINER.train(tmp_path / "no", tmp_path / "run", preset="twin-full", options={})


def test_sentences_for_a_preset_that_reads_none_are_refused(tmp_path: Path) -> None:
    """Before anything is made."""
    shards = make_shards(tmp_path / "shards", stories={"train": 1})
    options = {"sentences": "minilm", "device": "cpu"}
    with pytest.raises(InputError, match=r"no --sentences with twin-full-no-story, .*found minilm"):
        TRAINER.train(shards, tmp_path / "run", preset="twin-full-no-story", options=options)
    assert not (tmp_path / "run").exists()


def test_a_device_that_cannot_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fp16 without a GPU, more processes than GPUs: the data are not there either."""
    asked = (tmp_path / "no", tmp_path / "run")
    with pytest.raises(InputError, match="Expected a GPU for fp16, found none"):
        TRAINER.train(*asked, preset="twin-full", options={"precision": "fp16", "device": "cpu"})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(MissingError, match=r"a GPU for each of 2 processes, found 1\."):
        TRAINER.train(*asked, preset="twin-full", options={})
