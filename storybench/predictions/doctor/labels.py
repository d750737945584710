"""Do labels, captions and pictures of the data itself agree? What a score rests on beside the set.

A label belongs to a character if the captions that name it are those of the frames that carry the
label. Where a permutation of the columns agrees far better than the order that is claimed, the
columns are in another order, that of a tokenizer for one (A23).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from storybench.mentions import mentions
from storybench.predictions.doctor.material import Material
from storybench.predictions.problem import Fault, Note, Problem

FEWEST = 5
"""Frames that name a character, and frames labelled with it, before it is looked at."""

BETTER = 0.2
AGREE = 0.4
"""Correlation of labels with captions, over the columns that moved, once they are put right."""

RECALL = 0.5


def check_labels(material: Material) -> Iterator[Problem]:
    """Labels in another order than the names; captions that name nobody."""
    if material.labels is None or len(material.characters) < 2:
        return
    labels = material.labels.reshape(-1, len(material.characters)).astype(np.float64)
    named = np.array(
        [mentions([text], material.characters) for row in material.captions for text in row], float
    )
    known = (labels.sum(axis=0) >= FEWEST) & (named.sum(axis=0) >= FEWEST)
    if known.sum() < 2:
        return
    agree = _correlations(labels[:, known], named[:, known])
    rows, columns = linear_sum_assignment(agree, maximize=True)
    moved = rows != columns
    own, best = (_mean(agree[rows, of][moved]) for of in (rows, columns))
    names = [name for name, one in zip(material.characters, known, strict=True) if one]
    if best > own + BETTER and best > 2 * own and best > AGREE:
        carried = [
            f"{names[a]} carries {names[b]}'s"
            for a, b in zip(rows[moved], columns[moved], strict=True)
        ]
        yield Fault(
            "labels permuted",
            "Expected each label where captions name its character, found the columns in another "
            f"order: {', '.join(carried)}.",
            rule="A23",
            evidence={"as_claimed": own, "permuted": best},
            fix="Build the shards again with the characters in label order, not in that of a "
            "tokenizer (adymaharana/StoryViz@6e1126d:eval_scripts/create_splits.py:38).",
        )
        return
    recall = float((named * labels).sum() / max(labels.sum(), 1))
    if recall < RECALL:
        yield Note(
            "other captions",
            f"Captions name {recall:.0%} of the characters that labels say are there: are they the "
            "benchmark's? Some releases put pronouns in place of names.",
            rule="A25",
            evidence={"recall": recall},
        )


def _mean(values: NDArray[np.float64]) -> float:
    """0 of none."""
    return float(values.mean()) if len(values) else 0.0


def _correlations(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of every column of the one with every column of the other."""
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    lengths = np.sqrt((one**2).sum(axis=0))[:, None] * np.sqrt((other**2).sum(axis=0))
    return one.T @ other / np.maximum(lengths, 1e-9)
