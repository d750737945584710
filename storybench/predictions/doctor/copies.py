"""Pictures that are somebody else's: the truth, the source, each other, another run's.

What a model may do by chance is measured on the real frames themselves: how often they repeat their
own source, or a training frame.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.places import slots
from storybench.predictions.problem import Fault, Note, Problem

SAME = 4.0
"""Grey levels, pixel by pixel, within which two pictures are one, encoded or scaled again: JPEG of
quality 30 stays below; noise of 8 levels, as a model that paints over the truth would leave, does
not."""

ALIKE = 2.0
"""The same for thumbnails."""

STILL = 6.0
"""The truth says nothing where it differs less from the source (thumbnails)."""

TRUTH_SHARE = 0.01
TRUTH_AT_LEAST = 2
COPIES = 0.1
FIRST_SHARE = 0.5
FEWEST_STORIES = 5
"""Below it a first target that repeats the source is one picture's matter, not the set's."""


def check_copies(material: Material, *, source_is_told: bool) -> Iterator[Problem]:
    """Truth and sources in place of targets, in a set that is in order.

    `source_is_told`: the source counted as a target is not told again as a copy of it.
    """
    yield from _truth(material)
    if not source_is_told:
        yield from _copied_source(material)


def _truth(material: Material) -> Iterator[Problem]:
    """The real frame of the slot itself, where that is not like the given source (A08)."""
    moved = _apart(material.real.thumbs[:, 1:], material.real.thumbs[:, :1]) > STILL
    exact = (material.drawn.sha256 == material.real.sha256[:, 1:]) & material.drawn.there
    exact &= material.real.sha256[:, 1:] != material.real.sha256[:, :1]
    shown = exact | (moved & (np.nan_to_num(material.to_truth, nan=np.inf) <= SAME))
    n, of = int(shown.sum()), int(material.drawn.there.sum())
    if n < TRUTH_AT_LEAST or n <= TRUTH_SHARE * of:
        return
    yield Fault(
        "truth shown",
        f"Expected generated pictures, found {n:,} of {of:,} that show the real frame of their own "
        f"slot, {int(exact.sum()):,} of them pixel by pixel.",
        rule="A08",
        evidence={"share": n / of, "exact": float(exact.sum()), "within_levels": SAME},
        fix="Was the folder of real frames copied, linked or mixed in? Score the model's files.",
        slots=slots(material, shown),
    )


def source_included(material: Material) -> Iterator[Problem]:
    """The given source as target 1, while the others are none (A07)."""
    copied = _is_source(material)
    real = _real_is_source(material)
    share = _means(copied, material.drawn.there)
    usual = float(real[:, 0].mean())
    later = float(share[1:].max()) if material.t > 1 else 1.0
    is_habit = share[0] >= FIRST_SHARE and share[0] >= 2 * max(later, usual)
    if not is_habit or material.drawn.there[:, 0].sum() < FEWEST_STORIES:
        return
    yield Fault(
        "source included",
        f"Expected target 1 in the first place, found the given source there in {share[0]:.0%} of "
        f"the stories (in later places in {later:.0%}; the first real target repeats it in "
        f"{usual:.0%}).",
        rule="A07",
        evidence={"first": float(share[0]), "later": later, "real": usual},
        fix="Leave out the first frame of each story: `storybench preds convert … --first-frame "
        "source`.",
        slots=slots(material, copied & (np.arange(material.t) == 0)),
    )


def _copied_source(material: Material) -> Iterator[Problem]:
    """Targets that are their own source, more often than real ones are (A09)."""
    copied = _is_source(material)
    share = float(_means(copied.ravel(), material.drawn.there.ravel()))
    usual = float(_real_is_source(material).mean())
    if share <= COPIES + usual:
        return
    yield Note(
        "copies of the source",
        f"{share:.0%} of the pictures are the source of their story again; of the real "
        f"frames {usual:.0%} are.",
        rule="A09",
        evidence={"share": share, "real": usual},
        slots=slots(material, copied),
    )


def check_repeated(looks: Glances) -> Iterator[Note]:
    """The same pixels twice, inside a story or across stories."""
    there = looks.there
    hashes = looks.sha256[there]
    if not len(hashes) or (n_distinct := len(np.unique(hashes))) == len(hashes):
        return
    rows = zip(looks.sha256, there, strict=True)
    inside = sum(int(of.sum()) - len(np.unique(row[of])) for row, of in rows)
    yield Note(
        "repeated pictures",
        f"Only {n_distinct:,} of {len(hashes):,} pictures are distinct.",
        rule="A09",
        evidence={
            "again_in_their_story": float(inside),
            "again_elsewhere": float(len(hashes) - n_distinct - inside),
        },
    )


def check_training(drawn: Glances, real: Glances, train: NDArray[np.uint8]) -> Iterator[Note]:
    """Copies of training frames, thumbnails (m, 16, 16, 3), more often than real frames are."""
    if not len(train) or not drawn.there.any():
        return
    share = float(_near(drawn.thumbs[drawn.there], train).mean())
    usual = float(_near(real.thumbs[:, 1:].reshape(-1, *real.thumbs.shape[2:]), train).mean())
    if share > COPIES + usual:
        yield Note(
            "copies of training pictures",
            f"At least {share:.0%} of the pictures are a training frame again; of the real "
            f"frames {usual:.0%} are; compared with {len(train):,} frames that training stories "
            "start with.",
            rule="A09",
            evidence={"share": share, "real": usual, "train_frames": float(len(train))},
        )


def _is_source(material: Material) -> NDArray[np.bool_]:
    """Which predictions are the source of their story, painted over or not: (n, t)."""
    near = _apart(material.drawn.thumbs, material.real.thumbs[:, :1]) <= ALIKE
    return near & material.drawn.there


def _real_is_source(material: Material) -> NDArray[np.bool_]:
    return _apart(material.real.thumbs[:, 1:], material.real.thumbs[:, :1]) <= ALIKE


def _apart(thumbs: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean difference of thumbnails in grey levels, over the last three axes."""
    return np.abs(thumbs.astype(np.int16) - other).mean(axis=(-3, -2, -1))


def _near(thumbs: NDArray[np.uint8], train: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which thumbnails (m, 16, 16, 3) are those of a training frame again."""
    pictures = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    known = train.reshape(len(train), -1).astype(np.float32)
    lengths = (known**2).sum(axis=1)
    found = np.zeros(len(pictures), bool)
    for first in range(0, len(pictures), 512):
        block = pictures[first : first + 512]
        nearest = (lengths - 2 * block @ known.T).argmin(axis=1)
        found[first : first + 512] = np.abs(block - known[nearest]).mean(axis=1) <= ALIKE
    return found


def _means(values: NDArray[np.bool_], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of those that are there, over the first axis."""
    return (values & there).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
