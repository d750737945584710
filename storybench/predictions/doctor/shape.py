"""Pictures that are more than a picture: mosaics of the right size, text along the lower edge.

One picture in many places counts once: what is odd about it is no habit of the set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.glance import BANDS, SIDE
from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.places import slots
from storybench.predictions.problem import Fault, Note, Problem

PARTS = (2, 3, 4, 5)
MOSAIC_SHARE = 0.5
ALIKE, MORE_ALIKE = 0.4, 0.4
"""By this correlation the parts of a picture repeat each other, and by so much more those of the
middle picture than those of the middle real frame: mosaics by 0.5 and more, the mean picture, whose
parts are all blurred alike, by up to 0.28."""

CUT = "Cut the mosaics into frames: `storybench preds convert` does for those that it knows."
PLANES = (
    "Three in grey? Then an array (channel, h, w) was reshaped to (h, w, channel): move the axes, "
    f"don't reshape. {CUT}"
)

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


def are_mosaics(told: Iterable[Problem]) -> bool:
    """Whether that is among what was told of a set: no picture of it is one frame then."""
    return any(one.kind == "mosaics" for one in told)


def _mosaics(material: Material) -> Iterator[Problem]:
    """Parts of a picture that repeat each other, where those of real frames do not (A15)."""
    there, once = material.drawn.there, material.drawn.distinct()
    for axis, where in enumerate(("beside", "below")):
        for parts in PARTS:
            like, usual = (_alike(looks, axis, parts) for looks in (material.drawn, material.real))
            level = max(float(np.quantile(usual, 0.95)), ALIKE)
            share = float((like[once] > level).mean())
            more = float(np.median(like[once]) - np.median(usual))
            if share >= MOSAIC_SHARE and more >= MORE_ALIKE:
                yield Fault(
                    "mosaics",
                    f"Expected one frame in a picture, found {parts} that repeat each other, "
                    f"{where} each other, in {share:.0%} of the pictures (5% of the real frames "
                    "look so).",
                    rule="A15",
                    evidence={"share": share, "level": level, "more": more, "parts": float(parts)},
                    fix=PLANES if (parts, where) == (3, "beside") else CUT,
                    slots=slots(material, (like > level) & there),
                )
                return


def _alike(looks: Glances, axis: int, parts: int) -> NDArray[np.float32]:
    """Least correlation of neighbouring parts of each thumbnail, (n, t); axis 0 cuts columns.

    Parts beside each other have the same rows of sky and ground, whatever they show, so each is
    taken less its mean along the cut.
    """
    thumbs = looks.thumbs if axis else np.swapaxes(looks.thumbs, 2, 3)
    size = SIDE // parts
    cut = thumbs[:, :, : size * parts].astype(np.float32)
    pieces = cut.reshape(*thumbs.shape[:2], parts, size, SIDE, 3)
    pieces = pieces - pieces.mean(axis=3, keepdims=True)
    pieces = pieces.reshape(*thumbs.shape[:2], parts, -1)
    lengths = np.sqrt((pieces**2).sum(axis=-1)) + 1e-6
    products = (pieces[:, :, 1:] * pieces[:, :, :-1]).sum(axis=-1)
    return (products / (lengths[:, :, 1:] * lengths[:, :, :-1])).min(axis=-1)


def _subtitles(material: Material) -> Iterator[Problem]:
    """Steps from pixel to pixel crowd in the lowest bands, beyond what real frames do (A16)."""
    busy, usual = _lower(material.drawn), _lower(material.real)
    level = float(np.quantile(usual, 0.95))
    text = (busy > max(level, float(np.median(usual)) + TEXT)) & material.drawn.there
    share = float(text[material.drawn.distinct()].mean())
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
