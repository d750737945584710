"""Twins of many small files: continued, kept, replaced or refused; nothing of others is removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.files import read_json
from storydata.twin import flintstones, moving, pororo
from storydata.twin.claim import FACTS, MARKER
from storydata.twin.world.cast import Cast
from storydata.twin.world.scene import Scene

FLAT = partial(moving.flat, side=2)


@dataclass(frozen=True)
class Kind:
    """One release: its writer, a drawn file, one that a real release has, and its folder."""

    name: str
    write: Callable[..., Mapping[str, int]]
    drawn: str
    real: str
    section: str
    folder: str


KINDS = (
    Kind(
        "pororo",
        pororo.write_release,
        "pororo_png/Pororo_TWIN1_1/Pororo_TWIN1_1_ep1/1.png",
        "pororo_png/Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/1.png",
        "clips",
        "pororo_png/Pororo_TWIN1_1",
    ),
    Kind(
        "flintstones",
        flintstones.write_release,
        "flintstones/video_frames_sampled/s_91_e_01_shot_000000_000074.npy",
        "flintstones/video_frames_sampled/s_01_e_01_shot_000000_000074.npy",
        "clips",
        "flintstones/video_frames_sampled",
    ),
)


class StoppedError(Exception):
    """Stands for whatever ends a run in the middle."""


class Studio:
    """Paints flat frames, counts the clips, and can be told to stop."""

    def __init__(self) -> None:
        self.painted: list[int] = []
        self.stop_after = 10**9

    def paint(self, cast: Cast, scene: Scene, times: Sequence[float], place: int) -> np.ndarray:
        if len(self.painted) == self.stop_after:
            raise StoppedError
        self.painted.append(place)
        return FLAT(cast, scene, times, place)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def studio(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> Studio:
    one = Studio()
    monkeypatch.setattr(f"storydata.twin.{kind.name}.release.drawn", one.paint)
    return one


def contents(raw: Path) -> dict[str, bytes]:
    """Every file, and every folder as a file of its own: an empty one is found, too."""
    return {
        str(path.relative_to(raw)): path.read_bytes() if path.is_file() else b"folder"
        for path in raw.rglob("*")
    }


def claims(kind: Kind, file: str) -> dict[str, str]:
    """A `twin.json` and a marker that name a file as one of the twin's."""
    inputs = {
        "twin": kind.name, "version": 1, "stories": 1, "seed": 0, "numbered": False,
        "made_with": {},
    }  # fmt: skip
    one = {"a": {"file": file, "n_bytes": 1, "sha256": ""}}
    facts = {**inputs, "clips": one, "masks": {}}
    return {FACTS: json.dumps(facts), MARKER: json.dumps({**inputs, "files": [file]})}


def test_a_stopped_twin_goes_on(kind: Kind, studio: Studio, tmp_path: Path):
    """Stopped after seven clips it is marked and has no lists; the next run makes the rest."""
    studio.stop_after = 7
    with pytest.raises(StoppedError):
        kind.write(tmp_path / "raw", stories=1)
    left = [name for name, data in contents(tmp_path / "raw").items() if data != b"folder"]
    assert MARKER in left
    assert len(left) in (7, 8)
    assert not any(name.endswith((".json", ".csv", ".pkl")) for name in left if name != MARKER)
    studio.stop_after = 10**9
    kind.write(tmp_path / "raw", stories=1)
    n_painted = len(studio.painted)
    kind.write(tmp_path / "new", stories=1)
    assert contents(tmp_path / "raw") == contents(tmp_path / "new")
    assert n_painted <= len(studio.painted) - n_painted + 1, "no clip is painted twice"


def test_the_same_twin_is_kept(kind: Kind, studio: Studio, tmp_path: Path):
    """A second run paints nothing and ends in the same files and counts."""
    first = kind.write(tmp_path, stories=1)
    before, n_painted = contents(tmp_path), len(studio.painted)
    assert kind.write(tmp_path, stories=1) == first
    assert contents(tmp_path) == before
    assert len(studio.painted) == n_painted


@pytest.mark.parametrize("other", [{"seed": 2}, {"stories": 31}])
def test_another_twin_is_replaced(
    kind: Kind, studio: Studio, tmp_path: Path, other: dict[str, Any]
):
    """With any other argument nothing of the old release stays, not even an empty folder."""
    kind.write(tmp_path / "raw", **{"stories": 1, "seed": 1, **other})
    kind.write(tmp_path / "raw", stories=1, seed=1)
    kind.write(tmp_path / "new", stories=1, seed=1)
    assert contents(tmp_path / "raw") == contents(tmp_path / "new")


