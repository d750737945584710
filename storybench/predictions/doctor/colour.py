"""Colours that a pipeline changed: channels, contrast, ranges, planes.

Whatever is asked, the real frames are asked too, and only the difference counts; one picture in
many places counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.pictures import FLAT
from storybench.predictions.doctor.places import slots
from storybench.predictions.problem import Fault, Note, Problem

Array = NDArray[np.float64]

SWAPPED = -0.25
SWAPPED_SHARE = 0.1
FAINT = 4.0
"""Root mean square of red less blue, in grey levels, below which there is no colour to compare."""

PALETTE = 0.5
STRETCHED = 0.9
BLACK = 0.03
"""Share of values that are 0, beyond three times that of real frames. Learned models whose pictures
were cut from -1…1 to 0…1 have 0.09 to 0.3, as they were none."""

CUT_SPREAD = 0.9
BRIGHT = 100
UNRELATED, LEAST_LESS = 0.4, 0.2
"""By this share of it, and this much, planes are less alike than those of real frames."""

SMOOTH = 0.5
"""Share of what neighbouring pixels of real frames have in common, below which there is noise."""

GREY = 1.0
GREY_SHARE = 0.2
MOVED_SHARE = 0.5
MUCH_CLOSER = 0.9


def check_colour(material: Material, *, aligned: bool) -> Iterator[Problem]:
    """All of them; `aligned`: whether pictures are known to belong to their stories."""
    if not material.drawn.there.any():
        return
    yield from _swapped(material) if aligned else _palette(material)
    yield from _stretched(material)
    yield from _range(material)
    yield from _planes(material)


def _swapped(material: Material) -> Iterator[Problem]:
    """Red less blue has the sign of the source's and the real frame's, or the other (A17)."""
    sources = np.repeat(_chroma(material.real)[:, :1], material.t, axis=1)
    drawn, real = _chroma(material.drawn), _chroma(material.real)[:, 1:]
    like = np.fmax(_cosine(drawn, real), _cosine(drawn, sources))
    opposite = np.fmin(_cosine(drawn, real), _cosine(drawn, sources))
    colourful = material.drawn.distinct() & np.isfinite(like)
    if not colourful.any():
        return
    against = material.drawn.there & (like < SWAPPED) & (opposite < SWAPPED)
    share = float(against[colourful].mean())
    between = _cosine(real, sources)
    between = between[np.isfinite(between)]
    usual = float((between < SWAPPED).mean()) if len(between) else 0.0
    if share > SWAPPED_SHARE + usual:
        yield _swap_fault(share, usual, slots(material, against), "of their own story")


def _palette(material: Material) -> Iterator[Problem]:
    """The same by the palette of the whole set, where slots cannot be compared."""
    drawn, real = _histogram(material.drawn), _histogram(material.real)
    as_is, turned = np.abs(drawn - real).sum(), np.abs(drawn[::-1] - real).sum()
    if turned < PALETTE * as_is and as_is > PALETTE:
        yield _swap_fault(float(as_is), float(turned), (), "of the set as a whole")


def _swap_fault(found: float, usual: float, where: tuple, whose: str) -> Fault:
    return Fault(
        "channels swapped",
        f"Expected the colours of the real frames {whose}, found red and blue exchanged"
        + (f" in at least {found:.0%} of the pictures." if where else "."),
        rule="A17",
        evidence={"swapped": found, "real": usual},
        fix="Write the pictures again as RGB (OpenCV reads and writes BGR; of HDF5 files it is an "
        "answer: `--channel-order CHANNELS`). Or were the shards built from BGR?",
        slots=where,
    )


def _stretched(material: Material) -> Iterator[Problem]:
    """Each picture from 0 to 255 exactly, as after min–max scaling (A18)."""
    full = (material.drawn.low == 0) & (material.drawn.high == 255) & material.drawn.there
    share = full[material.drawn.distinct()].mean()
    usual = float(((material.real.low == 0) & (material.real.high == 255)).mean())
    if share >= STRETCHED and usual < STRETCHED / 2:
        yield Note(
            "contrast stretched",
            f"{share:.0%} of the pictures reach from exactly 0 to 255 (as {usual:.0%} of the real "
            "ones do): each was stretched to its own minimum and maximum. FID "
            "compares other contrasts.",
            rule="A18",
            evidence={"share": float(share), "real": usual},
            fix="Save with a fixed range, such as (x + 1) / 2 of a generator in -1..1.",
            slots=slots(material, full),
        )


def _range(material: Material) -> Iterator[Problem]:
    """Values of one range read as another: many of them black, or nothing dark at all (A18)."""
    there = material.drawn.distinct()
    black = float(material.drawn.black[there].mean())
    usual = float(material.real.black.mean())
    if black > 3 * usual + BLACK and _is_cut(material.drawn.thumbs[there], material.real.thumbs):
        yield Fault(
            "wrong range",
            f"Expected dark pixels as in the real frames ({usual:.0%} of values are 0), found "
            f"{black:.0%}: values from -1 to 1 were cut to 0…1.",
            rule="A18",
            evidence={"black": black, "real": usual},
            fix="Convert from the array itself: `storybench preds convert … --range=-1..1`.",
        )
    darkest, real = np.median(material.drawn.low[there]), np.median(material.real.low)
    is_pale = _fits(material.drawn.thumbs[there], material.real.thumbs, lambda v: (v + 255) / 2)
    if darkest >= BRIGHT and real < BRIGHT / 2 and is_pale:
        yield Fault(
            "wrong range",
            f"Expected pictures with something dark in them, as the real ones have (darkest value "
            f"{real:.0f}), found nothing below {darkest:.0f}: values from 0 to 1 were mapped as "
            "if they went from -1 to 1.",
            rule="A18",
            evidence={"darkest": float(darkest), "real": float(real)},
            fix="Convert from the array itself: `storybench preds convert … --range 0..1`.",
        )


def _is_cut(drawn: NDArray[np.uint8], real: NDArray[np.uint8]) -> bool:
    """Whether thumbnails are as dark as real ones would be, cut, and not as a dull model's are."""
    has_contrast = drawn.std() > CUT_SPREAD * real.std()
    return has_contrast and _fits(drawn, real, lambda values: np.clip(2 * values - 255, 0, None))


