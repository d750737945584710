"""Decode every picture of a set once, beside the real frames of the same story.

Work is dealt in runs of stories to this process or to several; `look_at` is a plain function of
picklable things, so that new processes can be started from nothing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from storybench.errors import InputError
from storybench.images import centre_square, decode, resize
from storybench.predictions.check import MIN_SIDE
from storybench.predictions.container import Container, container_of
from storybench.predictions.doctor.glance import Glance, apart, glance
from storybench.predictions.doctor.truth import Truth
from storybench.predictions.names import MANIFEST, frame_name
from storybench.predictions.problem import Fault
from storybench.predictions.reader import Predictions
from storybench.types import Image, Progress

RUN = 20
WORTH_A_PROCESS = 400
"""Stories from which on starting processes pays."""

NEAR = 8.0
"""Thumbnails further apart than this (grey levels) are not compared pixel by pixel."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A prediction that could be read; differences in grey levels, NaN where they are large.

    `container` is the one that it lies in, alone or with others, or the lossy one that it was
    converted from.
    """

    k: int
    look: Glance
    container: Container | None
    to_truth: float
    to_source: float


@dataclass(frozen=True, eq=False)
class Seen:
    """One story: its pictures, what is wrong with others, and the looks at the real frames."""

    index: int
    drawn: tuple[Drawn, ...]
    faults: tuple[Fault, ...]
    real: tuple[Glance, ...]


def look(
    found: Predictions,
    truth: Truth | None,
    stories: Sequence[tuple[int, str]],
    *,
    n_targets: int,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Iterator[Seen]:
    """Every story of `stories`, (index, id), in order.

    Args:
        found: the predictions.
        truth: the stories, indexed as in `stories`; None to leave out the real frames.
        stories: which to look at.
        n_targets: targets of each.
        workers: processes; 0 means one a processor.
        on_progress: called after each story.
    """
    runs = [stories[first : first + RUN] for first in range(0, len(stories), RUN)]
    task = partial(look_at, found, truth, n_targets=n_targets)
    done = 0
    for seen in _mapped(task, runs, workers if len(stories) >= WORTH_A_PROCESS else 1):
        for one in seen:
            yield one
            done += 1
            if on_progress is not None:
                on_progress(done, len(stories), "stories")


def look_at(
    found: Predictions,
    truth: Truth | None,
    stories: Sequence[tuple[int, str]],
    *,
    n_targets: int,
) -> list[Seen]:
    """A run of stories."""
    return [_story(found, truth, index, story_id, n_targets) for index, story_id in stories]


def _mapped(task: partial[list[Seen]], runs: Iterable, workers: int) -> Iterator[list[Seen]]:
    n_processes = workers or len(os.sched_getaffinity(0))
    if n_processes == 1:
        yield from map(task, runs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, mp_context=context) as pool:
        yield from pool.map(task, runs)


def _story(
    found: Predictions, truth: Truth | None, index: int, story_id: str, n_targets: int
) -> Seen:
    images = () if truth is None else tuple(truth.image(index, k) for k in range(n_targets + 1))
    real = _Real(images)
    there = [k for k in found.frames(story_id) if 1 <= k <= n_targets]
    findings = [_picture(found, story_id, k, real) for k in there]
    return Seen(
        index,
        drawn=tuple(one for one in findings if isinstance(one, Drawn)),
        faults=tuple(one for one in findings if isinstance(one, Fault)),
        real=real.looks,
    )


class _Real:
    """The real frames of a story, source first, or none; each is resized once for each size."""

    def __init__(self, images: Sequence[Image]) -> None:
        self.looks = tuple(map(glance, images))
        self._images = images
        self._resized: dict[tuple[int, int], Image] = {}

    def difference(self, image: Image, seen: Glance, k: int) -> float:
        """Of a picture from frame k, in grey levels; NaN where large, or there is no frame."""
        if k >= len(self.looks):
            return float("nan")
        small = np.abs(seen.thumb.astype(np.int16) - self.looks[k].thumb).mean()
        return apart(image, self._at_size(k, len(image))) if small <= NEAR else float("nan")

    def _at_size(self, k: int, side: int) -> Image:
        if (k, side) not in self._resized:
            square = centre_square(self._images[k])
            self._resized[k, side] = resize(square, height=side, width=side)
        return self._resized[k, side]


def _picture(found: Predictions, story_id: str, k: int, real: _Real) -> Drawn | Fault | None:
    """One picture, or what is wrong with its file; None where its name is already complained of."""
    try:
        picture = found.picture(story_id, k)
    except InputError:
        return None
    try:
        data = picture.encoded()
        image = picture.read() if data is None else decode(data, picture.name)
    except InputError as error:
        return Fault("undecodable", str(error), story_id, rule="A11")
    name = f"{story_id}/{frame_name(k)}"
    if expected := _other_size(image, found):
        message = f"Expected {expected} in {name}, found {image.shape[1]} x {image.shape[0]}."
        rule, fix = _shape_of(image)
        return Fault("wrong size", message, story_id, rule=rule, fix=fix)
    seen = glance(image)
    recorded = found.recorded(story_id, k)
    if found.manifest is not None and recorded != seen.sha256:
        message = f"Picture {name} is not the one that {MANIFEST} was written for."
        return Fault("changed", message, story_id)
    return Drawn(
        k,
        seen,
        found.lossy(story_id, k) or (picture.container() if data is None else container_of(data)),
        to_truth=real.difference(image, seen, k),
        to_source=real.difference(image, seen, 0),
    )


def _other_size(image: Image, found: Predictions) -> str | None:
    """What size was expected, if the picture has another."""
    height, width = image.shape[:2]
    if height != width or width < MIN_SIDE:
        return f"a square picture of at least {MIN_SIDE} pixels"
    size = found.manifest.size if found.manifest is not None else None
    return f"{size} x {size} pixels" if size not in (None, width) else None


def _shape_of(image: Image) -> tuple[str, str]:
    """What is known to make pictures that are not square: the bug's number and advice."""
    height, width = image.shape[:2]
    longer, shorter = max(height, width), min(height, width)
    if longer > shorter and (longer % shorter == 0 or (longer + 2) % (shorter + 2) == 0):
        advice = "A mosaic of several frames? `storybench preds convert` cuts those that it knows."
        return "A15", advice
    if height > width and _is_strip(image[width:]):
        return "A16", (
            f"A strip with the caption below the picture? Cut the lowest {height - width} rows "
            "off, or sample again without captions in the pictures."
        )
    return ("A20", "") if height != width else ("", "")


def _is_strip(rows: Image) -> bool:
    """Whether most of it is of one colour, as behind a line of text."""
    flat = rows.reshape(-1, 3).astype(np.int16)
    return float((np.abs(flat - np.median(flat, axis=0)).max(axis=1) < 16).mean()) > 0.6
