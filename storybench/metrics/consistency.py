"""Consistency: do the frames of a story show one world, and that of its source frame?

Cosines between features of the frames of one story, the source first. The number follows
Vchitect/VBench@45e79ec:vbench/subject_consistency.py: the mean over the frames i > 0 of
`(max(0, cos(f_i, f_{i-1})) + max(0, cos(f_i, f_0))) / 2`; its two parts stand apart as well. With
DINO weights it is that metric; through the run's own extractor it is the same formula under
another name.

A frozen picture scores 1. So each number stands beside that of the real frames of the same stories
(`real_frames` in its settings), `consistency_gap` says how far the two are apart, and beside them
stand what a frozen picture has none of: how different the frames of a story are from each other,
and how much the order of the frames matters. The sources and both sides take one pixel path, also
under a protocol that sends real frames another way.

The gap is that of the two means, so its draws have a sign: stories that are too like and too unlike
cancel. Of one story the gap is how far it is from its own real frames, in either direction; less is
better, and the mean of the stories is no less than the gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from storybench import registry
from storybench.errors import MissingError
from storybench.metrics.clustered_mean import ClusteredMean, clustered_mean, story_groups
from storybench.metrics.evidence import Evidence, Side, Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storybench.metrics.metric import Estimate
from storybench.metrics.unit_rows import unit_rows

STORIES_AT_ONCE = 256
VERSION = 1

BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "consistency": (0, 1),
        "consistency_neighbour": (0, 1),
        "consistency_source": (0, 1),
        "consistency_gap": (0, 1),
        "diversity": (0, 2),
        "order_sensitivity": (-1, 1),
    }
)
"""Every number of this family, and its range."""


@dataclass(frozen=True, eq=False)
class StoryParts:
    """What the cosines of each story say, every array of shape (s,).

    `neighbour` is the mean cosine of a target with the frame before it (the source for the first)
    and `source` that with the source, negative cosines as 0; `shuffled` is `neighbour` expected
    over all orders of the targets. `diversity` is the mean of 1 - cos over the pairs of targets,
    NaN where there is one target only.
    """

    neighbour: NDArray[np.float64]
    source: NDArray[np.float64]
    shuffled: NDArray[np.float64]
    diversity: NDArray[np.float64]

    def named(self) -> dict[str, NDArray[np.float64]]:
        """The numbers of the family that one side has by itself."""
        numbers = {
            "consistency": (self.neighbour + self.source) / 2,
            "consistency_neighbour": self.neighbour,
            "consistency_source": self.source,
            "diversity": self.diversity,
            "order_sensitivity": self.neighbour - self.shuffled,
        }
        if np.isnan(self.diversity).any():  # stories of one target have neither pairs nor orders
            del numbers["diversity"], numbers["order_sensitivity"]
        return numbers


class Consistency:
    """The family of numbers of this module, the headline first."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate, ...]:
        """Through DINO where its weights are there, else through the run's own extractor."""
        evidence = evidence.on_one_path()
        prefix, extractor = _extractor(evidence)
        targets = _targets(evidence.slots)
        sides: dict[Side, dict[str, NDArray[np.float64]]] = {
            side: _measure(evidence, side, targets, extractor).named()
            for side in ("generated", "reference")
        }
        numbers = {}
        for name, values in sides["generated"].items():
            numbers[name] = values
            if name == "consistency":
                numbers["consistency_gap"] = _gap(values, sides["reference"][name])
        means = {name: float(values.mean()) for name, values in sides["reference"].items()}
        return tuple(
            _estimate(
                f"{prefix}{name}",
                clustered_mean(values, story_groups(evidence.slots)),
                np.abs(values) if name == "consistency_gap" else values,
                evidence=evidence,
                extractor=extractor,
                real_frames=means[name.replace("_gap", "")],
                n=targets.size,
            )
            for name, values in numbers.items()
        )


