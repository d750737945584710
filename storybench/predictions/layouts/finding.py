"""How most layouts become a finding: the numbered files of one run, placed and framed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from storybench.errors import PredictionError
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.places import Placed, frames, place
from storybench.predictions.layouts.recognition import Found, Question
from storybench.predictions.layouts.split import OFFICIAL, Split
from storybench.predictions.pictures import FilePicture
from storybench.predictions.reader import Picture

Numbered = Mapping[tuple[int, int], str]
"""Files by the two numbers in their names: story and frame."""


def numbered(
    files: Numbered,
    folder: Folder,
    split: Split,
    answers: Answers,
    *,
    begins: str | None,
    order: str = OFFICIAL,
    first: int = 0,
) -> Found:
    """The finding for files that carry a story number and a frame number.

    Args:
        files: those of one run.
        folder: where they lie.
        split: what is known of the split.
        answers: what the user said.
        begins: what frame 0 is by the layout's writer: see `places.frames`.
        order: the order of stories that the writer follows.
        first: what the writer counts stories from.
    """
    placed = place({story for story, _ in files}, split, answers, documented=order, first=first)
    return framed(files, placed, folder, split, answers, begins=begins)


def framed(
    files: Numbered,
    placed: Placed,
    folder: Folder,
    split: Split,
    answers: Answers,
    *,
    begins: str | None,
) -> Found:
    """As `numbered`, where it is known already which story each first number is."""
    pictures = {numbers: picture_of(folder, file) for numbers, file in files.items()}
    return put_together(pictures, placed, split, answers, begins=begins, used=files.values())


def put_together(
    pictures: Mapping[tuple[int, int], Picture],
    placed: Placed,
    split: Split,
    answers: Answers,
    *,
    begins: str | None,
    used: Iterable[str],
) -> Found:
    """As `framed`, for pictures of any kind; `used` are the files that they lie in."""
    shown = frames({frame for _, frame in pictures}, split.n_targets, answers, begins=begins)
    found = Found(
        why=(*placed.why, *shown.why),
        questions=(*placed.questions, *shown.questions),
        refusal=placed.refusal or shown.refusal,
        used=frozenset(used),
        frames=tuple(sorted({frame for _, frame in pictures})),
    )
    if found.questions or found.refusal:
        return found
    known = {
        (placed.stories[story], shown.frames[frame]): picture
        for (story, frame), picture in pictures.items()
        if story in placed.stories
    }
    return replace(found, pictures=known)


def picture_of(folder: Folder, file: str) -> FilePicture:
    """The picture in a file of its own."""
    return FilePicture(folder.path / PurePosixPath(file), file)


def by_numbers(matches: Iterable[tuple[str, tuple[int, int]]]) -> dict[tuple[int, int], str]:
    """Files by story and frame number.

    Raises:
        PredictionError: two files have the same numbers.
    """
    files: dict[tuple[int, int], str] = {}
    for file, numbers in matches:
        if numbers in files:
            raise PredictionError(
                f"Expected one picture for story {numbers[0]}, frame {numbers[1]}, found "
                f"{files[numbers]} and {file}. Keep one of them."
            )
        files[numbers] = file
    return files


def asking(*questions: Question, why: Iterable[str], used: Iterable[str] = ()) -> Found:
    """A finding that is open until the questions are answered."""
    return Found(why=tuple(why), questions=questions, used=frozenset(used))


def refused(
    sentence: str, *, why: Iterable[str], used: Iterable[str] = (), confidence: float = 0.9
) -> Found:
    """A finding of something that cannot be scored, and what to do instead."""
    return Found(why=tuple(why), refusal=sentence, used=frozenset(used), confidence=confidence)
