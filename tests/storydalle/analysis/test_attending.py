"""`analyse attention` on files: what it writes, and what it refuses."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from storybench.errors import InputError, MissingError
from storybench.images import decode
from storybench.registry import load
from storymodels.storydalle.analysis.attending import attention, of_drawings, verdict
from storymodels.storydalle.analysis.measuring import Drawings
from storymodels.storydalle.analysis.showing import words_of
from storymodels.storydalle.analysis.spread import Spread
from storymodels.storydalle.model import StoryDalle
from tests.factories import make_shards
from tests.storydalle import small

HASH = {"sentences": f"hash:{small.SENTENCE_WIDTH}", "device": "cpu"}


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven stories in four episodes."""
    return make_shards(tmp_path_factory.mktemp("data") / "shards", stories={"val": 7, "test": 1})


@pytest.mark.usefixtures("pretended_gpu")
def test_a_gpu_sees_the_same(shards: Path, tmp_path: Path) -> None:
    """Numbers and maps, of the model and of drawings."""
    path = small.save(tmp_path / "model")
    there, here = (
        attention(path, shards, options={"out": tmp_path / device, "device": device, "batch": 3})
        for device in ("cuda", "cpu")
    )
    assert [found["model"].pop("device") for found in (there, here)] == ["cuda", "cpu"]
    assert there == here
    maps = [np.load(tmp_path / device / "maps.npy") for device in ("cuda", "cpu")]
    np.testing.assert_allclose(*maps, atol=1e-6)


def test_it_is_registered() -> None:
    """`storybench analyse attention` finds it by entry point."""
    assert load("analyses", "attention") is attention


def test_a_checkpoint_is_looked_into(shards: Path, tmp_path: Path) -> None:
    """Numbers, maps and a page for each of four stories; twice the same."""
    path, out = small.save(tmp_path / "model"), tmp_path / "looks"
    told: list[tuple[int, int, str]] = []
    found = attention(
        path,
        shards,
        options={"out": out, "device": "cpu", "batch": 3},
        on_progress=lambda *call: told.append(call),
    )
    assert told[-1] == (7, 7, "stories")
    assert found == json.loads((out / "attention.json").read_text())
    assert sorted(path.name for path in out.iterdir()) == sorted(found["files"])
    assert [name for name in found["files"] if name.startswith("story-")] == [
        f"story-val-{k:03d}.png" for k in (0, 2, 4, 6)
    ]
    for name in found["files"]:
        if name.endswith(".png"):
            assert decode((out / name).read_bytes(), name).std() > 10
    maps = np.load(out / "maps.npy", allow_pickle=False)
    assert maps.shape == (1, 11 + 64, 64)
    np.testing.assert_allclose(np.nansum(maps, -1)[~np.isnan(maps[..., 0])], 1, atol=1e-5)
    (layer,) = found["layers"]
    assert layer["block"] == 3
    share = layer["picture"]["mean"] / math.log(64)
    assert layer["picture"]["share_of_even"] == pytest.approx(share)
    assert found["losses"]["other"] != found["losses"]["own"]
    changes = [story["other"] - story["own"] for story in found["stories"]]
    assert found["swaps"]["other"]["mean"] == pytest.approx(np.mean(changes))
    assert (found["model"]["step"], found["seed"], found["split"]) == (5, 0, "val")
    again = attention(path, shards, options={"device": "cpu", "batch": 3})
    assert again == {name: of for name, of in found.items() if name != "files"}


def test_fewer_stories_are_spread_over_the_split(shards: Path, tmp_path: Path) -> None:
    """Not the first ones, which may all be of one episode; another seed swaps others."""
    path = small.save(tmp_path / "model")
    found = attention(path, shards, limit=3, options={"device": "cpu"})
    assert [story["id"] for story in found["stories"]] == ["val-000", "val-003", "val-006"]
    assert found["n_clusters"] == 3
    other = attention(path, shards, limit=3, options={"device": "cpu", "seed": 1})
    assert other["seed"] == 1
    assert other["losses"]["own"] == found["losses"]["own"]


def test_a_file_is_no_folder_for_pictures(shards: Path, tmp_path: Path) -> None:
    """Which is said before anything is read."""
    (tmp_path / "looks").write_text("mine")
    with pytest.raises(InputError, match=r"Expected a folder for the pictures at .*, found a file"):
        attention(tmp_path / "nowhere", shards, options={"out": tmp_path / "looks"})


