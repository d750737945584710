"""Everything the detectors look at, as arrays: the pictures of a set beside those of its stories.

A *slot* is a place (story, k) that a picture is claimed for. n stories, t targets each; real
pictures have one more place, 0 for the source. Only numbers are kept, a few kilobytes a picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.glance import BANDS, SIDE, Glance

Numbers = NDArray[np.intp]


class Glances:
    """Glances of n x t places; where `there` is false the other arrays hold zeros."""

    def __init__(self, n: int, t: int) -> None:
        self.there = np.zeros((n, t), bool)
        self.thumbs = np.zeros((n, t, SIDE, SIDE, 3), np.uint8)
        self.sha256 = np.zeros((n, t), "S64")
        self.size = np.zeros((n, t, 2), np.int32)
        self.low = np.zeros((n, t), np.int16)
        self.high = np.zeros((n, t), np.int16)
        self.spread = np.zeros((n, t), np.float32)
        self.black = np.zeros((n, t), np.float32)
        self.edges = np.zeros((n, t, BANDS), np.float32)

    def put(self, i: int, k: int, look: Glance) -> None:
        """Keep the look at one picture."""
        self.there[i, k] = True
        self.thumbs[i, k] = look.thumb
        self.sha256[i, k] = look.sha256.encode()
        self.size[i, k] = look.height, look.width
        self.low[i, k], self.high[i, k] = look.low, look.high
        self.spread[i, k], self.black[i, k] = look.spread, look.black
        self.edges[i, k] = look.edges

    def distinct(self) -> NDArray[np.bool_]:
        """Where a picture is that is in no place before: (n, t), each distinct picture once."""
        found = np.zeros(self.there.size, bool)
        places = np.flatnonzero(self.there)
        found[places[np.unique(self.sha256.ravel()[places], return_index=True)[1]]] = True
        return found.reshape(self.there.shape)

    def of(self, rows: Numbers) -> Glances:
        """Those of some stories."""
        part = object.__new__(Glances)
        for name, values in vars(self).items():
            setattr(part, name, values[rows])
        return part


@dataclass(frozen=True, eq=False)
class Material:
    """Predictions and stories of one split, story by story in official order.

    Attributes:
        ids: of the stories.
        clusters: episode or video of each.
        orders: places of each story in other orders of the release, by name: (n,).
        captions: default captions of each, source first.
        drawn: looks at the predictions, (n, t); place 0 is target 1.
        real: looks at the real frames, (n, t + 1); place 0 is the source.
        to_truth: mean difference in grey levels from the real frame of the same slot, (n, t); NaN
            where thumbnails already differ too much for it to matter.
        to_source: the same from the source of the same story.
        characters: names in label order.
        labels: multi-hot, (n, t + 1, c); None where the dataset has none.
        index: places of the stories in the split, (n,); None where none is missing.
    """

    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    orders: Mapping[str, Numbers]
    captions: tuple[tuple[str, ...], ...]
    drawn: Glances
    real: Glances
    to_truth: NDArray[np.float32]
    to_source: NDArray[np.float32]
    characters: tuple[str, ...] = ()
    labels: NDArray[np.int8] | None = None
    index: Numbers | None = None

    @property
    def places(self) -> Numbers:
        """The place of each story in the split."""
        return np.arange(self.n) if self.index is None else self.index

    @property
    def n(self) -> int:
        """How many stories."""
        return len(self.ids)

    @property
    def t(self) -> int:
        """How many targets each has."""
        return self.drawn.there.shape[1]

    @property
    def sequence(self) -> Numbers:
        """The stories in the order of their films: by episode, inside it by the numbers in ids.

        A release's own order may be that of text ("10" before "2") or a draw.
        """
        keys = [
            (cluster, _natural(key)) for cluster, key in zip(self.clusters, self.ids, strict=True)
        ]
        return np.array(sorted(range(self.n), key=keys.__getitem__), np.intp)

    def of(self, rows: Numbers) -> Material:
        """The material of some stories alone."""
        return Material(
            ids=tuple(self.ids[row] for row in rows),
            clusters=tuple(self.clusters[row] for row in rows),
            orders={name: places[rows] for name, places in self.orders.items()},
            captions=tuple(self.captions[row] for row in rows),
            drawn=self.drawn.of(rows),
            real=self.real.of(rows),
            to_truth=self.to_truth[rows],
            to_source=self.to_source[rows],
            characters=self.characters,
            labels=None if self.labels is None else self.labels[rows],
            index=self.places[rows],
        )


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key by which "ep2" comes before "ep10"."""
    return tuple(
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)
    )
