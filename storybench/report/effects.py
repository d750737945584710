"""How far one difference of protocol moves a number: what was measured, and under what conditions.

All numbers are of the project's specification of metrics, by section. Those of 1.4 were measured
with random weights in the Inception trunk or on synthetic features: they say how large an effect
can be. Nothing is interpolated that was not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from storybench.page.chart import signed
from storybench.protocols.protocol import Batch, Protocol
from storybench.types import Score

REFERENCE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "as-built": "the frame that the build chose",
        "middle": "the middle one",
        "random": "a random one, drawn anew at each access and without a seed",
    }
)

PIXEL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "clean299": "straight to 299 pixels, antialiased, not rounded (clean299)",
        "story64": "down to 64 pixels, then up to 299 without antialiasing (story64)",
        "cmota224": "down to 224 pixels, then up to 299 (cmota224)",
        "make-a-story": "to 299 pixels (make-a-story)",
        "storygptv299": "299 pixels with ImageNet's mean and deviation, outside the range that the "
        "network expects (storygptv299)",
    }
)

CLASSIFIER_WORDS: Mapping[str | None, str] = MappingProxyType(
    {
        None: "those that it was trained on",
        "classifier299-raw": "0 to 1, neither normalised nor brought to -1..1 as it was trained "
        "(classifier299-raw)",
        "classifier299-nostep": "normalised, but not brought to -1..1 as it was trained "
        "(classifier299-nostep)",
    }
)
"""How a classifier is fed, by the path that a protocol names."""

THROUGH_64: Mapping[int, float] = MappingProxyType(
    {64: 0.0, 128: 0.16, 256: 0.40, 299: 0.47, 512: 0.61}
)
"""Relative L2 change of features on the 64-pixel path, by the side of the picture (1.4)."""

CLEAN: Mapping[int, float] = MappingProxyType(
    {64: 0.020, 128: 0.024, 256: 0.025, 299: 0.0024, 512: 0.012}
)
"""The same on the clean path."""

BIAS: Mapping[int, float] = MappingProxyType(
    {
        500: 140.7,
        1_000: 98.0,
        1_900: 58.5,
        2_208: 50.4,
        4_416: 25.2,
        7_600: 14.65,
        8_832: 12.62,
        11_040: 10.10,
        17_664: 6.31,
    }
)
"""Fréchet distance of two samples of one synthetic distribution at d = 2048, by N a side (1.4)."""

SIDE = 299
"""Input of the Inception, in pixels: every path of a protocol ends there."""

BIAS_TIMES_N = 111_000
BIAS_FROM = 1_900
DIM = 2_048

AVERAGES = (
    "On one synthetic set of predictions micro, macro, weighted and samples were 57.9, 42.3, 56.5 "
    "and 46.2, and Make-A-Story's call, which counts two characters only, 69.8."
)
INTERVALS = (
    "A published FID has no interval. In simulations of overlapping stories, one over stories "
    "instead of episodes was five times too narrow."
)
PRECISION: Mapping[str, str] = MappingProxyType(
    {
        "PororoSV": "At 2,208 stories and 18 % a frame accuracy is known to ±1.2 points, and two "
        "systems must be 1.7 points apart to be told apart.",
        "FlintstonesSV": "At 1,900 stories and 55 % a frame accuracy is known to ±1.7 points, and "
        "two systems must be 2.4 points apart to be told apart.",
    }
)


def frames_words(rules: Protocol) -> str:
    """Which frames of a story are scored, in words."""
    if rules.frames == "targets":
        return "the targets alone"
    if rules.n_frames is not None:
        return f"the first {rules.n_frames} frames, the source's place among them"
    return "all frames, the source's place among them"


def source_scored(mine: Protocol, theirs: Protocol) -> str:
    """What the source's place does to a number."""
    if {mine.frames, theirs.frames} == {"targets", "all"}:
        return (
            "Where the source is given and scored, a real picture stands in its place and a "
            "distance is smaller; its size on real data was not measured."
        )
    return ""


