"""Pictures that are more than a picture: mosaics of the right size, text along the lower edge."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.diagnosis import Fault, Note, Problem
from storybench.predictions.doctor.glance import BANDS, PARTS
from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.places import slots

SEAM = 3.0
MOSAIC_SHARE = 0.5
LOWEST = 5
"""Bands out of 32 that a subtitle stands in: the lowest 15 %."""

TEXT = 1.0
"""How much busier than usual, in e-folds, the lowest bands must be."""

TEXT_SHARE = 0.5
DARK = 2.0


def check_shape(material: Material) -> Iterator[Problem]:
    """Both of them."""
    if material.drawn.there.any():
        yield from _mosaics(material)
        yield from _subtitles(material)


def _mosaics(material: Material) -> Iterator[Problem]:
    """The same seams in most pictures, where the real frames have none (A15)."""
    there = material.drawn.there
    for axis, where in enumerate(("beside", "below")):
        for part, parts in enumerate(PARTS):
            seams = (material.drawn.seams[:, :, axis, part] >= SEAM) & there
            share = float(seams.sum() / there.sum())
            usual = float((material.real.seams[:, :, axis, part] >= SEAM).mean())
            if share >= MOSAIC_SHARE + usual:
                yield Fault(
                    "mosaics",
                    f"Expected one frame in a picture, found seams where {parts} would stand "
                    f"{where} each other in {share:.0%} of the pictures ({usual:.0%} of the real "
                    "ones).",
                    rule="A15",
                    evidence={"share": share, "real": usual, "parts": float(parts)},
                    fix="Cut the mosaics into frames: `storybench preds convert` does for those "
                    "that it knows.",
                    slots=slots(material, seams),
                )
                return


def _subtitles(material: Material) -> Iterator[Problem]:
    """Steps from pixel to pixel crowd in the lowest bands, beyond what real frames do (A16)."""
    busy, usual = _lower(material.drawn), _lower(material.real)
    level = float(np.quantile(usual, 0.95))
    text = (busy > max(level, float(np.median(usual)) + TEXT)) & material.drawn.there
    share = float(text.sum() / material.drawn.there.sum())
    if share >= TEXT_SHARE:
        yield Note(
            "subtitles",
            f"{share:.0%} of the pictures are far busier along the lower edge than the real ones: "
            "is a caption burnt in?",
            rule="A16",
            evidence={"share": share, "busier": float(np.median(busy[text]) - np.median(usual))},
            fix="Score the pictures without text: SEED-Story writes them beside as ori_*.jpg.",
            slots=slots(material, text),
        )


def _lower(looks: Glances) -> NDArray[np.float32]:
    """How busy the lowest bands are against the rest, logarithm, (n, t)."""
    low = looks.edges[:, :, BANDS - LOWEST :].mean(axis=2)
    return np.log((low + DARK) / (looks.edges[:, :, : BANDS - LOWEST].mean(axis=2) + DARK))
