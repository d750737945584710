"""The tables: each character, characters by how often they were seen, frames by how many are there.

Pure functions of who is predicted in generated and in real frames, who is labelled, how often the
training split shows each, and what the classifier was fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.analysis.judge import Doubt, doubt
from storybench.analysis.seen import MEANINGS, RARITIES, Rarity, Seen
from storybench.analysis.shares import Counter, Shares
from storybench.metrics.evidence import Slots

MOST = 4
"""Frames with so many characters or more stand in one row."""


@dataclass(frozen=True)
class CharacterRow:
    """One character: how often training and the scored split show it, and its scores.

    `frames` are the scored slots that are labelled with it, of so many `episodes`. `learnt` is how
    many frames with it the classifier was fitted on, None where nobody knows. `real` are the scores
    of the real frames of the same slots: the ceiling.
    """

    name: str
    train_frames: int
    train_share: float
    rarity: Rarity
    frames: int
    episodes: int
    learnt: int | None
    predicted: Shares
    real: Shares
    doubt: Doubt | None


@dataclass(frozen=True)
class RarityRow:
    """The characters that were seen about as often, taken together.

    `left_out` are those of them about whom the classifier cannot be believed; without any other
    there are no scores. `frames` counts labels.
    """

    rarity: Rarity
    means: str
    characters: tuple[str, ...]
    left_out: tuple[str, ...]
    frames: int
    predicted: Shares | None
    real: Shares | None


@dataclass(frozen=True)
class CrowdRow:
    """The slots that are labelled with so many characters: "0", "1", … "4+"."""

    characters: str
    frames: int
    episodes: int
    predicted: Shares
    real: Shares
    doubt: Doubt | None


@dataclass(frozen=True)
class Sides:
    """Who is predicted in the generated pictures of some slots, and in the real ones."""

    predicted: Counter
    real: Counter

    @property
    def slots(self) -> Slots:
        """The slots of both."""
        return self.real.slots

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Who is labelled, (n, c)."""
        assert self.slots.labels is not None
        return self.slots.labels

    def both(self, rows: NDArray[np.intp], characters: Sequence[int]) -> tuple[Shares, Shares]:
        """The scores of some slots over some characters, generated and real."""
        predicted = self.predicted.shares(rows, characters, beside=self.real)
        return predicted, self.real.shares(rows, characters)

    def episodes(self, rows: NDArray[np.intp]) -> int:
        """Of how many episodes some slots are."""
        return len({self.slots.clusters[story] for story in self.slots.story[rows]})


def of_characters(
    sides: Sides, seen: Seen, learnt: Sequence[int] | None
) -> tuple[CharacterRow, ...]:
    """A row for each character, in label order; counts slots, so shared frames count again."""
    everywhere = np.arange(sides.slots.n)
    found = []
    for at, name in enumerate(sides.slots.characters):
        rows = np.flatnonzero(sides.labels[:, at])
        predicted, real = sides.both(everywhere, [at])
        fitted = None if learnt is None else learnt[at]
        found.append(
            CharacterRow(
                name=name,
                train_frames=seen.frames[at],
                train_share=seen.frames[at] / seen.n_frames,
                rarity=seen.rarity(at),
                frames=len(rows),
                episodes=sides.episodes(rows),
                learnt=fitted,
                predicted=predicted,
                real=real,
                doubt=doubt(real.f1, frames=len(rows), learnt=fitted),
            )
        )
    return tuple(found)


def by_rarity(sides: Sides, characters: Sequence[CharacterRow]) -> tuple[RarityRow, ...]:
    """Four rows, from never seen to frequent; those without a character too."""
    everywhere = np.arange(sides.slots.n)
    found = []
    for rarity in RARITIES:
        group = [(at, row) for at, row in enumerate(characters) if row.rarity == rarity]
        kept = [at for at, row in group if row.doubt is None]
        predicted, real = sides.both(everywhere, kept) if kept else (None, None)
        found.append(
            RarityRow(
                rarity=rarity,
                means=MEANINGS[rarity],
                characters=tuple(row.name for _, row in group),
                left_out=tuple(row.name for _, row in group if row.doubt is not None),
                frames=sum(row.frames for _, row in group if row.doubt is None),
                predicted=predicted,
                real=real,
            )
        )
    return tuple(found)


def by_crowd(sides: Sides) -> tuple[CrowdRow, ...]:
    """Five rows, from frames of no one to frames of four or more."""
    n_labelled = np.minimum(sides.labels.sum(axis=1), MOST)
    everyone = list(range(len(sides.slots.characters)))
    found = []
    for n in range(MOST + 1):
        rows = np.flatnonzero(n_labelled == n)
        predicted, real = sides.both(rows, everyone)
        found.append(
            CrowdRow(
                characters=f"{n}+" if n == MOST else str(n),
                frames=len(rows),
                episodes=sides.episodes(rows),
                predicted=predicted,
                real=real,
                doubt=doubt(real.exact, frames=len(rows), learnt=None),
            )
        )
    return tuple(found)
