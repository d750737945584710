"""The pictures of a submission: the same few stories for every system, one strip a story.

A strip is a JPEG of square cells. First row: the source frame and the generated frames. Second
row: the true frames, in the columns of their generated ones, only where every frame's licence
allows derivatives. Where not even the source's does, the story is left out, with the reason.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.board.submissions.folder import strip_name
from storybench.board.submissions.licence import allows_derivatives, label
from storybench.board.submissions.record import LeftOutRecord, ReportRecord, StripRecord, is_twin
from storybench.files import sha256_bytes
from storybench.images import centre_square, encode_jpeg, resize
from storybench.types import Frame, Image, Prediction, Story

N_STORIES = 6
CELL = 224
QUALITY = 88
GROUND = 255
MAX_CAPTION = 600
TOY_WORLD = "Drawn by the toy world"


@dataclass(frozen=True)
class Strip:
    """One picture with its record."""

    record: StripRecord
    jpeg: bytes

    @property
    def name(self) -> str:
        """Its file, relative to the submission."""
        return strip_name(self.record.story_id)


def choose(story_ids: Iterable[str], *, n_stories: int = N_STORIES) -> tuple[str, ...]:
    """The stories to show: those whose ids have the smallest SHA-256, so the same for every system.

    >>> choose(["a", "b", "c", "d"], n_stories=2)
    ('d', 'c')
    """
    return tuple(sorted(story_ids, key=lambda story_id: sha256_bytes(story_id.encode())))[
        :n_stories
    ]


def draw(story: Story, prediction: Prediction, result: ReportRecord) -> Strip | LeftOutRecord:
    """The strip of one story, or why it may not be shown."""
    if not _is_free(story.source, result.dataset):
        return LeftOutRecord(
            story_id=story.id,
            dataset=result.dataset,
            split=result.split,
            data_digest=result.data_digest,
            reason=f"The source frame ({label(story.source.licence)}) may not be shown: its "
            "licence does not allow derivatives, or is not known.",
        )
    has_truth = all(_is_free(frame, result.dataset) for frame in story.frames)
    rows = [[story.source.image, *prediction.frames]]
    if has_truth:
        rows.append([None, *(frame.image for frame in story.targets)])
    record = _record(story, result, has_truth=has_truth)
    return Strip(record, encode_jpeg(_grid(rows), quality=QUALITY))


def _is_free(frame: Frame, dataset: str) -> bool:
    return is_twin(dataset) or allows_derivatives(frame.licence)


def _record(story: Story, result: ReportRecord, *, has_truth: bool) -> StripRecord:
    twin = is_twin(result.dataset)
    return StripRecord(
        story_id=story.id,
        dataset=result.dataset,
        split=result.split,
        data_digest=result.data_digest,
        predictions_digest=result.predictions_digest,
        n_targets=len(story.targets),
        cell=CELL,
        has_truth=has_truth,
        captions=tuple(_plain(caption) for caption in story.captions),
        credit=TOY_WORLD if twin else _plain(story.source.origin.clip)[:300],
        licence="CC0" if twin else label(story.source.licence)[:300],
    )


def _grid(rows: list[list[Image | NDArray[np.uint8] | None]]) -> Image:
    return np.concatenate([np.concatenate([_cell(image) for image in row], axis=1) for row in rows])


def _cell(image: Image | None) -> Image:
    if image is None:
        return np.full((CELL, CELL, 3), GROUND, np.uint8)
    return resize(centre_square(image), height=CELL, width=CELL)


def _plain(text: str) -> str:
    r"""One printable line: whatever breaks or hides characters becomes a space.

    >>> _plain("Fred\n is  \u202etired ")
    'Fred is tired'
    """
    normal = unicodedata.normalize("NFC", text)
    line = " ".join("".join(c if c.isprintable() else " " for c in normal).split())
    return line if len(line) <= MAX_CAPTION else f"{line[: MAX_CAPTION - 1]}…"
