"""Blocks of stories as a layout's pictures: axes by their sides, black and white by the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from storybench.errors import PredictionError
from storybench.predictions.arrays import TOLERANCE, ArrayPicture, Axes, Block, Values, spread
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.recognition import Question

N_CHANNELS = 3


def axes_of(block: Block, documented: Axes) -> Axes:
    """Which axis of (n, ·, ·, h, w) holds the three channels.

    Raises:
        PredictionError: another number of axes, or no axis of three channels.
    """
    if len(block.shape) != 5 or 0 in block.shape:
        raise PredictionError(
            f"Expected five axes (stories, frames, channels, height, width) in {block.name}, found "
            f"the shape {block.shape}."
        )
    _, first, second, *_ = block.shape
    if first == second == N_CHANNELS:
        return documented
    if N_CHANNELS not in (first, second):
        raise PredictionError(
            f"Expected an axis of {N_CHANNELS} channels in {block.name}, found the shape "
            f"{block.shape}."
        )
    return "cthw" if first == N_CHANNELS else "tchw"


def n_frames(block: Block, axes: Axes) -> int:
    """Frames a story."""
    return block.shape[1] if axes == "tchw" else block.shape[2]


def values_of(
    blocks: Sequence[Block], answers: Answers, documented: Values
) -> tuple[Values, tuple[Question, ...]]:
    """What black and white are, or a question where the numbers contradict the writer."""
    told = answers.get("range")
    for values in ("0..1", "-1..1", "0..255"):
        if told == values:
            return values, ()
    if all(block.is_whole_numbers for block in blocks):
        return "0..255", ()
    spreads = [spread(block) for block in (blocks[0], blocks[-1])]
    low, high = min(one[0] for one in spreads), max(one[1] for one in spreads)
    is_signed = low < -TOLERANCE
    if high <= 1 + 2 * TOLERANCE and is_signed == (documented == "-1..1"):
        return documented, ()
    question = Question(
        "range",
        f"numbers lie between {low:.3g} and {high:.3g} where this layout's writer has "
        f"{documented}: what are black and white?",
        ("0..1", "-1..1", "0..255"),
    )
    return documented, (question,)


def pictures_of(block: Block, axes: Axes, values: Values) -> dict[tuple[int, int], ArrayPicture]:
    """Every picture of a block by story and frame, from 0."""
    return {
        (story, frame): ArrayPicture(block, story, frame, axes, values)
        for story in range(block.shape[0])
        for frame in range(n_frames(block, axes))
    }
