"""Outlines as arrays of corners, and the maps that move them: pure geometry, no pictures.

Units are the caller's, y upwards. A closed outline repeats no corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Spot = tuple[float, float]
"""One point: x to the right, y upwards."""

Points = NDArray[np.float64]
"""Corners, shape (n, 2): x to the right, y upwards."""

_TURN = np.linspace(0, 2 * np.pi, 36, endpoint=False)
CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
"""Corners of the unit circle, anticlockwise."""

CORNERS = np.stack([np.cos(_TURN + _TURN[1] / 2), np.sin(_TURN + _TURN[1] / 2)], axis=1)
"""The same circle turned by half a step: no corner on an axis, so each lies in one quarter."""

_HALF = np.linspace(0, np.pi, 8)
_STEPS = np.linspace(0, 1, 8, endpoint=False)[None, :, None]
_CURVE = np.linspace(0, 1, 10)[:, None]


@dataclass(frozen=True)
class Affine:
    """A map of the plane: `matrix @ point + offset`."""

    matrix: tuple[tuple[float, float], tuple[float, float]] = ((1.0, 0.0), (0.0, 1.0))
    offset: tuple[float, float] = (0.0, 0.0)

    def __call__(self, points: Points) -> Points:
        """Map every point."""
        return points @ np.array(self.matrix).T + self.offset

    def then(self, later: Affine) -> Affine:
        """This map first, `later` after it."""
        (a, b), (c, d) = self.matrix
        (e, f), (g, h) = later.matrix
        x, y = self.offset
        return Affine(
            ((e * a + f * c, e * b + f * d), (g * a + h * c, g * b + h * d)),
            (e * x + f * y + later.offset[0], g * x + h * y + later.offset[1]),
        )


def turned(degrees: float, pivot: tuple[float, float] = (0.0, 0.0)) -> Affine:
    """Rotation about a pivot, clockwise as seen."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    x, y = pivot
    return Affine(((c, s), (-s, c)), (x - c * x - s * y, y + s * x - c * y))


def scaled(across: float, up: float, pivot: tuple[float, float] = (0.0, 0.0)) -> Affine:
    """Stretch about a pivot."""
    return Affine(((across, 0.0), (0.0, up)), (pivot[0] * (1 - across), pivot[1] * (1 - up)))


def moved(across: float, up: float) -> Affine:
    """A shift."""
    return Affine(offset=(across, up))


def ellipse(centre: tuple[float, float], across: float, up: float, turn: float = 0.0) -> Points:
    """Outline of an ellipse by its radii, turned clockwise by degrees."""
    points = CIRCLE * (across, up)
    return (turned(turn)(points) if turn else points) + centre


def blob(corners: Sequence[tuple[float, float]]) -> Points:
    """A smooth closed curve (Catmull-Rom) through the corners."""
    knots = np.array(corners)
    a, b, c, d = (np.roll(knots, shift, 0)[:, None] for shift in (1, 0, -1, -2))
    t = _STEPS
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return curve.reshape(-1, 2)


def arc(
    start: tuple[float, float], middle: tuple[float, float], end: tuple[float, float]
) -> Points:
    """An open curve (quadratic Bézier) from start to end, pulled towards the middle."""
    t = _CURVE
    return (
        (1 - t) ** 2 * np.array(start) + 2 * t * (1 - t) * np.array(middle) + t**2 * np.array(end)
    )


def polygon(*corners: tuple[float, float]) -> Points:
    """Straight edges between the corners."""
    return np.array(corners, dtype=np.float64)


def box(left: float, bottom: float, right: float, top: float, radius: float = 0.0) -> Points:
    """A rectangle, its corners rounded by `radius`."""
    if radius <= 0:
        return polygon((left, bottom), (right, bottom), (right, top), (left, top))
    middle = np.array([(left + right) / 2, (bottom + top) / 2])
    flat = np.array([(right - left) / 2 - radius, (top - bottom) / 2 - radius])
    return middle + CORNERS * radius + np.sign(CORNERS) * flat


def grown(points: Points, edge: float) -> Points:
    """The closed outline pushed outwards by `edge` everywhere."""
    around = np.concatenate([points[-1:], points, points[:1]])
    x, y = around[1:].T
    area = float(x[:-1] @ y[1:] - y[:-1] @ x[1:])
    normals = _normals(around[2:] - around[:-2])
    return points + normals * (edge if area > 0 else -edge)


def thickened(points: Points, width: float) -> Points:
    """The closed outline of an open line drawn `width` thick with round caps."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    along = padded[2:] - padded[:-2]
    side = _normals(along) * (width / 2)
    return np.concatenate(
        [
            points + side,
            points[-1] + _cap(along[-1]) * (width / 2),
            (points - side)[::-1],
            points[0] + _cap(-along[0]) * (width / 2),
        ]
    )


def _normals(along: Points) -> Points:
    length = np.maximum(np.sqrt((along * along).sum(1)), 1e-9)
    return np.stack([along[:, 1], -along[:, 0]], axis=1) / length[:, None]


def _cap(along: Points) -> Points:
    angles = _HALF + (atan2(along[1], along[0]) - np.pi / 2)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)
