"""Stories as strips of small pictures: the source and the real frames, and each system's below.

Pictures are copies inside the page, the same picture once however often it is shown; a ladder of
sizes keeps a page below its limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storybench.errors import InputError
from storybench.page.thumbnail import Thumbnail, thumbnail
from storybench.shards.reader import Stories
from storybench.types import Image

MAX_PAGE_BYTES = 2_000_000


@dataclass(frozen=True)
class Size:
    """How large the pictures of a page are, at which quality, and how many stories a group."""

    side: int
    quality: int
    stories: int


LADDER = (Size(176, 72, 4), Size(144, 66, 4), Size(112, 60, 3), Size(80, 50, 2), Size(48, 40, 1))
"""Tried from the first on until the page is small enough."""


class Pictures(Protocol):
    """Generated pictures, as `storybench.predictions.store.PredictionSet` holds them."""

    @property
    def directory(self) -> Path:
        """Where they lie."""
        ...

    def image(self, story_id: str, k: int) -> Image:
        """Target k, 1…T, of a story."""
        ...


@dataclass(frozen=True)
class System:
    """A system with the name it is shown under."""

    name: str
    pictures: Pictures


@dataclass(frozen=True)
class Line:
    """One system's frames of a story."""

    name: str
    frames: tuple[Thumbnail, ...]


@dataclass(frozen=True)
class Strip:
    """One story as a page shows it; `values` are its own scores, a name and a text each."""

    id: str
    cluster: str
    captions: tuple[str, ...]
    source: Thumbnail
    truth: tuple[Thumbnail, ...]
    lines: tuple[Line, ...]
    values: tuple[tuple[str, str], ...]


def draw(
    story_id: str,
    *,
    stories: Stories,
    systems: Sequence[System],
    values: Sequence[tuple[str, str]],
    size: Size,
) -> Strip:
    """The strip of one story."""
    index = stories.find(story_id)
    targets = range(1, stories.spec.n_targets + 1)
    real = [_small(stories.image(index, k), size) for k in (0, *targets)]
    return Strip(
        id=story_id,
        cluster=stories.clusters[index],
        captions=stories.captions(index),
        source=real[0],
        truth=tuple(real[1:]),
        lines=tuple(
            Line(of.name, tuple(_small(of.pictures.image(story_id, k), size) for k in targets))
            for of in systems
        ),
        values=tuple(values),
    )


def smallest_enough(render: Callable[[Size], str], *, limit: int = MAX_PAGE_BYTES) -> str:
    """The page at the first size of the ladder that keeps it below `limit` bytes.

    Raises:
        InputError: it is too large even with the smallest pictures.
    """
    for size in LADDER:
        drawn = render(size)
        if len(drawn.encode()) < limit:
            return drawn
    raise InputError(
        f"Expected a page below {limit:,} bytes, found more even with the smallest pictures. Are "
        "the captions or the metrics of this report so many?"
    )


def _small(image: Image, size: Size) -> Thumbnail:
    return thumbnail(image, side=size.side, quality=size.quality)
