"""`storybench data check`: what is found, missing and damaged, each with its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import MissingError
from storybench.types import Finding, RawCheck
from storydata.flintstonessv import DATASET
from tests.flintstonessv.releases import (
    ANNOTATIONS,
    SAMPLED,
    SPLIT,
    array,
    clip_ids,
    npy,
    record,
    splits,
    write_json,
    write_pickle,
    zip_frames,
)

TRAIN, VAL, TEST = clip_ids(1, 9), clip_ids(2, 6), clip_ids(3, 7)


def check(raw: Path, *, deep: bool = False) -> RawCheck:
    """The check of a raw folder as a twin's, so that no counts are expected."""
    (raw / "twin.json").write_text('{"cast": [{"name": "Fred"}, {"name": "Wilma"}]}')
    return DATASET.check(raw, deep=deep)


def finding(found: RawCheck, what: str) -> Finding:
    """The one finding on something."""
    (one,) = [one for one in found.findings if one.what == what]
    return one


def whole(raw: Path) -> Path:
    """The small release with labels of two characters and embeddings: nothing is wrong with it."""
    cast = ("fred", "wilma")
    records = [record(one, k) for k, one in enumerate([*TRAIN, *VAL, *TEST])]
    seen = {one["globalID"]: one["characters"][0]["entityLabel"] for one in records}
    write_pickle(
        raw / "labels.pkl", {one: [int(c == name) for c in cast] for one, name in seen.items()}
    )
    rows = {one: k for k, one in enumerate(seen)}
    write_pickle(raw / "flintstones_use_embed_idxs.pkl", rows)
    embeddings = npy(np.zeros((22, 512), np.float32))
    (raw / "flintstones_use_embeddings.npy").write_bytes(embeddings)
    return raw


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_whole_release_is_whole(raw: Path, deep: bool, zipped: bool) -> None:
    """Nothing is missing or damaged, every finding is good but those on shapes and counts."""
    whole(raw)
    if zipped:
        zip_frames(raw)
    found = check(raw, deep=deep)
    assert (found.dataset, found.missing, found.damaged) == ("flintstonessv-twin", (), ())
    assert found.is_whole
    assert found.why == f"it has {ANNOTATIONS} of FlintstonesSV"
    levels = {one.what: one.level for one in found.findings}
    assert levels.pop("shapes of the arrays", "note") == "note"
    assert set(levels.values()) == {"good"}
    assert "" not in found.files
    assert found.files[f"{SAMPLED}.zip" if zipped else f"{SAMPLED}/*.npy"] == (1 if zipped else 22)
    assert found.bytes_needed > 22 * 3840
    assert finding(found, "stories of train").found == "5 from 9 clips of 1 episodes"
    assert finding(found, "episodes").found == "3, 0 of them in more than one split"


def test_the_file_of_the_toy_world_is_counted_beside_the_release(raw: Path) -> None:
    """As in the other toy releases, wherever the release lies in the raw folder."""
    assert check(whole(raw)).files["twin.json"] == 1
    inner = raw.parent / "outer" / "flintstones"
    inner.parent.mkdir()
    raw.rename(inner)
    (inner / "twin.json").rename(inner.parent / "twin.json")
    found = DATASET.check(inner.parent)
    assert (found.dataset, found.files["twin.json"]) == ("flintstonessv-twin", 1)
    assert "" not in found.files


def test_labels_are_compared_with_captions(raw: Path) -> None:
    """One line for the whole, and one for each character."""
    found = check(whole(raw))
    assert finding(found, "labels against captions").found == (
        "Labels and captions agree on every character in 22 of 22 clips (100.0%)."
    )
    assert finding(found, "Fred in captions").found == (
        "labels 3, captions 3, both 3, precision 100.0%, recall 100.0%"
    )


def test_published_counts_are_expected_of_the_real_release(raw: Path) -> None:
    """Without `twin.json` it is the real one, or a part of it, and says so."""
    found = DATASET.check(raw)
    assert found.dataset == "flintstonessv"
    one = finding(found, "stories of test")
    assert (one.level, one.found, one.expected) == (
        "problem",
        "3 from 7 clips of 1 episodes",
        "2,309 from 2,377 clips of 17 episodes",
    )
    assert not found.is_whole