def _fits(
    drawn: NDArray[np.uint8], real: NDArray[np.uint8], mapped: Callable[[Array], Array]
) -> bool:
    """Whether thumbnails are on the whole as bright as the mapped real ones, not as the real."""
    mean, values = float(drawn.mean()), real.astype(np.float64)
    return abs(mean - float(mapped(values).mean())) < abs(mean - float(values.mean()))


def _planes(material: Material) -> Iterator[Problem]:
    """Red, green and blue of different pictures, or of one frame each: axes were mixed (A19)."""
    there = material.drawn.there
    once = material.drawn.distinct() & (material.drawn.spread >= FLAT)
    if not once.any():  # of one colour, which is said elsewhere
        return
    better = _moved_axes(material)
    if better >= MOVED_SHARE:
        yield Fault(
            "mixed planes",
            "Expected planes of colour frame by frame, found that they fit the source better in "
            f"{better:.0%} of the stories if read colour by colour: an array of (channel, frame) "
            "was reshaped to (frame, channel).",
            rule="A19",
            evidence={"better": better},
            fix="Move the axes, don't reshape: `storybench preds convert` of the array does.",
            slots=slots(material, there),
        )
        return
    related, usual = _related(material.drawn)[once], _related(material.real)
    grey = (_colourfulness(material.drawn) < GREY) & there
    grey_share = float(grey[once].mean())
    usual_grey = float((_colourfulness(material.real) < GREY).mean())
    less = float(np.median(usual)) - float(np.median(related))
    unrelated = less > max(UNRELATED * float(np.median(usual)), LEAST_LESS)
    unrelated = unrelated and _shows_something(material)
    if unrelated or grey_share > GREY_SHARE + usual_grey:
        what = (
            f"{np.median(related):.2f}, in the real frames {np.median(usual):.2f}"
            if unrelated
            else f"that {grey_share:.0%} of them are grey ({usual_grey:.0%} of the real ones)"
        )
        yield Fault(
            "mixed planes",
            "Expected red, green and blue of a picture to be alike, found "
            + ("their correlation to be " if unrelated else "")
            + f"{what}: the axes of an array were mixed, or colours were lost.",
            rule="A19",
            evidence={
                "related": float(np.median(related)),
                "real": float(np.median(usual)),
                "grey": grey_share,
                "real_grey": usual_grey,
            },
            fix="Arrays of GANs are (story, channel, frame, h, w): move the axes, don't reshape. "
            "`storybench preds convert` does.",
            slots=slots(material, grey if not unrelated else there),
        )