def test_one_story_is_too_few(shards: Path, tmp_path: Path) -> None:
    """There is nothing to swap with."""
    with pytest.raises(InputError, match=r"at least two stories .* found 1 .* another --split"):
        attention(small.save(tmp_path / "model"), shards, split="test", options={"device": "cpu"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"has_retro": False}, "found one without retro cross-attention .* nothing to look into"),
        ({"sees_source": False}, "found one of story visualization .* the same empty source"),
    ],
)
def test_a_model_that_cannot_look_is_refused(
    shards: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    """In one sentence, and nothing is written."""
    like = small.model().size
    model = StoryDalle(replace(like, story=replace(like.story, **change))).eval()
    path, out = small.save(tmp_path / "model", model), tmp_path / "looks"
    with pytest.raises(InputError, match=message):
        attention(path, shards, options={"device": "cpu", "out": out})
    assert not out.exists()


def test_a_public_file_has_nothing_or_what_its_seed_draws(shards: Path, tmp_path: Path) -> None:
    """As the paper has it there is none; as released it looks, but not while it draws."""
    path = small.save_public(tmp_path / "4.pth")
    with pytest.raises(InputError, match="With --mode released it has the one that upstream draws"):
        attention(path, shards, options=HASH)
    found = attention(
        path, shards, limit=4, options={**HASH, "mode": "released", "out": tmp_path / "looks"}
    )
    assert found["model"]["retro"].startswith("drawn from seed 42")
    assert found["drawn"]["after_text"] == found["drawn"]["first"] == 0
    assert found["swaps"]["other"]["codes_changed"] > 0
    assert np.load(tmp_path / "looks" / "maps.npy").shape == (1, 64, 64)


def test_what_is_no_checkpoint_is_said(shards: Path, tmp_path: Path) -> None:
    """And an option that nobody knows."""
    with pytest.raises(MissingError, match=r"Expected a StoryDALL-E in .*nothing"):
        attention(tmp_path / "nothing", shards)
    with pytest.raises(InputError, match=r"found batches\. Did you mean batch"):
        attention(tmp_path, shards, options={"batches": 3})


@pytest.mark.parametrize(
    ("change", "uses", "says"),
    [
        (Spread(0.2, 0.05, 0.1, 0.3), True, "The source is used"),
        (Spread(0.2, 0.05, -0.1, 0.3), False, "No use of the source is seen"),
        (Spread(-0.2, 0.05, -0.3, -0.1), False, "The source misleads"),
        (Spread(0.0, 0.0, 0.0, 0.0), False, "The source is not used"),
        (Spread(0.2, None, None, None), None, "Too few episodes to say"),
    ],
)
def test_the_verdict_follows_from_the_interval(change: Spread, uses: bool, says: str) -> None:
    """Used is what costs something without it, beyond chance."""
    found, sentence = verdict(change)
    assert found is uses
    assert sentence.startswith(says)


def test_what_is_drawn_is_said_in_shares() -> None:
    """And none is none."""
    assert "changes 25.0% of the codes; none if" in of_drawings(Drawings(4, 0.25, 0.0, 0.0))
    assert "12.5% if it is swapped when the text" in of_drawings(Drawings(4, 0.25, 0.0, 0.125))


def test_words_have_the_rows_of_their_tokens() -> None:
    """Every time they occur; added names are words; without a row or unknown they are left out."""
    pieces = ["din", "o</w>", "and</w>", "eddy", "[UNK]", "ox</w>", "din", "o</w>", "r", "uns</w>"]
    found = words_of(pieces, n_rows=9, added=["eddy"])
    assert found == {"dino": [0, 1, 6, 7], "and": [2], "eddy": [3]}


def test_weights_are_not_changed(shards: Path, tmp_path: Path) -> None:
    """The checkpoint's file is only read."""
    path = small.save(tmp_path / "model")
    before = (path / "model.safetensors").read_bytes()
    attention(path, shards, limit=2, options={"device": "cpu", "dtype": "bfloat16"})
    assert (path / "model.safetensors").read_bytes() == before
    assert torch.get_default_dtype() == torch.float32
