"""Outlined parts, the one way that characters and props are put together.

The outline is the part's own colour, deep: softer than black, and it keeps a figure apart from
whatever it stands in front of.
"""

from __future__ import annotations

from storydata.twin.drawing.canvas import Canvas, Shade
from storydata.twin.drawing.outlines import Points, grown
from storydata.twin.drawing.palette import Colour, darker, lighter

LINE = 0.013
"""Width of an outline, in heights of what is drawn."""

LARGE = 0.24
"""Parts at least this wide or high are shaded from light above to dark below, others are flat."""


def part(canvas: Canvas, points: Points, colour: Colour) -> None:
    """One closed part with its outline."""
    canvas.shape(grown(points, LINE), deep(colour))
    if float((points.max(0) - points.min(0)).max()) < LARGE:
        canvas.shape(points, lighter(colour, 0.04))
    else:
        canvas.shape(points, Shade(lighter(colour, 0.17), darker(colour, 0.1)))


def limb(canvas: Canvas, bone: Points, width: float, colour: Colour) -> None:
    """An open line drawn thick and round, with its outline: an arm, a tail, a trunk."""
    canvas.stroke(bone, width + 2 * LINE, deep(colour))
    canvas.stroke(bone, width, darker(colour, 0.02))


def deep(colour: Colour) -> Colour:
    """The colour of an outline around that colour."""
    return darker(colour, 0.5)
