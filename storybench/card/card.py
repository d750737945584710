"""The report card: every metric on every corruption at every strength.

One split of a build, one extractor. The unspoilt pictures are scored once, then each corruption at
each of its strengths; `answers` puts each series into a word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench import registry
from storybench.card.answers import BIG, MONOTONE, SMALL, Answer, answer
from storybench.card.corruptions import CORRUPTIONS, Corruption
from storybench.card.material import Material
from storybench.card.spoilt import Spoilt, spoilt_evidence
from storybench.errors import InputError
from storybench.metrics.evidence import Evidence, Options
from storybench.metrics.extractor import Extractor
from storybench.metrics.metric import Absent, Estimate, Metric
from storybench.stats.jackknife import FEWEST_GROUPS
from storybench.types import Progress

Estimates = Mapping[str, Estimate]
"""Estimates by metric id."""


@dataclass(frozen=True)
class Card:
    """What every metric answered, on which data; `absent` says why others did not."""

    dataset: str
    split: str
    data_digest: str
    extractor: str
    seed: int
    n_stories: int
    n_slots: int
    n_clusters: int
    answers: tuple[Answer, ...]
    absent: tuple[Absent, ...]
    left_out: tuple[str, ...]

    def describe(self) -> dict[str, Any]:
        """What the answers hold for, and by which thresholds: JSON values."""
        return {
            "dataset": self.dataset,
            "split": self.split,
            "data_digest": self.data_digest,
            "extractor": self.extractor,
            "seed": self.seed,
            "n_stories": self.n_stories,
            "n_slots": self.n_slots,
            "n_clusters": self.n_clusters,
            "thresholds": {"big": BIG, "small": SMALL, "monotone": MONOTONE},
        }


def make_card(
    data: Path | str,
    *,
    split: str = "test",
    extractor: str = "twin",
    weights: Path | None = None,
    options: Options | None = None,
    metrics: Sequence[str] | None = None,
    corruptions: Sequence[Corruption] = CORRUPTIONS,
    limit: int | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Card:
    """Spoil the real frames of a split in every way, and score them.

    Args:
        data: the folder of a finished build.
        split: whose frames are spoilt.
        extractor: a registered extractor.
        weights: other weights for it.
        options: weights of metrics that need a network of their own.
        metrics: names under `storybench.metrics`; all if None.
        corruptions: how to spoil; those that the data does not allow are left out, with the reason.
        limit: only the first stories.
        seed: of every choice.
        on_progress: called after each scored set.

    Raises:
        MissingError: no finished build, or weights that were named are not there.
        UnknownNameError: no extractor or metric of that name.
        InputError: no such split, or fewer than three clusters: no standard error.
    """
    material = Material(data, split, limit=limit)
    evidence = _evidence(material, registry.load("extractors", extractor)(weights), options)
    parts = [registry.load("metrics", name)() for name in metrics or registry.names("metrics")]
    usable, left_out = _usable(corruptions, material)
    steps = _Steps(1 + sum(len(one.strengths) for one in usable), on_progress)
    unspoilt, absent = _estimates(parts, evidence)
    steps.done()
    scorer = _Scorer(material, evidence, parts, unspoilt, seed, steps)
    network, stories = evidence.extractor, material.stories
    return Card(
        dataset=stories.spec.name,
        split=split,
        data_digest=stories.digest,
        extractor=f"{network.arch}.{network.weights_sha256[:8]}",
        seed=seed,
        n_stories=len(stories),
        n_slots=evidence.slots.n,
        n_clusters=len(set(stories.clusters)),
        answers=tuple(found for corruption in usable for found in scorer.answers(corruption)),
        absent=absent,
        left_out=tuple(left_out),
    )


def _evidence(material: Material, extractor: Extractor, options: Options | None) -> Evidence:
    """The evidence of the unspoilt pictures.

    Raises:
        InputError: fewer than three clusters.
    """
    slots = material.layout.slots
    if slots.n_groups < FEWEST_GROUPS:
        raise InputError(
            f"Expected at least {FEWEST_GROUPS} episodes or videos in {material.stories.split}, "
            f"found {slots.n_groups}: a change has no standard error. Build more data."
        )
    return Evidence(
        slots=slots, extractor=extractor, options=options or Options(), pictures=material
    )


class _Steps:
    """Counts the sets that were scored."""

    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._total, self._on_progress, self._done = total, on_progress, 0

    def done(self) -> None:
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done, self._total, "sets of pictures")


def _usable(
    corruptions: Sequence[Corruption], material: Material
) -> tuple[list[Corruption], list[str]]:
    """The corruptions that this data allows, and why not the others."""
    usable, left_out = [], []
    for corruption in corruptions:
        try:
            if corruption.move is not None:
                corruption.move(material.layout, 0.0, 0)
        except InputError as error:
            left_out.append(f"{corruption.name}: {error}")
            continue
        usable.append(corruption)
    return usable, left_out


def _estimates(parts: Sequence[Metric], evidence: Evidence) -> tuple[Estimates, tuple[Absent, ...]]:
    """Estimates with a standard error of their own; fid_inf borrows that of FID: left out."""
    found = [each for part in parts for each in part.estimate(evidence)]
    estimates = {
        each.metric: each
        for each in found
        if isinstance(each, Estimate)
        and math.isfinite(each.value)
        and "standard_error_of" not in each.settings
    }
    return estimates, tuple(each for each in found if isinstance(each, Absent))


@dataclass(frozen=True, eq=False)
class _Scorer:
    """Scores one corruption after the other against the same unspoilt pictures."""

    material: Material
    evidence: Evidence
    parts: Sequence[Metric]
    unspoilt: Estimates
    seed: int
    steps: _Steps

    def answers(self, corruption: Corruption) -> Iterator[Answer]:
        """The answers of every metric that has a number for every strength."""
        series = [self._scored(corruption, strength) for strength in corruption.strengths]
        for metric, estimate in self.unspoilt.items():
            if all(metric in found for found in series):
                yield answer(
                    estimate,
                    [found[metric] for found in series],
                    corruption=corruption.name,
                    strengths=corruption.strengths,
                    n_groups=self.evidence.slots.n_groups,
                )

    def _scored(self, corruption: Corruption, strength: float) -> Estimates:
        pictures = Spoilt(self.material, corruption, strength, self.seed)
        found, _ = _estimates(self.parts, spoilt_evidence(self.evidence, pictures))
        self.steps.done()
        return found
