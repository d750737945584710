"""Do the released labels mean what they are taken to mean? Held against the captions.

No file of the release says which label is whose; the order is taken from a plot
(`storydata.pororosv.spec.CHARACTERS`). If it is right, the clips of label k should be those whose
captions name character k, more than any other's, and the labels should be as frequent, in rank, as
the names. Both are looked at before anybody trusts a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from storybench.mentions import mentions
from storydata.kit.agreement import Agreement, agreement
from storydata.pororosv.facts import Facts
from storydata.pororosv.tables import Labels

Pair = tuple[Labels, Labels]
"""The labels of a clip, and whom its captions name."""


@dataclass(frozen=True)
class Labelling:
    """How labels and captions agree, whom each label fits best, and how both rank.

    `fits` has, for each character in label order, the one whose name its label agrees with most;
    None where captions never name the character or the label never occurs.
    """

    agreement: Agreement
    fits: tuple[str | None, ...]

    @property
    def misfits(self) -> tuple[str, ...]:
        """Labels that fit another character better than their own, in words."""
        names = (one.name for one in self.agreement.characters)
        return tuple(
            f"{name}'s label fits {other}"
            for name, other in zip(names, self.fits, strict=True)
            if other not in (None, name)
        )

    @property
    def label_rank(self) -> tuple[str, ...]:
        """Characters from the most frequent label to the least."""
        return _ranked((one.name, one.labelled) for one in self.agreement.characters)

    @property
    def caption_rank(self) -> tuple[str, ...]:
        """Characters from the most often named to the least."""
        return _ranked((one.name, one.named) for one in self.agreement.characters)


def look_at_labels(facts: Facts) -> Labelling | None:
    """The released labels against names in captions; None without labels or captions to compare."""
    if facts.labels is None:
        return None
    names = facts.spec.characters
    pairs = [
        (labels, mentions(facts.captions_of(clip), names))
        for clip, labels in facts.labels.entries.items()
        if facts.captions_of(clip)
    ]
    return compare(pairs, names) if pairs else None


def compare(pairs: Sequence[Pair], characters: Sequence[str]) -> Labelling:
    """Compare labels and names of some clips.

    >>> swapped = [((1, 0), (0, 1)), ((0, 1), (1, 0))]
    >>> compare(swapped, ["Pororo", "Loopy"]).misfits
    ("Pororo's label fits Loopy", "Loopy's label fits Pororo")
    """
    return Labelling(agreement(pairs, characters), _best_fits(pairs, characters))


def _best_fits(pairs: Sequence[Pair], characters: Sequence[str]) -> tuple[str | None, ...]:
    """For each label, the character whose name has the highest F1 with it; a tie is its own."""
    labels = np.array([one for one, _ in pairs], np.int64)
    named = np.array([one for _, one in pairs], np.int64)
    total = labels.sum(0)[:, None] + named.sum(0)[None, :]
    f1 = 2 * (labels.T @ named) / np.maximum(total, 1)
    best = f1.max(1)
    can_tell = (labels.sum(0) > 0) & (named.sum(0) > 0)
    return tuple(
        characters[k if f1[k, k] == best[k] else int(f1[k].argmax())] if can_tell[k] else None
        for k in range(len(characters))
    )


def _ranked(counts: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(name for name, _ in sorted(counts, key=lambda one: -one[1]))
