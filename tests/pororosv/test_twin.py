"""The release that the toy world writes, from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storybench import registry
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.pororosv import DATASET
from storydata.pororosv.facts import read_facts
from storydata.pororosv.labelling import look_at_labels
from storydata.pororosv.options import Options
from tests.pororosv.test_dataset import files_of


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A twin of 30 stories or more."""
    raw = tmp_path_factory.mktemp("twin") / "raw"
    registry.load("twins", "pororo")(raw, stories=30, seed=1)
    return raw


@pytest.mark.slow
def test_a_twin_builds_and_verifies_with_one_worker_and_two(twin: Path, tmp_path: Path) -> None:
    """Its broken strip costs a few stories; bytes are the same, and every hash and pixel holds."""
    options = {"stories_per_shard": 8, "clips_per_shard": 32}
    one = DATASET.build(twin, tmp_path / "one", options=options)
    two = DATASET.build(twin, tmp_path / "two", workers=2, options=options)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert one.digest == two.digest
    assert one.dataset == "pororosv-twin"
    assert one.n_planned >= 30
    assert set(one.drops) == {"clip: clip broken", "story: clip broken"}
    verify(tmp_path / "one", deep=True).require()
    facts = json.loads((twin / "twin.json").read_text())
    kept = Clips(tmp_path / "one")
    assert list(kept.manifest.spec["characters"]) == [one["name"] for one in facts["cast"]]
    story = Stories(tmp_path / "one", "test")[0]
    for frame in story.frames:
        clip = kept[kept.find(frame.origin.clip)]
        assert frame.origin.index is not None
        assert (frame.image == clip.frames[frame.origin.index]).all()
        assert frame.captions == clip.captions


@pytest.mark.slow
def test_a_twin_is_a_release_that_check_knows(twin: Path) -> None:
    """Every file is explained, the broken strip is the only damage, the labels fit."""
    check = DATASET.check(twin, deep=True)
    assert "" not in check.files
    assert len(check.damaged) == 1
    assert check.missing == ()
    assert [one.level for one in check.findings].count("problem") == 1
    looked = look_at_labels(read_facts(twin, Options()))
    assert looked is not None
    assert looked.misfits == ()