def test_missing_files_are_named_and_the_rest_is_looked_at(raw: Path) -> None:
    """No split file: the annotations are still read, and the cure is told."""
    (raw / SPLIT).unlink()
    found = check(raw)
    assert found.missing == (SPLIT,)
    assert "cannot be worked out from the other files" in finding(found, SPLIT).found
    assert found.bytes_needed == 0
    (raw / ANNOTATIONS).write_text("[")
    found = check(raw)
    assert (found.missing, found.damaged) == ((SPLIT,), (ANNOTATIONS,))


def test_missing_arrays_are_named(raw: Path) -> None:
    """By the name under which they would be found, with the stories that they cost."""
    (raw / SAMPLED / f"{TRAIN[4]}.npy").unlink()
    found = check(raw)
    assert found.missing == (f"{SAMPLED}/{TRAIN[4]}.npy",)
    assert finding(found, f"arrays in {SAMPLED}").found == "21 of 22 listed clips"
    assert finding(found, "stories").found == "5 of 10 have all that they need"


def test_deep_reads_every_array(raw: Path) -> None:
    """A header, a byte count, or a type that is wrong shows in the deep check alone."""
    whole(raw)
    faults = {TRAIN[0]: b"", TRAIN[1]: npy(np.zeros((5, 4, 4, 3))), TEST[0]: b"PK"}
    for clip_id, data in faults.items():
        (raw / SAMPLED / f"{clip_id}.npy").write_bytes(data)
    path = raw / SAMPLED / f"{VAL[0]}.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert check(raw).is_whole
    found = check(raw, deep=True)
    assert set(found.damaged) == {f"{SAMPLED}/{one}.npy" for one in [*faults, VAL[0]]}
    assert "found float64" in finding(found, f"{SAMPLED}/{TRAIN[1]}.npy").found
    assert not found.is_whole


def test_deep_reads_every_member_of_the_zip(raw: Path) -> None:
    """Also those that no story needs: an archive is whole or it is not."""
    path = zip_frames(whole(raw))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("notes/readme.txt", b"words" * 100)
        info = archive.getinfo("notes/readme.txt")
    data = bytearray(path.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + 3] ^= 255
    path.write_bytes(data)
    assert check(raw).is_whole
    found = check(raw, deep=True)
    assert found.damaged == (f"{SAMPLED}.zip/notes/readme.txt",)
    assert str(raw) not in finding(found, found.damaged[0]).found


def test_a_zip_cut_short_is_damaged(raw: Path) -> None:
    """Told without reading it all, and nothing else is hidden by it."""
    path = zip_frames(raw)
    path.write_bytes(path.read_bytes()[:-40])
    found = check(raw, deep=True)
    assert found.damaged == (f"{SAMPLED}.zip",)
    assert not found.missing


def test_a_zip_beside_a_whole_folder_is_checked_too(raw: Path) -> None:
    """It is not needed, but whoever deletes the folder should know."""
    whole(raw)
    (raw / f"{SAMPLED}.zip").write_bytes(b"half a download")
    found = check(raw)
    assert found.damaged == (f"{SAMPLED}.zip",)
    assert finding(found, f"arrays in {SAMPLED}").level == "good"


def test_shapes_are_told(raw: Path) -> None:
    """The real release has five frames of 128 x 128; others are built from and noted."""
    (raw / SAMPLED / f"{TRAIN[0]}.npy").write_bytes(npy(array(TRAIN[0], k=3, side=20)))
    one = finding(check(raw, deep=True), "shapes of the arrays")
    assert (one.level, one.found, one.expected) == (
        "note", "21 of 5 frames of 16 x 16, 1 of 3 frames of 20 x 20", "5 frames of 128 x 128",
    )  # fmt: skip


def test_odd_ids_are_findings(raw: Path) -> None:
    """Another form, another number of frames, an entry of no episode, an entry that comes twice."""
    lists = splits()
    odd = "s_01_e_04_shot_000001_000076"
    lists["train"] += [odd, "trailer", TRAIN[0]]
    write_json(raw / SPLIT, lists)
    one = finding(check(raw), "ids")
    assert one.level == "problem"
    assert one.found == "1 unlike the published ones, 2 entries that cannot be used"
    assert one.advice == f"The first: {odd} covers 76 frames."


