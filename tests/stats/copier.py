"""A model of the show that copies, and one that does not, with all that the copy radar looks at.

The copier shows the source of the story or a frame that it was trained on in place of its own
picture, in some episodes more often than in others; half of its copies are exact, the others a
little brighter or darker. The training frames are those of other episodes of the show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import perceptual_hash, twin
from storybench.metrics.evidence import Evidence
from storybench.metrics.features import FeatureTable
from tests.stats.show import MANNERISM, Footage, T, footage, layout, recoloured, seen

TRAINED_ON = range(10_000, 10_012)
"""Numbers of episodes that are never scored."""

SOURCE, TRAIN = (2, 8), (1.5, 12)
"""Beta distributions of how often an episode shows its source, else a training frame."""

BRIGHTNESS = 0.02
EXACT = 0.5

Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sight:
    """Pictures as the radar sees them: features (…, d), perceptual hashes (…, 64), names (…)."""

    features: Rows
    bits: Rows
    names: NDArray[np.object_]

    def at(self, *index: NDArray[np.intp]) -> Sight:
        """Some of them."""
        return Sight(self.features[index], self.bits[index], self.names[index])

    def tables(self, slots: NDArray[np.intp]) -> tuple[FeatureTable, FeatureTable]:
        """Features and hashes of the pictures (u, …) that slots (n,) show."""
        names = tuple(self.names)
        return FeatureTable(self.features, slots, names), FeatureTable(self.bits, slots, names)


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
        of, everyone = layout([one.labels for one in episodes]), np.arange(len(self.train.names))
        made = _joined(episodes, lambda one: one.made).at(of.clips, of.slots.k - 1)
        real = _joined(episodes, lambda one: one.real)
        generated, made_bits = made.tables(np.arange(len(of.clips)))
        (reference, real_bits), (source, source_bits) = map(real.tables, (of.clips, of.sources))
        train, train_bits = self.train.tables(everyone)
        network, hashing = self._extractors
        return Evidence.of(
            generated,
            reference,
            of.slots.groups,
            extractor=network,
            slots=of.slots,
            source=source,
            train=train,
            more={
                ("generated", hashing): made_bits,
                ("reference", hashing): real_bits,
                ("source", hashing): source_bits,
                ("train", hashing): train_bits,
            },
        )

    def _seen(self, shot: Footage, number: int, names: NDArray[np.object_]) -> Episode:
        (real, made), (real_bits, made_bits) = (seen(shot, one) for one in self._extractors)
        return Episode(
            Sight(real, real_bits, _named(f"real-{number}", len(real))),
            Sight(made, made_bits, names),
            shot.labels,
        )


def _named(owner: str, *shape: int) -> NDArray[np.object_]:
    """A name for each picture."""
    names = [f"{owner}-{number}" for number in range(int(np.prod(shape)))]
    return np.array(names, object).reshape(shape)


def _joined(episodes: Sequence[Episode], side: Callable[[Episode], Sight]) -> Sight:
    """The pictures of a side of all episodes, one after the other."""
    parts = [side(one) for one in episodes]
    return Sight(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.bits for part in parts]),
        np.concatenate([part.names for part in parts]),
    )
