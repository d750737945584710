"""Frames that allow no derivatives are not handed on unless one says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storybench.errors import InputError
from storybench.export import export
from storybench.export.licences import allows_no_derivatives
from storybench.shards.overview import licence_of
from tests.export.conftest import BY, ND


@pytest.mark.parametrize(
    "licence",
    [
        ND,
        "http://creativecommons.org/licenses/by-nd/2.0/",
        "CC BY-NC-ND 4.0",
        "cc-by-nd",
        "CC_BY_ND",
        "Attribution-NoDerivs License",
        "Creative Commons, no derivatives",
    ],
)
def test_no_derivatives_are_recognised(licence: str) -> None:
    """By address, by name, in any case."""
    assert allows_no_derivatives(licence)


@pytest.mark.parametrize("licence", [None, "", BY, "CC BY-NC-SA 4.0", "CC0", "Nd", "Wind by land"])
def test_other_licences_are_not_taken_for_them(licence: str | None) -> None:
    """Two letters alone say nothing."""
    assert not allows_no_derivatives(licence)


def test_a_paragraph_of_terms_is_no_licence_of_a_frame() -> None:
    """A dataset's terms count for frames that have none of their own, if they are a name."""
    terms = "Each video keeps its own licence; 2,985 of 10,464 videos allow no derivatives at all."
    assert licence_of(None, terms) is None
    assert licence_of(None, "CC-BY-ND-4.0") == "CC-BY-ND-4.0"
    assert licence_of(BY, "CC-BY-ND-4.0") == BY
    assert licence_of(None, "") is None


@pytest.mark.parametrize("to", ["folder", "hf", "arldm-h5"])
def test_they_are_refused(licensed: Path, tmp_path: Path, to: str) -> None:
    """With how many there are, under which licence, and both ways out; nothing is written."""
    with pytest.raises(InputError) as caught:
        export(licensed, tmp_path / "out", to=to)  # pyright: ignore[reportArgumentType]
    assert str(caught.value) == (
        "Expected frames that may be handed on as part of something new, found 1 of 35 frames, in "
        f"1 of 7 stories, under a licence that allows no derivatives ({ND}). Leave those stories "
        "out with --skip-no-derivatives, or, if you have the right to, take them with "
        "--include-no-derivatives."
    )
    assert not any(tmp_path.glob("*out*"))


def test_a_split_without_them_is_not_refused(licensed: Path, tmp_path: Path) -> None:
    """Only what is exported counts."""
    assert export(licensed, tmp_path / "out", to="folder", split="test").n_stories == {"test": 2}


def test_their_stories_can_be_left_out(licensed: Path, tmp_path: Path) -> None:
    """Counted and noted; every other story is there."""
    done = export(licensed, tmp_path / "out", to="folder", no_derivatives="skip")
    assert (done.n_stories, done.n_skipped) == ({"train": 4, "test": 2}, 1)
    assert not (tmp_path / "out" / "train" / "ep1-5").exists()
    assert ND not in done.licences
    assert "1 stories were left out" in done.notes[1]


def test_they_can_be_taken(licensed: Path, tmp_path: Path) -> None:
    """And then their licence goes with them."""
    done = export(licensed, tmp_path / "out", to="folder", no_derivatives="include")
    assert (done.n_stories, done.n_skipped) == ({"train": 5, "test": 2}, 0)
    assert done.licences == {BY: 30, "not stated": 4, ND: 1}
    lines = (tmp_path / "out" / "captions.jsonl").read_text().splitlines()
    story = next(s for s in map(json.loads, lines) if s["id"] == "ep1-5")
    assert [frame["licence"] for frame in story["frames"]] == [BY, BY, BY, BY, ND]
    assert f"| {ND} | 1 |" in (tmp_path / "out" / "README.md").read_text()


def test_frames_without_a_licence_are_noted(toon: Path, tmp_path: Path) -> None:
    """In the result and in the README: silence is no permission."""
    done = export(toon, tmp_path / "out", to="folder")
    assert done.licences == {"not stated": 50}
    assert done.notes == (
        "50 frames state no licence: ask whoever holds the rights before you hand them on.",
    )
    assert "not a permission" in (tmp_path / "out" / "README.md").read_text()
