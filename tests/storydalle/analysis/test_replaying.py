"""`analyse replay` on a public file: both answers, and what is no such file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from storybench.errors import InputError
from storybench.registry import load
from storymodels.storydalle.analysis.replaying import replay
from storymodels.storydalle.checkpoints.names import RETRO, to_official
from storymodels.storydalle.checkpoints.replay import Compared, as_trained, compare, replayed
from tests.factories import make_shards
from tests.storydalle import small

OPTIONS = {"sentences": f"hash:{small.SENTENCE_WIDTH}"}


def test_it_is_registered() -> None:
    """`storybench analyse replay` finds it by entry point."""
    assert load("analyses", "replay") is replay


def test_a_file_that_was_not_trained_around_it_does_not_know_it(tmp_path: Path) -> None:
    """Random weights: all losses are there, finite, and nothing is found."""
    shards = make_shards(tmp_path / "shards", stories={"val": 3})
    path = small.save_public(tmp_path / "4.pth", n_words=9)
    found = replay(path, shards, options=OPTIONS)
    assert json.loads(json.dumps(found, allow_nan=False))["fresh"] == list(found["fresh"])
    assert (found["n"], found["split"], found["seed"]) == (3, "val", 42)
    assert not found["is_found"]
    assert len({found["replayed"], found["removed"], *found["fresh"]}) == 5
    assert replay(path, shards, limit=2, options=OPTIONS)["n"] == 2


def test_it_replays_what_training_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the vocabulary from before names were added, not that of the file."""
    used: dict[str, torch.Tensor] = {}

    def watched(*args: Any, replay: dict[str, torch.Tensor]) -> Compared:
        used.update(replay)
        return compare(*args, replay=replay)

    monkeypatch.setattr("storymodels.storydalle.analysis.replaying.compare", watched)
    shards = make_shards(tmp_path / "shards", stories={"val": 1})
    found = replay(small.save_public(tmp_path / "4.pth", n_words=9), shards, options=OPTIONS)
    assert found["gain_error"] is None
    size = small.model(n_words=9).size
    name = "layers.0.query.weight"
    assert torch.equal(used[name], replayed(as_trained(size, n_added=9))[name])
    assert not torch.equal(used[name], replayed(size)[name])


def test_a_file_that_lost_nothing_is_refused(tmp_path: Path) -> None:
    """There is nothing to replay."""
    shards = make_shards(tmp_path / "shards", stories={"val": 1})
    path = small.save_public(tmp_path / "4.pth", has_retro=True)
    assert any(name.startswith(RETRO) for name in to_official(small.model().state_dict()))
    with pytest.raises(InputError, match="nothing was lost there"):
        replay(path, shards, options=OPTIONS)
