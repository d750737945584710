"""How far the characters that captions name agree with the labels that a release gives.

Labels say who is in the picture, captions whom somebody found worth naming: "he" names nobody, and
a figure in the background is rarely written about. The report says by how much, character by
character, so that whoever falls back on captions (`storybench.mentions`) knows what that costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Labels = tuple[int, ...]
"""Multi-hot, in the order of the dataset's characters."""


@dataclass(frozen=True)
class CharacterAgreement:
    """One character: in how many clips labels, captions, both or neither have it."""

    name: str
    both: int
    labels_only: int
    captions_only: int
    neither: int

    @property
    def labelled(self) -> int:
        """Clips that the labels put the character in."""
        return self.both + self.labels_only

    @property
    def named(self) -> int:
        """Clips whose captions name the character."""
        return self.both + self.captions_only

    @property
    def precision(self) -> float | None:
        """The share of the clips naming the character that are labelled; None if none does."""
        return self.both / self.named if self.named else None

    @property
    def recall(self) -> float | None:
        """The share of the labelled clips whose captions name the character; None if none is."""
        return self.both / self.labelled if self.labelled else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa, agreement beyond chance; None where chance alone agrees everywhere."""
        n = self.both + self.labels_only + self.captions_only + self.neither
        by_chance = self.labelled * self.named + (n - self.labelled) * (n - self.named)
        if n * n == by_chance:
            return None
        return (n * (self.both + self.neither) - by_chance) / (n * n - by_chance)

    def __str__(self) -> str:
        """One line of the report."""
        return (
            f"{self.name}: labels {self.labelled:,}, captions {self.named:,}, both {self.both:,}, "
            f"precision {_percent(self.precision)}, recall {_percent(self.recall)}"
        )


@dataclass(frozen=True)
class Agreement:
    """All characters, and in how many of the clips labels and captions agree on every one."""

    n_clips: int
    n_equal: int
    characters: tuple[CharacterAgreement, ...]

    def __str__(self) -> str:
        """The report in one sentence."""
        share = _percent(self.n_equal / self.n_clips if self.n_clips else None)
        return (
            f"Labels and captions agree on every character in {self.n_equal:,} of "
            f"{self.n_clips:,} clips ({share})."
        )


def agreement(pairs: Iterable[tuple[Labels, Labels]], characters: Sequence[str]) -> Agreement:
    """Compare (labels, mentions) of each clip, both multi-hot over `characters`.

    >>> report = agreement([((1, 0), (1, 0)), ((1, 1), (0, 1))], ["Fred", "Wilma"])
    >>> report.n_equal, report.characters[0].recall
    (1, 0.5)
    """
    counts = Counter(pairs)
    return Agreement(
        n_clips=counts.total(),
        n_equal=sum(n for (labels, named), n in counts.items() if labels == named),
        characters=tuple(_of_one(name, k, counts) for k, name in enumerate(characters)),
    )


def _of_one(name: str, k: int, counts: Counter[tuple[Labels, Labels]]) -> CharacterAgreement:
    cells: Counter[tuple[int, int]] = Counter()
    for (labels, named), n in counts.items():
        cells[labels[k], named[k]] += n
    return CharacterAgreement(
        name,
        both=cells[1, 1],
        labels_only=cells[1, 0],
        captions_only=cells[0, 1],
        neither=cells[0, 0],
    )


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"