def n_bias(n_here: int, n_there: int, dim: int | None) -> str:
    """What the number of frames does to a Fréchet distance."""
    if dim != DIM:
        return (
            "A Fréchet distance of n frames is too large by about c / n; how large c is for these "
            "features was not measured."
        )
    here, there = (_bias(n) for n in (n_here, n_there))
    if here is None or there is None:
        return (
            "A Fréchet distance of few frames is too large: two samples of one synthetic "
            f"distribution were {BIAS[1_000]:.0f} apart at 1,000 frames a side, and "
            f"{BIAS[8_832]:.1f} at 8,832."
        )
    return (
        f"Two samples of one synthetic distribution are about {here:.1f} apart at the one number "
        f"and {there:.1f} at the other: {signed(here - there, 1)} here; the real c / n depends "
        "on the data."
    )


def random_reference(score: Score) -> str:
    """What the draw of real frames moves, from this report where it was measured there."""
    seeds = score.settings.get("reference", {}).get("seeds")
    if isinstance(seeds, Mapping) and isinstance(spread := seeds.get("sd"), int | float):
        return f"Over the seeds of this report the draw moves the number by {spread:.3g} (sd)."
    return "How far an unseeded draw moves a number on the real data was not measured."


def own_pixels(score: Score, mine: Protocol) -> str:
    """The pixel path of a report in words; a network with an input of its own has its own path."""
    used, side = _path(score, mine)
    if side != SIDE or used not in PIXEL_WORDS:
        return f"the network's own path ({used}{f', to {side} pixels' if side else ''})"
    return pixel_words(mine) if used == mine.pixels else PIXEL_WORDS[used]


def pixel_words(rules: Protocol) -> str:
    """The pixel path of a protocol in words, and whether real frames take another."""
    words = PIXEL_WORDS.get(rules.pixels, rules.pixels)
    return words if rules.reference_pixels is None else f"{words}, and real frames another way"


def pixels(score: Score, mine: Protocol, theirs: Protocol) -> str:
    """What the pixel paths do to features, at the sizes of this report's pictures."""
    if "storygptv299" in (mine.pixels, theirs.pixels):
        return "Such a number is not on the scale of an FID at all."
    if theirs.reference_pixels is not None and mine.reference_pixels is None:
        return "Real and generated frames take different ways there, which alone makes a distance."
    used, side = _path(score, mine)
    if side is not None and side <= 64 and theirs.pixels == "story64":
        return (
            "Neither way shows a network any detail finer than 64 pixels; how far the two are "
            "apart was not measured."
        )
    if {used, theirs.pixels} != {"clean299", "story64"} or side != SIDE:
        return "How far these two ways are apart was not measured."
    sides = sorted({*_px(score, "generated"), *_px(score, "reference")} & THROUGH_64.keys())
    measured = ", ".join(f"{THROUGH_64[side]:.0%} at {side} px" for side in sides)
    known = measured or f"{THROUGH_64[256]:.0%} at 256 px"
    return (
        f"On the way through 64 pixels features change by {known} (relative L2, random weights), "
        f"on the clean one by at most {max(CLEAN.values()):.1%}: no detail finer than 64 pixels "
        "counts there, so it is another metric."
    )


def dropped(batch: Batch | None) -> str:
    """What a loader leaves out, in words."""
    if batch is None:
        return "nothing is dropped"
    return f"the last incomplete batch of {batch.size} {batch.of} is dropped"


def classifier_path(score: Score) -> str | None:
    """The path into the classifier of a score, where that is not how it was trained."""
    used = score.settings.get("preprocess", {}).get("path")
    return used if used in CLASSIFIER_WORDS else None


def dim_of(score: Score) -> int | None:
    """How long the feature vectors of a score are; None where it does not say."""
    dim = score.settings.get("extractor", {}).get("dim")
    return dim if isinstance(dim, int) else None


def _path(score: Score, mine: Protocol) -> tuple[str, int | None]:
    """The pixel path of a score and the side of its network's input; None where it is not said."""
    found = score.settings.get("preprocess", {})
    used = found.get("path", mine.pixels)
    return used, found.get("to", SIDE if used in PIXEL_WORDS else None)


def _bias(n: int) -> float | None:
    if n < BIAS_FROM:
        return None
    return BIAS.get(n, BIAS_TIMES_N / n)


def _px(score: Score, side: str) -> set[int]:
    found: Any = score.settings.get(side, {})
    sizes = found.get("native_px", ()) if isinstance(found, Mapping) else ()
    return {size for size in sizes if isinstance(size, int)}