def test_an_episode_in_two_splits_is_a_problem(raw: Path) -> None:
    """Its pictures are in training and in test."""
    lists = splits()
    lists["test"].append(lists["train"].pop())
    write_json(raw / SPLIT, lists)
    one = finding(check(raw), "episodes")
    assert (one.level, one.found) == ("problem", "3, 1 of them in more than one split")
    assert one.advice.startswith("s_01_e_01 is in test and train")


def test_annotations_and_lists_that_do_not_fit(raw: Path) -> None:
    """Listed clips without a record are a problem, records without a split a note."""
    records = [record(one) for one in [*TRAIN, *VAL, *TEST]]
    extra = record("s_09_e_09_shot_000001_000075")
    write_json(raw / ANNOTATIONS, [*records, extra])
    one = finding(check(raw), ANNOTATIONS)
    assert one.level == "note"
    assert one.found == (
        "23 records; 0 listed clips without one that can be used, 1 annotated clips in no split"
    )
    write_json(raw / ANNOTATIONS, records[1:])
    one = finding(check(raw), ANNOTATIONS)
    assert one.level == "problem"
    assert one.advice == f"Is {ANNOTATIONS} of the same release?"


def test_caches_that_differ_are_explained(raw: Path) -> None:
    """The sentence of a build, as a note; without the files nothing is amiss."""
    write_pickle(raw / "following_cache4.pkl", {TRAIN[0]: TRAIN[1:5]})
    found = check(raw)
    assert finding(found, "following_cache4.pkl").level == "note"
    assert "lacks 9 stories of the rule" in finding(found, "following_cache4.pkl").found
    assert "Expected 2 labels of 0 or 1" in finding(found, "labels.pkl").found
    for name in ("following_cache4.pkl", "labels.pkl"):
        (raw / name).unlink()
    found = check(raw)
    assert [finding(found, name).found for name in ("following_cache4.pkl", "labels.pkl")] == [
        "not there", "not there",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("flintstones_use_embed_idxs.pkl", None, "one without the other"),
        ("flintstones_use_embeddings.npy", None, "one without the other"),
        ("flintstones_use_embeddings.npy", b"no array", "Expected a .npy file"),
        ("flintstones_use_embed_idxs.pkl", b"cos\nsystem\n.", "it was not run"),
        (
            "flintstones_use_embeddings.npy",
            npy(np.zeros((3, 512), np.float32)),
            "an array of shape (3, 512), 22 clips with a row",
        ),
    ],
)
def test_embeddings_are_a_note_at_most(raw: Path, name: str, data: bytes | None, said: str) -> None:
    """No build reads them."""
    path = whole(raw) / name
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    one = finding(check(raw), "flintstones_use_embeddings.npy and flintstones_use_embed_idxs.pkl")
    assert one.level == "note"
    assert said in one.found


def test_originals_are_recognised(raw: Path) -> None:
    """75-frame arrays are told apart, and are looked at where there are no others."""
    (raw / SAMPLED).rename(raw / "video_frames")
    found = check(raw, deep=True)
    assert "--frames full" in finding(found, "video_frames").advice
    assert finding(found, "arrays in video_frames").found == "22 of 22 listed clips"
    assert finding(found, "shapes of the arrays").level == "good"


def test_progress_is_told(raw: Path) -> None:
    """A deep check of thousands of files says how far it is."""
    calls: list[tuple[int, int, str]] = []
    DATASET.check(raw, deep=True, on_progress=lambda *call: calls.append(call))
    assert (calls[0], calls[-1]) == ((0, 22, "arrays"), (22, 22, "arrays"))


def test_a_split_file_without_stories_is_a_problem(raw: Path) -> None:
    """Episodes too short for a story: said once, as what it is."""
    write_json(raw / SPLIT, {"train": TRAIN[:3], "val": [], "test": []})
    found = check(raw)
    assert finding(found, "stories").found.startswith("Expected five clips of one episode")
    assert not found.is_whole


def test_nothing_there_is_a_missing_input(tmp_path: Path) -> None:
    """There is nothing to check."""
    with pytest.raises(MissingError, match="found none of them"):
        DATASET.check(tmp_path)
