"""Whose a raw folder is: continued, kept, replaced or refused, and nothing of others removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import InputError
from storybench.files import read_json
from storydata.twin.claim import FACTS, MARKER
from storydata.twin.didemo import write_release

NAME = "12345678@N01_912345678901_0123456789.mov"
"""What a film of a twin may be called."""

INPUTS = {
    "twin": "didemo",
    "version": 1,
    "stories": 2,
    "seed": 1,
    "numbered": False,
    "made_with": {},
}


class StoppedError(Exception):
    """Stands for whatever ends a run in the middle."""


class Studio:
    """Makes films of a few bytes, remembers which, and can be told to stop."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.stop_after = 10**9

    def write_film(self, videos: Path, plan: Any, *, numbered: bool) -> str:
        if len(self.made) == self.stop_after:
            raise StoppedError
        videos.mkdir(parents=True, exist_ok=True)
        (videos / plan.file_name).write_text(f"{plan.stem} {numbered}")
        self.made.append(plan.file_name)
        return plan.file_name


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    one = Studio()
    monkeypatch.setattr("storydata.twin.didemo.release.write_film", one.write_film)
    return one


def contents(raw: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(raw)): path.read_bytes() for path in raw.rglob("*") if path.is_file()
    }


def facts_of(file: str) -> str:
    return json.dumps({**INPUTS, "videos": {"a": {"file": file, "n_bytes": 1, "sha256": ""}}})


def marker_of(file: str) -> str:
    return json.dumps({**INPUTS, "files": [file]})


def test_a_folder_with_other_things_is_refused(tmp_path: Path, studio: Studio):
    """Someone's files are never overwritten."""
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="found other things there"):
        write_release(tmp_path, stories=1)
    assert contents(tmp_path) == {"thesis.tex": b"precious"}


def test_a_file_is_no_folder(tmp_path: Path, studio: Studio):
    """A file where the folder should be is refused and kept."""
    (tmp_path / "raw").write_text("precious")
    with pytest.raises(InputError, match="new or empty folder"):
        write_release(tmp_path / "raw", stories=1)
    assert (tmp_path / "raw").read_text() == "precious"


@pytest.mark.parametrize(
    "file",
    [
        "../precious",
        "videos/../../precious",
        "/precious",
        "precious",
        "videos/precious",
        "videos/",
        "videos/.",
        f"videos/sub/{NAME}",
        f"videos/../{NAME}",
        f"{NAME}",
        f"videos/{NAME}\n",
        "videos/12345678@N01_5123456789_0123456789.mov",
    ],
)
@pytest.mark.parametrize(("name", "text"), [(FACTS, facts_of), (MARKER, marker_of)])
def test_no_file_but_a_twins_film_is_ever_removed(
    tmp_path: Path, studio: Studio, file: str, name: str, text: Callable[[str], str]
):
    """A `twin.json` or marker that names anything else is refused, and nothing is changed."""
    raw = tmp_path / "raw"
    for path in (tmp_path / "precious", raw / "precious", raw / "videos" / "precious"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("precious")
    (raw / name).write_text(text(file))
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"Expected .* Name another folder: nothing was changed"):
        write_release(raw, stories=1)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("text", ["{}", "[]", "null", '{"videos": 3}', '{"twin": "didemo"}'])
@pytest.mark.parametrize("name", [FACTS, MARKER])
def test_what_no_twin_wrote_is_refused(tmp_path: Path, studio: Studio, name: str, text: str):
    """JSON of another shape ends in one sentence that says where."""
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=f"Expected .*{name}.* Name another folder: nothing"):
        write_release(tmp_path, stories=1)
    assert contents(tmp_path) == {name: text.encode()}


def test_what_is_no_json_is_refused(tmp_path: Path, studio: Studio):
    """A `twin.json` of other bytes is an input error too."""
    (tmp_path / FACTS).write_text("{")
    with pytest.raises(InputError, match=r"Expected JSON in .*line 1"):
        write_release(tmp_path, stories=1)


