"""A twin of DiDeMoSV is continued, kept, replaced or refused; nothing of others is removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import InputError
from storybench.files import read_json
from storydata.twin.claim import FACTS, MARKER
from storydata.twin.didemosv import write_release

DRAWN, REAL = "didemo/frames/twin_0000/002500.jpg", "didemo/frames/33.jpg"
INPUTS = {
    "twin": "didemosv", "version": 1, "stories": 1, "seed": 0, "numbered": False, "made_with": {},
}  # fmt: skip


class StoppedError(Exception):
    """Stands for whatever ends a run in the middle."""


class Studio:
    """Makes pictures of a few bytes, remembers which, and can be told to stop."""

    def __init__(self) -> None:
        self.painted: list[str] = []
        self.stop_after = 10**9

    def picture(self, frame: Any, *, numbered: bool) -> bytes:
        if len(self.painted) == self.stop_after:
            raise StoppedError
        self.painted.append(frame.file)
        return f"{frame.file} {frame.plan.seed} {numbered}".encode()


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    one = Studio()
    monkeypatch.setattr("storydata.twin.didemosv.frames.picture", one.picture)
    return one


def contents(raw: Path) -> dict[str, bytes]:
    """Every file, and every folder as a file of its own: an empty one is found, too."""
    return {
        str(path.relative_to(raw)): path.read_bytes() if path.is_file() else b"folder"
        for path in raw.rglob("*")
    }


def test_a_stopped_twin_goes_on(studio: Studio, tmp_path: Path):
    """Stopped after seven pictures it is marked and has no lists; the next run makes the rest."""
    studio.stop_after = 7
    with pytest.raises(StoppedError):
        write_release(tmp_path / "raw")
    assert (tmp_path / "raw" / MARKER).exists()
    assert not list((tmp_path / "raw/didemo").glob("*.*"))
    studio.stop_after = 10**9
    write_release(tmp_path / "raw")
    assert len(studio.painted) == len(set(studio.painted)), "no picture is made twice"
    write_release(tmp_path / "new")
    assert contents(tmp_path / "raw") == contents(tmp_path / "new")


def test_the_same_twin_is_kept_and_mended(studio: Studio, tmp_path: Path):
    """A second run makes only what is no longer what `twin.json` says."""
    first = write_release(tmp_path, stories=6)
    before = contents(tmp_path)
    studio.painted.clear()
    assert write_release(tmp_path, stories=6) == first
    assert studio.painted == []
    files = [frame["file"] for frame in read_json(tmp_path / FACTS)["frames"].values()]
    (tmp_path / files[3]).write_bytes(b"other")
    (tmp_path / files[5]).unlink()
    write_release(tmp_path, stories=6)
    assert sorted(studio.painted) == sorted([files[3], files[5]])
    assert contents(tmp_path) == before


@pytest.mark.parametrize("other", [{"seed": 2}, {"stories": 31}, {"numbered": True}])
def test_another_twin_is_replaced(studio: Studio, tmp_path: Path, other: dict[str, Any]):
    """Nothing of the old release stays, not even an empty folder, but for files of others."""
    write_release(tmp_path / "raw", **{"stories": 6, "seed": 1, **other})
    mine = tmp_path / "raw/didemo/notes.txt"
    mine.write_text("precious")
    write_release(tmp_path / "raw", stories=6, seed=1)
    write_release(tmp_path / "new", stories=6, seed=1)
    assert contents(tmp_path / "raw") == {
        **contents(tmp_path / "new"),
        "didemo/notes.txt": b"precious",
    }


@pytest.mark.parametrize("file", [REAL, f"../raw/{DRAWN}", f"{DRAWN}\n", "didemo/train.json"])
@pytest.mark.parametrize("name", [FACTS, MARKER])
def test_no_file_but_a_twins_is_ever_removed(studio: Studio, tmp_path: Path, file: str, name: str):
    """A `twin.json` or marker that names a file of a real release, or any other, is refused."""
    real = tmp_path / "raw" / REAL
    real.parent.mkdir(parents=True)
    real.write_text("precious")
    drawn = {"a": {"file": file, "n_bytes": 1, "sha256": ""}}
    claims = {FACTS: {**INPUTS, "frames": drawn}, MARKER: {**INPUTS, "files": [file]}}
    (tmp_path / "raw" / name).write_text(json.dumps(claims[name]))
    before = contents(tmp_path)
    with pytest.raises(InputError, match="to be a file that a twin of didemosv draws, found"):
        write_release(tmp_path / "raw", stories=1)
    assert contents(tmp_path) == before


def test_a_real_release_is_refused(studio: Studio, tmp_path: Path):
    """A folder without `twin.json` is never taken for a twin."""
    (tmp_path / "didemo").mkdir()
    (tmp_path / "didemo/train.json").write_text("[]")
    with pytest.raises(InputError, match="found other things there"):
        write_release(tmp_path)
    assert (tmp_path / "didemo/train.json").read_text() == "[]"


def test_progress_counts_pictures(studio: Studio, tmp_path: Path):
    """From nothing to every picture, once a video, and never backwards."""
    seen: list[tuple[int, int, str]] = []
    counts = write_release(tmp_path, stories=6, on_progress=lambda *report: seen.append(report))
    done = [report[0] for report in seen]
    assert done == sorted(set(done))
    assert done[0] == 0
    assert seen[-1] == (counts["frames"], counts["frames"], "clips")
    assert len(seen) == counts["videos"] + 1
