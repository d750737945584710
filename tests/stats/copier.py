"""A model of the show that copies, and one that does not, with all that the copy radar looks at.

The copier shows the source of the story or a frame that it was trained on in place of its own
picture, in some episodes more often than in others; half of its copies are exact, the others a
little brighter or darker. The training frames are those of other episodes of the show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import perceptual_hash, twin
from storybench.metrics.evidence import Evidence
from storybench.metrics.features import FeatureTable
from tests.stats.show import MANNERISM, Footage, Names, Rows, T, footage, layout, recoloured, seen

TRAINED_ON = range(10_000, 10_012)
"""Numbers of episodes that are never scored."""

SOURCE, TRAIN = (2, 8), (1.5, 12)
"""Beta distributions of how often an episode shows its source, else a training frame."""

BRIGHTNESS = 0.02
EXACT = 0.5


@dataclass(frozen=True, eq=False)
class Sight:
    """Pictures as the radar sees them: features (…, d), perceptual hashes (…, 64), names (…)."""

    features: Rows
    bits: Rows
    names: Names


@dataclass(frozen=True, eq=False)
class Episode:
    """The real frames (n), the model's (n, 4), and labels (n, c)."""

    real: Sight
    made: Sight
    labels: NDArray[np.bool_]


class Studio:
    """Makes episodes of both models, and evidence of them."""

    def __init__(self) -> None:
        self._extractors = twin.load(), perceptual_hash.load()
        self._training = [
            picture for number in TRAINED_ON for picture in footage(number, MANNERISM).real
        ]
        features, bits = (extractor(self._training) for extractor in self._extractors)
        self.train = Sight(features, bits, _named("train", len(features)))

    def honest(self, number: int) -> Episode:
        """Of the model of the show, which draws everything itself."""
        shot = footage(number, MANNERISM)
        return self._seen(shot, number, _named(f"made-{number}", len(shot.real), T))

    def copying(self, number: int) -> Episode:
        """Of the copier."""
        shot = footage(number, MANNERISM)
        names = _named(f"made-{number}", len(shot.real), T)
        rng = np.random.default_rng([11, number])
        of_source, of_train = rng.beta(*SOURCE), rng.beta(*TRAIN)
        made = [list(of_clip) for of_clip in shot.made]
        for clip, k in np.ndindex(len(made), T):
            chances = rng.random(3)
            place, light = rng.integers(len(self._training)), float(rng.normal(1, BRIGHTNESS))
            source = clip - k - 1
            if chances[0] < of_source and source >= 0:
                picture, name = shot.real[source], f"real-{number}-{source}"
            elif chances[1] < of_train:
                picture, name = self._training[place], f"train-{place}"
            else:
                continue
            if chances[2] < EXACT:
                made[clip][k], names[clip, k] = picture, name
            else:
                made[clip][k] = recoloured(picture, light)
        return self._seen(replace(shot, made=made), number, names)

    def evidence(self, episodes: Sequence[Episode]) -> Evidence:
        """Every story of some episodes, beside the training frames."""
        of = layout([one.labels for one in episodes])
        made = _joined([one.made for one in episodes])
        real = _joined([one.real for one in episodes])
        names, everyone = tuple(self.train.names), np.arange(len(self.train.names))
        features = of.tables(made.features, real.features, made.names, real.names)
        features["train"] = FeatureTable(self.train.features, everyone, names)
        bits = of.tables(made.bits, real.bits, made.names, real.names)
        bits["train"] = FeatureTable(self.train.bits, everyone, names)
        network, hashing = self._extractors
        return of.evidence(features, network, {(side, hashing): bits[side] for side in bits})

    def _seen(self, shot: Footage, number: int, names: Names) -> Episode:
        (real, made), (real_bits, made_bits) = (seen(shot, one) for one in self._extractors)
        return Episode(
            Sight(real, real_bits, _named(f"real-{number}", len(real))),
            Sight(made, made_bits, names),
            shot.labels,
        )


def _named(owner: str, *shape: int) -> Names:
    """A name for each picture."""
    names = [f"{owner}-{number}" for number in range(int(np.prod(shape)))]
    return np.array(names, object).reshape(shape)


def _joined(parts: Sequence[Sight]) -> Sight:
    """The pictures of all episodes, one after the other."""
    return Sight(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.bits for part in parts]),
        np.concatenate([part.names for part in parts]),
    )
