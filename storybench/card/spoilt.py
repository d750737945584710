"""Spoilt pictures, and the evidence that metrics are given of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from storybench.card.corruptions import Corruption
from storybench.card.layout import Takes
from storybench.card.material import Material
from storybench.metrics.evidence import Evidence, Side
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storybench.types import Image


@dataclass(frozen=True, eq=False)
class Spoilt:
    """Pictures of a `Material` under one corruption at one strength."""

    material: Material
    corruption: Corruption
    strength: float
    seed: int

    def of(self, side: Side) -> Iterable[Image]:
        """The spoilt pictures as generated, the other sides as they are."""
        return self._spoilt() if side == "generated" else self.material.of(side)

    def train(self) -> Iterable[Image] | None:
        """Every frame of the training split."""
        return self.material.train()

    def _spoilt(self) -> Iterator[Image]:
        for slot, number in enumerate(self._takes().tolist()):
            yield self._painted(self.material.picture(number), slot)

    def _takes(self) -> Takes:
        move, layout = self.corruption.move, self.material.layout
        return layout.own if move is None else move(layout, self.strength, self.seed)

    def _painted(self, image: Image, slot: int) -> Image:
        if self.corruption.paint is None:
            return image
        rng = np.random.default_rng([self.seed, slot])
        return self.corruption.paint(image, self.material.place(slot), self.strength, rng)


@dataclass(frozen=True, eq=False)
class SpoiltEvidence(Evidence):
    """Evidence whose other sides are those of the unspoilt evidence, computed once for all."""

    unspoilt: Evidence | None = field(default=None, repr=False)

    def features(self, side: Side, extractor: Extractor | None = None) -> FeatureTable:
        """The features of one side; those that nobody spoilt come from the unspoilt evidence."""
        if side == "generated" or self.unspoilt is None:
            return super().features(side, extractor)
        return self.unspoilt.features(side, extractor)

    def train(self, extractor: Extractor | None = None) -> FeatureTable | None:
        """The frames of the training split."""
        return super().train(extractor) if self.unspoilt is None else self.unspoilt.train(extractor)


def spoilt_evidence(unspoilt: Evidence, pictures: Spoilt) -> Evidence:
    """The evidence of spoilt pictures, all else as in the evidence of the unspoilt ones."""
    return SpoiltEvidence(
        slots=unspoilt.slots,
        extractor=unspoilt.extractor,
        frames=unspoilt.frames,
        options=unspoilt.options,
        pictures=pictures,
        unspoilt=unspoilt,
    )