@pytest.mark.parametrize(("name", "text"), [(FACTS, facts_of), (MARKER, marker_of)])
def test_links_are_not_followed_out_of_the_folder(
    tmp_path: Path, studio: Studio, name: str, text: Callable[[str], str]
):
    """Where `videos` is a link to elsewhere, films there are not touched."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / NAME).write_text("precious")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "videos").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "raw" / name).write_text(text(f"videos/{NAME}"))
    with pytest.raises(InputError, match="found a link that leads elsewhere"):
        write_release(tmp_path / "raw", stories=1)
    assert (tmp_path / "elsewhere" / NAME).read_text() == "precious"


def test_a_linked_film_is_removed_and_not_what_it_leads_to(tmp_path: Path, studio: Studio):
    """Of a film that is a link, the link goes."""
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "raw" / "videos").mkdir(parents=True)
    (tmp_path / "raw" / "videos" / NAME).symlink_to(tmp_path / "precious")
    (tmp_path / "raw" / FACTS).write_text(facts_of(f"videos/{NAME}"))
    write_release(tmp_path / "raw", stories=2)
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "raw" / "videos" / NAME).is_symlink()


@pytest.mark.parametrize("other", [{"seed": 2}, {"stories": 9}, {"numbered": True}])
def test_another_twin_is_replaced(tmp_path: Path, studio: Studio, other: dict[str, Any]):
    """With any other argument, nothing of the old release stays."""
    inputs: dict[str, Any] = {"stories": 2, "seed": 1, **other}
    write_release(tmp_path / "raw", stories=2, seed=1)
    write_release(tmp_path / "raw", **inputs)
    write_release(tmp_path / "new", **inputs)
    assert contents(tmp_path / "raw") == contents(tmp_path / "new")


def test_other_versions_of_the_encoder_draw_again(
    tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    """Films of another PyAV are not mixed with those of this one."""
    write_release(tmp_path, stories=2)
    n_films = len(studio.made)
    monkeypatch.setattr("storydata.twin.claim.made_with", lambda packages: {"av": "99"})
    write_release(tmp_path, stories=2)
    assert len(studio.made) == 2 * n_films
    assert read_json(tmp_path / FACTS)["made_with"] == {"av": "99"}


def test_the_same_twin_is_kept(tmp_path: Path, studio: Studio):
    """A second run draws nothing and ends in the same files and counts."""
    first = write_release(tmp_path, stories=2)
    before, n_films = contents(tmp_path), len(studio.made)
    assert write_release(tmp_path, stories=2) == first
    assert contents(tmp_path) == before
    assert len(studio.made) == n_films


def test_films_that_changed_or_went_are_drawn_again(tmp_path: Path, studio: Studio):
    """A second run mends what is no longer what `twin.json` says, and only that."""
    write_release(tmp_path, stories=2)
    before = contents(tmp_path)
    longer, other, gone = studio.made[:3]
    (tmp_path / "videos" / longer).write_text("longer than it was, by far and by a mile or two")
    same_size = "x" * len(before[f"videos/{other}"])
    (tmp_path / "videos" / other).write_text(same_size)
    (tmp_path / "videos" / gone).unlink()
    studio.made.clear()
    write_release(tmp_path, stories=2)
    assert sorted(studio.made) == sorted([longer, other, gone])
    assert contents(tmp_path) == before


def test_a_stopped_twin_goes_on(tmp_path: Path, studio: Studio):
    """Stopped after two films it is marked and has no lists; the next run makes the rest."""
    studio.stop_after = 2
    with pytest.raises(StoppedError):
        write_release(tmp_path / "raw", stories=2)
    left = contents(tmp_path / "raw")
    assert set(left) == {MARKER, *(f"videos/{name}" for name in studio.made)}
    studio.stop_after = 10**9
    write_release(tmp_path / "raw", stories=2)
    assert len(studio.made) == len(set(studio.made))
    write_release(tmp_path / "new", stories=2)
    assert contents(tmp_path / "raw") == contents(tmp_path / "new")


def test_a_stopped_twin_gives_way_to_another(tmp_path: Path, studio: Studio):
    """With other arguments, the films of the stopped one go."""
    studio.stop_after = 2
    with pytest.raises(StoppedError):
        write_release(tmp_path / "raw", stories=2, seed=1)
    studio.stop_after = 10**9
    write_release(tmp_path / "raw", stories=2, seed=2)
    write_release(tmp_path / "new", stories=2, seed=2)
    assert contents(tmp_path / "raw") == contents(tmp_path / "new")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_replacement_that_was_stopped_early_forgets_no_film(
    tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch, seed: int
):
    """Stopped while the old twin is taken away: either of the two can be made in that folder."""
    write_release(tmp_path / "raw", stories=2, seed=1)
    unlink, removed = Path.unlink, []

    def stumble(path: Path, missing_ok: bool = False) -> None:
        if path.parent.name == "videos":
            if len(removed) == 2:
                raise StoppedError
            removed.append(path)
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", stumble)
        with pytest.raises(StoppedError):
            write_release(tmp_path / "raw", stories=2, seed=2)
    assert not (tmp_path / "raw" / FACTS).exists()
    write_release(tmp_path / "raw", stories=2, seed=seed)
    write_release(tmp_path / "new", stories=2, seed=seed)
    assert contents(tmp_path / "raw") == contents(tmp_path / "new")


def test_half_written_files_are_swept_up(tmp_path: Path, studio: Studio):
    """What a killed run left under temporary names goes; a stray marker alone is no obstacle."""
    (tmp_path / f".{MARKER}.123.partial").write_text("{")
    write_release(tmp_path, stories=2)
    before = contents(tmp_path)
    for stray in (f".{FACTS}.7.partial", f"videos/.{studio.made[0]}.7.partial"):
        (tmp_path / stray).write_text("half")
    (tmp_path / "videos" / ".mine.7.partial").write_text("precious")
    write_release(tmp_path, stories=2)
    assert contents(tmp_path) == {**before, "videos/.mine.7.partial": b"precious"}


def test_facts_are_written_last(tmp_path: Path, studio: Studio):
    """A release that was interrupted has no twin.json, and a finished one no marker."""

    def stop(done: int, total: int, unit: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_release(tmp_path, stories=2, on_progress=stop)
    assert not (tmp_path / FACTS).exists()
    assert (tmp_path / MARKER).exists()
    write_release(tmp_path, stories=2)
    assert (tmp_path / FACTS).exists()
    assert not (tmp_path / MARKER).exists()


def test_progress_counts_every_video(tmp_path: Path, studio: Studio):
    """Progress is told once a video, from what stands already up to the total."""
    seen: list[tuple[int, int, str]] = []
    for _ in range(2):
        write_release(tmp_path, stories=2, on_progress=lambda *report: seen.append(report))
    total = seen[-1][1]
    assert seen == [*((k, total, "videos") for k in range(total + 1)), (total, total, "videos")]


def test_no_workers_are_refused_before_anything_is_written(tmp_path: Path):
    """Zero workers are a wrong wish, and the folder is not made."""
    with pytest.raises(InputError, match="at least 1 worker, found 0"):
        write_release(tmp_path / "raw", stories=1, workers=0)
    assert not (tmp_path / "raw").exists()
