"""What generated frames must be: T square uint8 RGB pictures of one size, 64 pixels or more.

Below 64 pixels there is nothing to score: every published protocol shrinks to that or more.
"""

from __future__ import annotations

import numpy as np

from storybench.errors import PredictionError

MIN_SIDE = 64


def check_frames(frames: object, *, n_targets: int, owner: str) -> None:
    """Refuse frames that are not (n_targets, s, s, 3) uint8 with s >= 64.

    `owner` begins the message: "Model 'x', story p-0001".

    Raises:
        PredictionError: they are something else; says what.
    """
    found = _fault(frames, n_targets)
    if found:
        raise PredictionError(
            f"{owner}: expected {n_targets} square RGB target frames, uint8 of shape ({n_targets}, "
            f"s, s, 3) with s >= {MIN_SIDE}, found {found}."
        )


def _fault(frames: object, n_targets: int) -> str | None:
    if not isinstance(frames, np.ndarray):
        return type(frames).__name__
    if frames.dtype != np.uint8:
        return f"dtype {frames.dtype}"
    if frames.ndim != 4 or frames.shape[0] != n_targets or frames.shape[3] != 3:
        return f"shape {frames.shape}"
    height, width = frames.shape[1:3]
    if height != width:
        return f"frames of {width} x {height} pixels, which are not square"
    return f"frames of {width} x {height} pixels" if width < MIN_SIDE else None