def _shows_something(material: Material) -> bool:
    """Whether neighbouring pixels are alike, as in planes of any picture, and not as in noise."""
    drawn, usual = _smooth(material.drawn)[material.drawn.there], _smooth(material.real)
    return float(np.median(drawn)) > SMOOTH * float(np.median(usual))


def _moved_axes(material: Material) -> float:
    """Share of stories much nearer to their source with planes read colour by colour."""
    rows = material.drawn.there.all(axis=1)
    if not rows.any() or material.t < 2:
        return 0.0
    drawn, source = material.drawn.thumbs[rows], material.real.thumbs[rows, :1].astype(np.int16)
    n, t = drawn.shape[:2]
    planes = np.moveaxis(drawn, -1, 2).reshape(n, 3, t, *drawn.shape[2:4])
    other = np.moveaxis(planes, 1, -1)
    apart = [
        np.abs(one - source).mean(axis=(1, 2, 3, 4)) for one in (other, drawn, drawn[..., ::-1])
    ]
    return float((apart[0] < MUCH_CLOSER * np.minimum(apart[1], apart[2])).mean())


def _chroma(looks: Glances) -> Array:
    """Red less blue of each thumbnail, (n, t, 256)."""
    thumbs = looks.thumbs.astype(np.float64)
    return (thumbs[..., 0] - thumbs[..., 2]).reshape(*thumbs.shape[:2], -1)


def _cosine(one: Array, other: Array) -> Array:
    """Of each pair, over the last axis; NaN where either is nearly grey."""
    lengths = np.sqrt((one**2).mean(axis=-1)), np.sqrt((other**2).mean(axis=-1))
    cosine = (one * other).mean(axis=-1) / np.maximum(lengths[0] * lengths[1], 1e-9)
    return np.where(np.minimum(*lengths) < FAINT, np.nan, cosine)


def _histogram(looks: Glances) -> Array:
    """Shares of red less blue over the whole set, in 32 bins around 0."""
    counts, _ = np.histogram(_chroma(looks)[looks.there], bins=32, range=(-256, 256))
    return counts / max(counts.sum(), 1)


def _related(looks: Glances) -> Array:
    """Mean correlation of red with green and of green with blue in each thumbnail, (n, t)."""
    planes = looks.thumbs.reshape(*looks.thumbs.shape[:2], -1, 3).astype(np.float64)
    planes = planes - planes.mean(axis=2, keepdims=True)
    lengths = np.sqrt((planes**2).sum(axis=2)) + 1e-6
    products = (planes[..., :2] * planes[..., 1:]).sum(axis=2)
    return (products / (lengths[..., :2] * lengths[..., 1:])).mean(axis=-1)


def _smooth(looks: Glances) -> Array:
    """Correlation of each pixel of a thumbnail's planes with the one right of it, (n, t)."""
    planes = looks.thumbs.astype(np.float64)
    planes = planes - planes.mean(axis=(2, 3), keepdims=True)
    products = (planes[:, :, :, 1:] * planes[:, :, :, :-1]).mean(axis=(2, 3, 4))
    return products / ((planes**2).mean(axis=(2, 3, 4)) + 1e-6)


def _colourfulness(looks: Glances) -> Array:
    """Mean difference of neighbouring channels in grey levels, (n, t)."""
    thumbs = looks.thumbs.astype(np.int16)
    return np.abs(np.diff(thumbs, axis=-1)).mean(axis=(2, 3, 4))
