"""The whole way: a raw folder becomes shards that verify, the same by any way to build them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storybench import registry
from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storybench.shards.clips import Clips
from storybench.shards.manifest import read_manifest
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.flintstonessv import DATASET
from storydata.kit.drops import read_drops
from tests.flintstonessv.releases import (
    SAMPLED,
    array,
    clip_ids,
    splits,
    write_pickle,
    write_release,
    zip_frames,
)

OPTIONS = {"stories_per_shard": 3, "clips_per_shard": 8}


def hashes(out: Path) -> dict[str, str]:
    """Every file of a build."""
    return {path.name: sha256_file(path) for path in sorted(out.iterdir()) if path.is_file()}


@pytest.fixture
def built(raw: Path, tmp_path: Path) -> Path:
    """The shards of the small release."""
    DATASET.build(raw, tmp_path / "shards", options=OPTIONS)
    return tmp_path / "shards"


def test_a_build_verifies_and_reads_back(raw: Path, tmp_path: Path) -> None:
    """Counts, order, pictures, clips and the choice of frames survive the way to disk."""
    result = DATASET.build(raw, tmp_path / "out", options=OPTIONS)
    assert (result.dataset, result.n_planned, result.n_dropped) == ("flintstonessv", 10, 0)
    assert result.n_stories == {"train": 5, "val": 2, "test": 3}
    verify(tmp_path / "out", deep=True).require()
    stories, clips = Stories(tmp_path / "out", "test"), Clips(tmp_path / "out")
    in_file = [one for one in splits()["test"] if one in clip_ids(3, 7)[:3]]
    assert list(stories.ids) == in_file
    assert len(clips) == 22
    for story in stories:
        assert (story.label_source, story.subsets) == (
            "annotations", ("storydalle-1900", "vlcstorygan"),
        )  # fmt: skip
        for frame in story.frames:
            clip = clips[clips.find(frame.origin.clip)]
            assert frame.origin.index is not None
            np.testing.assert_array_equal(frame.image, clip.frames[frame.origin.index])
            np.testing.assert_array_equal(clip.frames, array(clip.id))
            assert (frame.captions, frame.characters) == (clip.captions, clip.characters)


def test_the_registry_finds_it() -> None:
    """`storybench` knows it by name alone."""
    assert registry.load("datasets", "flintstonessv") is DATASET


def test_workers_and_shares_give_the_same_bytes(raw: Path, built: Path, tmp_path: Path) -> None:
    """Two workers, or two jobs that share the work, write what one writes."""
    DATASET.build(raw, tmp_path / "two", workers=2, options=OPTIONS)
    assert hashes(tmp_path / "two") == hashes(built)
    for rank in (0, 1):
        DATASET.build(raw, tmp_path / "shared", rank=rank, world=2, options=OPTIONS)
    assert hashes(tmp_path / "shared") == hashes(built)


def test_a_zip_gives_the_same_dataset(raw: Path, built: Path, tmp_path: Path) -> None:
    """Shards, indices, and even the manifest: arrays have the same names and hashes."""
    zip_frames(raw, inside="")
    DATASET.build(raw, tmp_path / "zipped", options=OPTIONS)
    assert hashes(tmp_path / "zipped") == hashes(built)
    raw_names = {entry.path for entry in read_manifest(built).raw}
    assert f"{SAMPLED}/{clip_ids(1, 9)[0]}.npy" in raw_names
    assert {"labels.pkl", "following_cache4.pkl", "train-val-test_split.json"} < raw_names


def test_another_seed_changes_pictures_and_no_clips(raw: Path, built: Path, tmp_path: Path) -> None:
    """`--frame-seed` is recorded, and moves the choice of frames only."""
    DATASET.build(raw, tmp_path / "out", options={**OPTIONS, "frame_seed": 5})
    assert read_manifest(tmp_path / "out").options["frame_seed"] == 5
    before, after = hashes(built), hashes(tmp_path / "out")
    changed = {name for name in before if before[name] != after[name]}
    assert "stories-train-00000.tar" in changed
    assert not {name for name in changed if name.startswith("clips")}


def test_a_build_continues_and_takes_in_what_arrives(raw: Path, tmp_path: Path) -> None:
    """A clip that was missing costs its shards one more pass, and no others."""
    path = raw / SAMPLED / f"{clip_ids(2, 6)[0]}.npy"
    kept = path.read_bytes()
    path.unlink()
    first = DATASET.build(raw, tmp_path / "out", options=OPTIONS)
    assert first.drops == {"clip: array missing": 1, "story: array missing": 1}
    assert [drop.kind for drop in read_drops(tmp_path / "out" / "drops.jsonl")] == ["clip", "story"]
    path.write_bytes(kept)
    second = DATASET.build(raw, tmp_path / "out", options=OPTIONS)
    assert (second.n_dropped, second.shards_built) == (0, 2)
    assert second.shards_kept == first.shards_built - 2
    verify(tmp_path / "out", deep=True).require()


def test_a_survey_says_what_a_build_does(raw: Path, tmp_path: Path) -> None:
    """Planned stories, losses and missing arrays are those of the build; nothing is written."""
    (raw / SAMPLED / f"{clip_ids(1, 9)[0]}.npy").unlink()
    write_pickle(raw / "labels.pkl", [])
    survey = DATASET.survey(raw, tmp_path / "out", options=OPTIONS)
    assert not (tmp_path / "out").exists()
    result = DATASET.build(raw, tmp_path / "out", options=OPTIONS)
    assert survey.dataset == result.dataset
    assert survey.drops == result.drops
    assert sum(survey.n_stories.values()) == result.n_planned
    assert survey.missing == (f"{SAMPLED}/{clip_ids(1, 9)[0]}.npy",)
    assert survey.found == {"annotated clips": 22, "listed clips": 22, "arrays": 21}
    n_bytes = sum(path.stat().st_size for path in (tmp_path / "out").glob("*.tar"))
    assert 0.5 * n_bytes < survey.bytes_needed < 2 * n_bytes + 100_000
    assert survey.notes[0] == "Expected a dictionary of labels in labels.pkl, found list."
    assert survey.notes[1].startswith(
        "stories of train: 5 from 9 clips of 1 episodes; published: 20,132 from 20,672 clips of "
        "135 episodes. train-val-test_split.json lists other clips"
    )


def test_a_survey_without_arrays_says_so(raw: Path, tmp_path: Path) -> None:
    """A dry run is possible before the large download."""
    zip_frames(raw).unlink()
    survey = DATASET.survey(raw, tmp_path / "out", options={})
    assert survey.notes[0] == "Nothing can be built: no array was found."
    assert len(survey.missing) == 22
    assert survey.bytes_needed == 0
    with pytest.raises(MissingError, match="22 clips"):
        DATASET.build(raw, tmp_path / "out", options={})


def test_clips_without_characters_are_noted(tmp_path: Path) -> None:
    """Labels that captions gave are worth a line before a build."""
    ids = clip_ids(1, 5)
    records = [{"globalID": one, "description": "Fred."} for one in ids]
    lists = {"train": ids, "val": [], "test": []}
    raw = write_release(tmp_path / "raw", lists=lists, records=records, caches=False)
    notes = DATASET.survey(raw, tmp_path / "out", options={}).notes
    assert any(note.startswith("5 clips list no characters") for note in notes)


def test_an_unknown_option_is_refused(raw: Path, tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(InputError, match="an option among frames, subset, frame_seed"):
        DATASET.build(raw, tmp_path / "out", options={"test_stories": 1900})
