"""Pictures that stories which overlap wrote over each other, since files were named by clip (A10).

Then one picture stands in all slots that show one clip. A model that draws caption by caption from
one seed leaves the same: it is known by one picture for the same words of different clips.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.material import Material, Numbers
from storybench.predictions.doctor.places import slots
from storybench.predictions.problem import Fault

MOST = 0.5
"""Share of the pairs of slots from which on a set was made so."""

FEWEST = 5
"""Pairs below which nothing is said."""


def overwritten(material: Material) -> Iterator[Fault]:
    """The fault, where slots of one clip share a picture, and slots of one caption do not."""
    there = material.drawn.there
    drawn, real = material.drawn.sha256, material.real.sha256[:, 1:]
    moving = real != material.real.sha256[:, :1]
    asked = there & ~_everywhere(material)
    if not asked.any() or (drawn == real)[asked].mean() > MOST or _is_by_caption(material):
        return  # the truth is told by itself
    first, second = _neighbours(real, by=drawn, where=asked & moving)
    same = drawn.ravel()[first] == drawn.ravel()[second]
    if len(same) < FEWEST or same.mean() < MOST:
        return
    where = np.zeros(there.size, bool)
    where[second[same]] = True
    yield Fault(
        "overwritten",
        f"Expected a picture for each slot, found the same one in {same.sum():,} of {len(same):,} "
        "pairs of slots in different stories that share a real frame: files were named by clip, "
        "and stories that overlap wrote over each other.",
        rule="A10",
        evidence={"pairs": float(len(same)), "same": float(same.sum())},
        fix="The lost pictures cannot be won back: sample again, with the story in the name "
        "(`storybench preds init` makes the folders).",
        slots=slots(material, where.reshape(there.shape)),
    )


def _everywhere(material: Material) -> NDArray[np.bool_]:
    """Slots of pictures that stand for more real frames than a story has, (n, t).

    Such a picture was written for none of them.
    """
    drawn, real = material.drawn.sha256, material.real.sha256[:, 1:]
    pairs = np.unique(np.stack([drawn.ravel(), real.ravel()], axis=1), axis=0)
    pictures, counts = np.unique(pairs[:, 0], return_counts=True)
    return np.isin(drawn, pictures[counts > material.t])


def _is_by_caption(material: Material) -> bool:
    """Whether different clips that have a caption in common mostly have a picture in common."""
    captions = np.array([row[1:] for row in material.captions])
    drawn, real = material.drawn.sha256.ravel(), material.real.sha256[:, 1:].ravel()
    first, second = _neighbours(
        captions, by=material.real.sha256[:, 1:], where=material.drawn.there
    )
    other = real[first] != real[second]
    same = (drawn[first] == drawn[second])[other]
    return len(same) >= FEWEST and float(same.mean()) >= MOST


def _neighbours(
    values: NDArray, *, by: NDArray, where: NDArray[np.bool_]
) -> tuple[Numbers, Numbers]:
    """Flat places of pairs that share a value, each with the next one in the order of `by`."""
    places = np.flatnonzero(where)
    number, order_by = (
        np.unique(each.ravel()[places], return_inverse=True)[1] for each in (values, by)
    )
    order = np.lexsort((order_by, number))
    pairs = np.flatnonzero(np.diff(number[order]) == 0)
    return places[order[pairs]], places[order[pairs + 1]]