def test_files_that_changed_or_went_are_made_again(kind: Kind, studio: Studio, tmp_path: Path):
    """A second run mends what is no longer what `twin.json` says, and only that."""
    kind.write(tmp_path, stories=1)
    before = contents(tmp_path)
    files = [clip["file"] for clip in read_json(tmp_path / FACTS)["clips"].values()]
    (tmp_path / files[3]).write_bytes(b"other")
    (tmp_path / files[5]).unlink()
    (tmp_path / files[7]).write_bytes(bytes(len(before[files[7]])))
    studio.painted.clear()
    kind.write(tmp_path, stories=1)
    assert len(studio.painted) == 3
    assert contents(tmp_path) == before


def test_files_of_others_stay(kind: Kind, studio: Studio, tmp_path: Path):
    """What someone put among the files of a twin outlives even its replacement."""
    kind.write(tmp_path, stories=1, seed=1)
    mine = tmp_path / kind.folder / "notes.txt"
    mine.write_text("precious")
    kind.write(tmp_path, stories=1, seed=2)
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("which", ["real", "up", "deep", "text"])
@pytest.mark.parametrize("name", [FACTS, MARKER])
def test_no_file_but_a_twins_is_ever_removed(
    kind: Kind, studio: Studio, tmp_path: Path, which: str, name: str
):
    """A `twin.json` or marker that names a file of a real release, or any other, is refused."""
    file = {
        "real": kind.real,
        "up": f"../raw/{kind.drawn}",
        "deep": kind.drawn.replace("/", "/../", 1),
        "text": f"{kind.drawn}\n",
    }[which]
    path = tmp_path / "raw" / kind.real
    path.parent.mkdir(parents=True)
    path.write_text("precious")
    (tmp_path / "raw" / name).write_text(claims(kind, file)[name])
    before = contents(tmp_path)
    with pytest.raises(InputError, match="to be a file that a twin of"):
        kind.write(tmp_path / "raw", stories=1)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", [FACTS, MARKER])
def test_links_are_not_followed_out_of_the_folder(
    kind: Kind, studio: Studio, tmp_path: Path, name: str
):
    """Where a folder of the twin is a link to elsewhere, nothing there is touched."""
    elsewhere = tmp_path / "elsewhere" / kind.drawn.removeprefix(kind.folder).lstrip("/")
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text("precious")
    link = tmp_path / "raw" / kind.folder
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "raw" / name).write_text(claims(kind, kind.drawn)[name])
    with pytest.raises(InputError, match="found a link that leads elsewhere"):
        kind.write(tmp_path / "raw", stories=1)
    assert elsewhere.read_text() == "precious"


def test_a_folder_with_other_things_is_refused(kind: Kind, studio: Studio, tmp_path: Path):
    """A real release, which has no `twin.json`, is never taken for a twin."""
    path = tmp_path / kind.real
    path.parent.mkdir(parents=True)
    path.write_text("precious")
    with pytest.raises(InputError, match="found other things there"):
        kind.write(tmp_path, stories=1)
    assert path.read_text() == "precious"


def test_the_twin_of_another_release_is_refused(kind: Kind, studio: Studio, tmp_path: Path):
    """Each release needs a folder of its own."""
    (other,) = (one for one in KINDS if one != kind)
    (tmp_path / FACTS).write_text(claims(other, other.drawn)[FACTS])
    with pytest.raises(InputError, match=f"Expected twin in .* to be .*, found '{other.name}'"):
        kind.write(tmp_path, stories=1)


def test_half_written_files_are_swept_up(kind: Kind, studio: Studio, tmp_path: Path):
    """What a killed run left under temporary names goes; other hidden files stay."""
    kind.write(tmp_path, stories=1)
    before = contents(tmp_path)
    file = next(iter(read_json(tmp_path / FACTS)["clips"].values()))["file"]
    drawn = tmp_path / file
    (drawn.parent / f".{drawn.name}.7.partial").write_text("half")
    (drawn.parent / ".mine.7.partial").write_text("precious")
    kind.write(tmp_path, stories=1)
    mine = str((drawn.parent / ".mine.7.partial").relative_to(tmp_path))
    assert contents(tmp_path) == {**before, mine: b"precious"}


def test_progress_counts_clips(kind: Kind, studio: Studio, tmp_path: Path):
    """From nothing to every clip, after each episode, and never backwards."""
    seen: list[tuple[int, int, str]] = []
    counts = kind.write(tmp_path, stories=1, on_progress=lambda *report: seen.append(report))
    done = [report[0] for report in seen]
    assert done == sorted(set(done))
    assert done[0] == 0
    assert seen[-1] == (counts["clips"], counts["clips"], "clips")
    assert len(seen) == counts["episodes"] + 1


def test_no_workers_are_refused_before_anything_is_written(kind: Kind, tmp_path: Path):
    """Zero workers are a wrong wish, and the folder is not made."""
    with pytest.raises(InputError, match="at least 1 worker, found 0"):
        kind.write(tmp_path / "raw", stories=1, workers=0)
    assert not (tmp_path / "raw").exists()