def story_parts(frames: NDArray[np.floating[Any]]) -> StoryParts:
    """The parts of stories from features (s, t + 1, d) of their frames, the source first.

    The mean over all orders needs no draw: in a random order each target is first with probability
    1/t, and each pair of targets is neighbours t - 1 times in t (t - 1) / 2.

    >>> frozen = story_parts(np.ones((1, 5, 3)))
    >>> round(float(frozen.neighbour[0]), 12), abs(round(float(frozen.diversity[0]), 12))
    (1.0, 0.0)
    """
    unit = unit_rows(frames)
    n_targets = frames.shape[1] - 1
    cosines = np.einsum("sid,sjd->sij", unit, unit)
    kept = np.maximum(cosines, 0)
    numbers = np.arange(1, n_targets + 1)
    source = kept[:, numbers, 0].mean(axis=1)
    first, second = np.triu_indices(n_targets, k=1)
    pairs = kept[:, first + 1, second + 1]
    in_any_order = pairs.mean(axis=1) if len(first) else np.zeros(len(frames))
    return StoryParts(
        neighbour=kept[:, numbers, numbers - 1].mean(axis=1),
        source=source,
        shuffled=(source + (n_targets - 1) * in_any_order) / n_targets,
        diversity=(
            np.clip(1 - cosines[:, first + 1, second + 1].mean(axis=1), 0, 2)  # never -4e-17
            if len(first)
            else np.full(len(frames), np.nan)
        ),
    )


def _extractor(evidence: Evidence) -> tuple[Literal["", "dino_"], Extractor]:
    """DINO under its own name where its weights are there, else the extractor of the run."""
    try:
        return "dino_", registry.load("extractors", "dino")(evidence.options.dino)
    except MissingError:
        if evidence.options.dino is not None:
            raise
        return "", evidence.extractor


def _targets(slots: Slots) -> NDArray[np.intp]:
    """The slots of the targets of each story, (s, t), in order of k; a scored source is left out.

    Raises:
        AssertionError: stories of different lengths, which no dataset has.
    """
    targets = np.flatnonzero(slots.k > 0)
    order = targets[np.lexsort((slots.k[targets], slots.story[targets]))]
    n_stories = len(slots.stories)
    assert len(order) % n_stories == 0
    rows = order.reshape(n_stories, -1)
    assert np.array_equal(slots.story[rows], np.arange(n_stories)[:, None] + 0 * rows)
    return rows


def _measure(
    evidence: Evidence, side: Side, targets: NDArray[np.intp], extractor: Extractor
) -> StoryParts:
    """The parts of every story of one side, some stories at a time."""
    table = evidence.features(side, extractor)
    sources = evidence.features("source", extractor)
    parts = [
        story_parts(_frames(table, sources, np.arange(first, first + len(rows)), rows))
        for first in range(0, len(targets), STORIES_AT_ONCE)
        for rows in [targets[first : first + STORIES_AT_ONCE]]
    ]
    return StoryParts(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in StoryParts.__dataclass_fields__
        )
    )


def _frames(
    table: FeatureTable, sources: FeatureTable, stories: NDArray[np.intp], rows: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Features (s, t + 1, d) of some stories, source first."""
    source = sources.rows[sources.slots[stories]][:, None]
    return np.concatenate([source, table.rows[table.slots[rows]]], axis=1)


def _gap(made: NDArray[np.float64], real: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each story is from its real frames, in the direction that the mean is.

    With one sign for all stories the draws of a gap of nearly 0 spread on both sides of it.
    """
    return (made - real) * (1 if made.mean() >= real.mean() else -1)


def _estimate(
    name: str,
    mean: ClusteredMean,
    per_story: NDArray[np.float64],
    *,
    evidence: Evidence,
    extractor: Extractor,
    real_frames: float,
    n: int,
) -> Estimate:
    return Estimate(
        metric=f"{name}.{extractor.network_id}.{evidence.frames}.v{VERSION}",
        value=mean.value,
        replicates=mean.replicates,
        n=n,
        direction="lower" if name.endswith("_gap") else "higher",
        settings={
            "flags": [],
            "real_frames": real_frames,
            "similarity": "cosine, negative ones as 0",
            "extractor": extractor.describe(),
            "preprocess": extractor.pixels.describe(),
        },
        spread="bootstrap",
        bounds=BOUNDS[name.removeprefix("dino_")],
        per_story=tuple(per_story.tolist()),
    )
