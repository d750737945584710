"""From looks at single stories to the arrays that detectors work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.glance import thumbnail
from storybench.predictions.doctor.looking import Seen
from storybench.predictions.doctor.material import Glances, Material, Numbers
from storybench.predictions.doctor.truth import Truth

TRAINING_FRAMES = 4_000
"""Sources of the training split that are looked at, evenly spread."""


def gathered(truth: Truth, looks: Glances, seen: Sequence[Seen]) -> Material:
    """The material of the stories that were seen; the others are left out of it."""
    t = looks.there.shape[1]
    rows = np.array([one.index for one in seen], np.intp)
    real = Glances(len(rows), t + 1)
    to_truth, to_source = (np.full((len(rows), t), np.nan, np.float32) for _ in range(2))
    for row, one in enumerate(seen):
        for k, look in enumerate(one.real):
            real.put(row, k, look)
        for drawn in one.drawn:
            to_truth[row, drawn.k - 1] = drawn.to_truth
            to_source[row, drawn.k - 1] = drawn.to_source
    facts = _facts(truth, rows)
    return Material(
        ids=facts.ids,
        clusters=facts.clusters,
        orders=facts.orders,
        captions=tuple(truth.captions(int(row)) for row in rows),
        drawn=looks.of(rows),
        real=real,
        to_truth=to_truth,
        to_source=to_source,
        characters=truth.spec.characters,
        labels=facts.labels,
        index=rows,
    )


@dataclass(frozen=True, eq=False)
class _Facts:
    """What the table says of some stories."""

    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    orders: Mapping[str, Numbers]
    labels: NDArray[np.int8] | None


def _facts(truth: Truth, rows: Numbers) -> _Facts:
    table = truth.table()
    ids, clusters = (tuple(table[name].iloc[rows]) for name in ("key", "cluster"))
    listed = [dict(row) for row in table["orders"]]
    names = set.intersection(*(set(row) for row in listed)) if listed else set()
    orders = {
        name: np.array([listed[row][name] for row in rows], np.intp) for name in sorted(names)
    }
    frames = [table["characters"].iloc[row] for row in rows]
    if not truth.spec.characters or any(mark is None for row in frames for mark in row):
        return _Facts(ids, clusters, orders, None)
    labels = np.array([[list(mark) for mark in row] for row in frames], np.int8)
    return _Facts(ids, clusters, orders, labels)


def training_thumbs(train: Truth) -> NDArray[np.uint8]:
    """Thumbnails of training frames, (m, 16, 16, 3): sources, which windows of stride 1 share."""
    n = len(train)
    rows = np.unique(np.linspace(0, n - 1, min(n, TRAINING_FRAMES)).astype(int)) if n else []
    return np.array([thumbnail(train.image(int(row), 0)) for row in rows], np.uint8)
