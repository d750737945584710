"""`storybench data check` on PororoSV: found, missing, damaged, counted, explained."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import MissingError
from storybench.types import Finding, RawCheck
from storydata.pororosv import DATASET
from storydata.pororosv.guide import GUIDE
from storydata.pororosv.spec import TABLES
from tests.pororosv.releases import (
    EPISODES,
    caption_csv,
    captions,
    clip_id,
    clips,
    save_lists,
    save_object,
    strip,
    write_originals,
    write_release,
)
from tests.pororosv.test_release import pack

N_CLIPS = sum(EPISODES.values())


def said(check: RawCheck) -> Mapping[str, Finding]:
    """The findings by what they are about."""
    return {finding.what: finding for finding in check.findings}


def problems(check: RawCheck) -> list[str]:
    """What the problems are about."""
    return [finding.what for finding in check.findings if finding.level == "problem"]


def test_a_whole_release_is_counted_against_the_published_one(tmp_path: Path) -> None:
    """Fifteen stories are no 15,334; every difference has its sentence, none is a problem."""
    write_release(tmp_path)
    check = DATASET.check(tmp_path)
    assert check.dataset == "pororosv"
    assert check.why == (
        f"it has {N_CLIPS} strips of 4 episodes and descriptions.csv, descriptions.npy"
    )
    assert (check.missing, check.damaged) == ((), ())
    assert check.files["*/*_ep*/[1-9]*.png"] == N_CLIPS
    assert check.files["masks/*"] == check.files["img_segment/*"] == 1
    assert check.files["masks/*/*"] == 1
    assert "" not in check.files
    found = said(check)
    assert found["story starts"].found == "15"
    assert found["story starts"].expected == "15,334"
    assert "so 31 clips make 15" in found["story starts"].advice
    assert "Pororo_ENGLISH1_1 has 2 of 13" in found["episodes"].advice
    assert found["stories in train"].expected == "10,191"
    assert found["stories in no split"].expected == "601"
    assert found["clips on the disk"].level == "good"
    assert check.bytes_needed > 0


def test_a_look_writes_nothing(tmp_path: Path) -> None:
    """Not a file changes."""
    write_release(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    DATASET.check(tmp_path, deep=True)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_deep_look_decodes_every_clip(tmp_path: Path) -> None:
    """Broken, empty and odd strips are named; the lengths of strips are told."""
    folder = write_release(tmp_path)
    broken = folder / f"{clip_id('Pororo_ENGLISH1_1_ep1', 2)}.png"
    broken.write_bytes(broken.read_bytes()[:50])
    (folder / f"{clip_id('Pororo_ENGLISH1_1_ep1', 3)}.png").write_bytes(b"")
    odd = folder / f"{clip_id('Pororo_ENGLISH1_1_ep1', 4)}.png"
    odd.write_bytes(strip("Pororo_ENGLISH1_1_ep1", 4, extra_rows=3))
    quick = DATASET.check(tmp_path)
    assert quick.damaged == (f"{clip_id('Pororo_ENGLISH1_1_ep1', 3)}.png",)
    seen: list[tuple[int, int, str]] = []
    deep = DATASET.check(tmp_path, deep=True, on_progress=lambda *step: seen.append(step))
    assert sorted(deep.damaged) == [f"{clip_id('Pororo_ENGLISH1_1_ep1', n)}.png" for n in (2, 3)]
    assert not deep.is_whole
    assert seen[-1] == (N_CLIPS, N_CLIPS, "clips")
    found = said(deep)
    assert found["height of strips"].found == "1 are no multiple of their width"
    assert found["size of frames"].found == f"{N_CLIPS - 2} of 8 x 8"
    assert found["frames a clip"].found.startswith("7 of 1")


def test_missing_clips_are_named(tmp_path: Path) -> None:
    """Every one, under the name that it should have."""
    folder = write_release(tmp_path)
    (folder / f"{clip_id('Pororo_Rescue_ep1', 1)}.png").unlink()
    check = DATASET.check(tmp_path)
    assert check.missing == (f"{clip_id('Pororo_Rescue_ep1', 1)}.png",)
    assert said(check)["clips on the disk"].found == str(N_CLIPS - 1)
    assert not check.is_whole


@pytest.mark.parametrize("name", [name for name in TABLES if name != "descriptions.csv"])
def test_a_damaged_table_is_named_and_the_others_are_looked_at(tmp_path: Path, name: str) -> None:
    """One bad file does not hide the rest."""
    folder = write_release(tmp_path)
    (folder / name).write_bytes((folder / name).read_bytes()[:-7])
    check = DATASET.check(tmp_path)
    assert check.damaged == (name,)
    assert name in problems(check)
    assert str(tmp_path) not in "".join(finding.found for finding in check.findings)


def test_a_missing_split_is_a_missing_file(tmp_path: Path) -> None:
    """And the rest is looked at as a substitute."""
    folder = write_release(tmp_path)
    (folder / "train_seen_unseen_ids.npy").unlink()
    check = DATASET.check(tmp_path)
    assert check.missing == ("train_seen_unseen_ids.npy",)
    assert check.dataset == "pororosv-substitute"
    assert "without a seed" in said(check)["a build"].found
    assert said(check)["clips"].expected == "16,066"


def test_spoiled_caches_are_a_problem(tmp_path: Path) -> None:
    """They stop a build, so they are told before it."""
    folder = write_release(tmp_path)
    np.save(folder / "img_cache4.npy", np.array([b"Pororo_Rescue/Pororo_Rescue_ep2/1.png"]))
    check = DATASET.check(tmp_path)
    assert problems(check) == ["a build"]
    assert "14 are lacking" in said(check)["a build"].found


def test_damage_that_does_not_matter_hides_no_other_problem(tmp_path: Path) -> None:
    """Rows that are not used are broken, and the ids are of another release: both are told."""
    folder = write_release(tmp_path)
    (folder / "descriptions.csv").write_text('Pororo_Rescue_ep1,1,"open')
    save_lists(folder / "train_seen_unseen_ids.npy", [[0], [1], [99]])
    check = DATASET.check(tmp_path)
    assert check.damaged == ("descriptions.csv",)
    assert sorted(problems(check)) == ["a build", "descriptions.csv"]


def test_captions_that_differ_are_counted(tmp_path: Path) -> None:
    """White space and commas are not compared: the release may have neither (or has them)."""
    folder = write_release(tmp_path)
    said_so = [(episode, n, text) for episode, n in clips() for text in captions(episode, n)]
    spaced = [(episode, n, text.replace(" is ", ",  is ")) for episode, n, text in said_so]
    (folder / "descriptions.csv").write_text(caption_csv(spaced))
    assert "captions" not in said(DATASET.check(tmp_path))
    other = [(episode, n, text.replace("Clip 1 ", "Clip one ")) for episode, n, text in said_so]
    (folder / "descriptions.csv").write_text(caption_csv(other))
    finding = said(DATASET.check(tmp_path))["captions"]
    assert finding.level == "note"
    assert finding.found.startswith("4 clips have other captions in descriptions.csv")
    assert "descriptions.npy is used" in finding.advice


def test_labels_in_another_order_are_a_problem(tmp_path: Path) -> None:
    """If a label fits another character's captions better, its column is somebody else's."""
    folder = write_release(tmp_path)
    names = ("Loopy", "Pororo", "Crong", "Eddy", "Poby", "Petty", "Tongtong", "Rody", "Harry")
    texts = {clip_id(*one): [f"{names[k % 9]} waves."] for k, one in enumerate(clips())}
    hot = np.eye(9, dtype=np.int64)
    save_object(folder / "descriptions.npy", texts)
    (folder / "descriptions.csv").unlink()
    save_object(folder / "labels.npy", {clip_id(*one): hot[k % 9] for k, one in enumerate(clips())})
    check = DATASET.check(tmp_path)
    assert problems(check) == ["order of the labels"]
    assert said(check)["order of the labels"].found == (
        "Pororo's label fits Loopy; Loopy's label fits Pororo"
    )


def test_clips_without_labels_are_a_problem(tmp_path: Path) -> None:
    """They are built without, and named here."""
    folder = write_release(tmp_path)
    save_object(folder / "labels.npy", {clip_id("Pororo_Rescue_ep1", 1): np.zeros(9)})
    finding = said(DATASET.check(tmp_path))["clips without labels"]
    assert (finding.level, finding.found.split()[0]) == ("problem", str(N_CLIPS - 1))


def test_ids_of_another_release_are_a_problem(tmp_path: Path) -> None:
    """Out of range: the file counts another list."""
    folder = write_release(tmp_path)
    save_lists(folder / "train_seen_unseen_ids.npy", [[0, 1], [2], [15_333]])
    check = DATASET.check(tmp_path)
    assert "ids from 0 to 14" in said(check)["a build"].found


def test_archives_are_verified(tmp_path: Path) -> None:
    """Beside an unpacked release or in its place; a damaged one is named."""
    folder = write_release(tmp_path / "unpacked")
    raw = tmp_path / "raw"
    raw.mkdir()
    pack(folder, raw / "pororo_png.zip")
    check = DATASET.check(raw, deep=True)
    assert check.is_whole
    assert said(check)["pororo_png.zip"].advice == "It is read in place."
    assert check.files["*/*_ep*/[1-9]*.png"] == N_CLIPS
    with tarfile.open(raw / "old.tar.gz", "w:gz") as archive:
        archive.add(folder / "labels.npy", "labels.npy")
    damaged = (raw / "old.tar.gz").read_bytes()[:-30]
    (raw / "old.tar.gz").write_bytes(damaged)
    check = DATASET.check(raw, deep=True)
    assert check.damaged == ("old.tar.gz",)


def test_what_to_fetch_again_is_said_once(tmp_path: Path) -> None:
    """A broken zip asks for itself; a broken table, for the file."""
    raw = tmp_path / "raw"
    raw.mkdir()
    pack(write_release(tmp_path / "unpacked"), raw / "pororo_png.zip")
    data = bytearray((raw / "pororo_png.zip").read_bytes())
    start = data.index(b"labels.npy") + len("labels.npy") + 40
    data[start : start + 20] = bytes(20)
    (raw / "pororo_png.zip").write_bytes(data)
    check = DATASET.check(raw, deep=True)
    texts = [f"{one.found} {one.advice}" for one in check.findings if one.level == "problem"]
    assert texts
    assert max(text.count("Fetch the ") for text in texts) == 1


def test_originals_are_whole_without_tables(tmp_path: Path) -> None:
    """PororoQA has captions and clips; the split is a substitute by nature."""
    write_originals(tmp_path)
    check = DATASET.check(tmp_path, deep=True)
    assert check.dataset == "pororosv-original-substitute"
    assert check.is_whole
    assert check.files["Scenes_Dialogues/*/*_ep*/*"] == 4
    assert "no labels.npy" in said(check)["labels"].found


def test_nothing_there_is_missing(tmp_path: Path) -> None:
    """An empty folder is exit code 4."""
    with pytest.raises(MissingError, match="Expected PororoSV in"):
        DATASET.check(tmp_path)
    assert DATASET.recognise(tmp_path) is None
    assert DATASET.recognise(tmp_path / "absent") is None


@pytest.mark.parametrize("name", [*TABLES, "masks/a.png", "descriptions_vec_512.pkl", "qa.json"])
def test_every_file_is_explained(name: str) -> None:
    """What a build reads is needed or used, what it leaves alone is not."""
    entry = next(entry for entry in GUIDE if entry.matches(f"pororo_png/{name}"))
    assert (entry.need != "not used") == (name in TABLES)
    assert entry.content
    assert entry.layout
    assert entry.source
