"""Character labels: how often, where from, and whether captions say the same.

The unit is the frame of the release, counted once however many stories show it. A character is
*named* where any caption of the frame has the name as words of its own (`storybench.mentions`).
Captions leave out who is plainly there ("he", "the friends") and labels see who stands at the back,
so neither is the truth; what they must agree on is the order of the characters by frequency, and
which column is whose: nothing in the releases says that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from storybench.audit.known import Mentions, known_mentions
from storybench.audit.material import Material, Numbers
from storybench.mentions import mentions

MIN_RANKED = 3
"""Fewer characters than this have no order to compare."""

Marks = NDArray[np.bool_]
"""Who is in a frame, or named in its captions: bool (frames, characters)."""


@dataclass(frozen=True)
class Character:
    """One character over all frames with labels.

    Captions are taken as a guess at the labels: `precision` is the share of frames naming the
    character that are labelled so, `recall` the share of labelled frames that name it, both None
    where there are none; `exact` is the share of frames on which both say the same. `closest` is
    the character whose mentions fit this column of labels best; itself where no caption names it,
    as nothing can then be compared. `per_split` counts labelled frames.
    """

    name: str
    n_labelled: int
    n_named: int
    precision: float | None
    recall: float | None
    exact: float
    closest: str
    per_split: Mapping[str, int]


@dataclass(frozen=True)
class Oracle:
    """Mentions in this build's clips beside published ones: in all, of nobody, of each name."""

    source: str
    n_clips: int
    n_clips_published: int
    n_without: int
    n_without_published: int
    counts: Mapping[str, int]
    counts_published: Mapping[str, int]
    label_rank_correlation: float | None

    @property
    def is_equal(self) -> bool:
        """Whether every count is the published one."""
        return (self.n_clips, self.n_without, self.counts) == (
            self.n_clips_published,
            self.n_without_published,
            self.counts_published,
        )


@dataclass(frozen=True)
class Labels:
    """All characters over all frames with labels.

    `frames_per_split` counts those frames, `n_exact` the ones whose captions name just the labelled
    characters, `sources` stories by where their labels are from.
    """

    n_frames: int
    n_unlabelled: int
    n_exact: int
    frames_per_split: Mapping[str, int]
    characters: tuple[Character, ...]
    rank_correlation: float | None
    oracle: Oracle | None
    sources: Mapping[str, int]


def labels(material: Material) -> Labels | None:
    """Compare labels and captions; None where the dataset names no characters."""
    names = material.spec.characters
    if not names:
        return None
    rows = [k for k, facts in enumerate(material.frames) if facts.characters is not None]
    labelled = _marks([material.frames[k].characters or () for k in rows], len(names))
    named = _marks([mentions(material.frames[k].captions, names) for k in rows], len(names))
    in_split = {
        split: np.isin(rows, material.frames_in(k)) for k, split in enumerate(material.splits)
    }
    characters = tuple(_character(names, k, labelled, named, in_split) for k in range(len(names)))
    return Labels(
        n_frames=len(rows),
        n_unlabelled=len(material.frames) - len(rows),
        n_exact=int((labelled == named).all(axis=1).sum()),
        frames_per_split={split: int(among.sum()) for split, among in in_split.items()},
        characters=characters,
        rank_correlation=rank_correlation(labelled.sum(axis=0), named.sum(axis=0)),
        oracle=_oracle(material, labelled.sum(axis=0)),
        sources=_sources(material),
    )


def rank_correlation(
    first: Sequence[int] | Numbers, second: Sequence[int] | Numbers
) -> float | None:
    """Spearman's: 1 where both put the characters in the same order; None if there is no order.

    >>> rank_correlation([30, 20, 10], [9, 8, 1]), rank_correlation([3, 3, 3], [1, 2, 3])
    (1.0, None)
    """
    ranks = [rankdata(values) for values in (first, second)]
    if len(first) < MIN_RANKED or any(np.ptp(of) == 0 for of in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1].round(12))


def _marks(rows: Sequence[Sequence[int]], n_characters: int) -> Marks:
    return np.array(rows, bool).reshape(-1, n_characters)


def _character(
    names: Sequence[str], k: int, labelled: Marks, named: Marks, in_split: Mapping[str, Marks]
) -> Character:
    shown, said = labelled[:, k], named[:, k]
    both = int((shown & said).sum())
    return Character(
        name=names[k],
        n_labelled=int(shown.sum()),
        n_named=int(said.sum()),
        precision=both / int(said.sum()) if said.any() else None,
        recall=both / int(shown.sum()) if shown.any() else None,
        exact=float((shown == said).mean()) if len(shown) else 1.0,
        closest=names[_closest(shown, named, k)],
        per_split={split: int(shown[among].sum()) for split, among in in_split.items()},
    )


def _closest(shown: Marks, named: Marks, own: int) -> int:
    """The character whose mentions have the best F1 against a column of labels.

    It is the character itself on a tie, and where no caption names it: unsaid is not mislabelled.
    """
    if not named[:, own].any():
        return own
    both = (named & shown[:, None]).sum(axis=0)
    total = named.sum(axis=0) + shown.sum()
    scores = np.divide(2.0 * both, total, out=np.zeros(len(total)), where=total > 0)
    return own if scores[own] == scores.max() else int(scores.argmax())


def _oracle(material: Material, n_labelled: Numbers) -> Oracle | None:
    known = known_mentions(material.spec.name)
    names = material.spec.characters
    if known is None or set(known.counts) != set(names):
        return None
    texts = material.clip_captions or tuple(facts.captions for facts in material.frames)
    named = _marks([mentions(captions, names) for captions in texts], len(names))
    return _beside(known, names, named, n_labelled)


def _beside(known: Mentions, names: Sequence[str], named: Marks, n_labelled: Numbers) -> Oracle:
    return Oracle(
        source=known.source,
        n_clips=len(named),
        n_clips_published=known.n_clips,
        n_without=int((~named.any(axis=1)).sum()),
        n_without_published=known.n_without,
        counts=dict(zip(names, named.sum(axis=0).tolist(), strict=True)),
        counts_published={name: known.counts[name] for name in names},
        label_rank_correlation=rank_correlation(n_labelled, [known.counts[n] for n in names]),
    )


def _sources(material: Material) -> dict[str, int]:
    return dict(Counter(of or "not stated" for of in material.label_sources).most_common())
