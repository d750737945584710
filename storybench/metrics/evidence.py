"""Evidence: the slots that are scored, and features of their pictures, computed when asked for.

A slot is one generated frame and the real frame that it is compared with. A metric asks for the
features of a side through an extractor; the first one who asks waits for the network, everybody
after reads a table. Nothing here knows how a metric works, or where pictures lie.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storybench.home import features_dir
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureCache, FeatureTable
from storybench.metrics.pixels import PixelPath
from storybench.metrics.streams import features_of
from storybench.types import Image

Side = Literal["generated", "reference", "source"]
"""Whose pictures: the model's, the real ones of the same slots, or the given first frames."""


@dataclass(frozen=True, eq=False)
class Slots:
    """The n frames that are scored, sorted by (story, k), and what is known of each.

    `stories` are the ids of the scored stories in order and `clusters` the episode or video of
    each. Of the slots: `story` (n,) indexes `stories`, `k` (n,) is the number of the frame in its
    story (1 to t; 0 is the source, where a protocol scores it), `groups` (n,) numbers the clusters
    0, 1, 2… as `jackknife.deal` does: slots of one group leave together. `captions` (n,) are the
    default ones. `labels` (n, c) is multi-hot in the order of `characters`, None where the dataset
    has none.
    """

    stories: tuple[str, ...]
    clusters: tuple[str, ...]
    story: NDArray[np.intp]
    k: NDArray[np.intp]
    groups: NDArray[np.intp]
    captions: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()
    labels: NDArray[np.bool_] | None = None

    @property
    def n(self) -> int:
        """Slots on each side."""
        return len(self.groups)

    @property
    def n_groups(self) -> int:
        """Clusters, or groups that clusters were dealt into."""
        return int(self.groups.max(initial=-1)) + 1

    def of(self, rows: NDArray[np.intp]) -> Slots:
        """Some slots; all stories stay named."""
        return dataclasses.replace(
            self,
            story=self.story[rows],
            k=self.k[rows],
            groups=self.groups[rows],
            captions=tuple(self.captions[row] for row in rows) if self.captions else (),
            labels=None if self.labels is None else self.labels[rows],
        )


@dataclass(frozen=True)
class Options:
    """What the user gave beyond the protocol: weights for metrics that need their own network.

    `classifier` is a file of `storybench classifier fit` or an official checkpoint. `clip` and
    `dino` are weights files; where None, they are looked for in `home.weights_dir()`.
    """

    classifier: Path | None = None
    clip: Path | None = None
    dino: Path | None = None


class Pictures(Protocol):
    """Where the pictures of an evaluation come from; each call streams them anew, in order.

    What a digest fixes may be a `streams.Stream`, which is read once for each extractor.
    """

    def of(self, side: Side) -> Iterable[Image]:
        """The picture of every slot; for "source", of every story."""
        ...

    def train(self) -> Iterable[Image] | None:
        """Every frame of the training split, repeated ones too; None where there is none."""
        ...


class _NoPictures:
    """Of evidence that was made from tables alone."""

    def of(self, side: Side) -> Iterable[Image]:
        raise LookupError(f"This evidence has no pictures, and no table of the {side} side.")

    def train(self) -> Iterable[Image] | None:
        return None


@dataclass(frozen=True, eq=False)
class _Some:
    """The pictures of some slots."""

    whole: Pictures
    kept: NDArray[np.bool_]

    def of(self, side: Side) -> Iterable[Image]:
        images = self.whole.of(side)
        return itertools.compress(images, self.kept) if side in _OF_SLOTS else images

    def train(self) -> Iterable[Image] | None:
        return self.whole.train()


_OF_SLOTS = ("generated", "reference")
"""The sides that have a picture for each slot."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Slots, and the features of both sides (and of the sources) through any extractor.

    `extractor` is the one that the distances of this run use, `frames` the part of metric ids that
    says which frames the slots are ("targets"). `paths` holds the pixel path of a side where a
    protocol sends it another way than the generated pictures. `averaging` names the averages of F1
    that the code of the protocol's paper prints (`metrics.confusion.AVERAGES`), and
    `classifier_pixels` the path by which that code fed its classifier; None is how it was trained.
    """

    slots: Slots
    extractor: Extractor
    frames: str = "targets"
    options: Options = field(default_factory=Options)
    pictures: Pictures = field(default_factory=_NoPictures, repr=False)
    paths: Mapping[str, PixelPath] = field(default_factory=dict)
    averaging: tuple[str, ...] = ()
    classifier_pixels: str | None = None
    _tables: dict[tuple[str, str], FeatureTable] = field(default_factory=dict, repr=False)

    def features(self, side: Side, extractor: Extractor | None = None) -> FeatureTable:
        """The features of one side, through the run's extractor or another.

        "generated" and "reference" have one slot for each slot, "source" one for each story (index
        it by `slots.story`). Computed once per side and extractor; pictures whose features are in
        the cache on disk never run through the network.
        """
        network = self._through(side, extractor or self.extractor)
        key = (side, network.key)
        if key not in self._tables:
            self._tables[key] = _extract(self.pictures.of(side), network)
        return self._tables[key]

    def train(self, extractor: Extractor | None = None) -> FeatureTable | None:
        """The frames of the training split; None where the build has none.

        The rows of the table are the distinct frames.
        """
        network = self._through("reference", extractor or self.extractor)
        key = ("train", network.key)
        if key not in self._tables:
            images = self.pictures.train()
            if images is None:
                return None
            self._tables[key] = _extract(images, network)
        return self._tables[key]

    def on_one_path(self) -> Evidence:
        """The same evidence with every side on the path of the generated pictures.

        For what compares a picture with one of another side, which would be far from its own copy
        if that took another path. Tables of sides whose path is the same are shared.
        """
        return dataclasses.replace(self, paths={}) if self.paths else self

    def with_pictures(self, pictures: Pictures) -> Evidence:
        """Evidence with other real frames; what was computed of the generated side is kept."""
        kept = {key: table for key, table in self._tables.items() if key[0] == "generated"}
        return dataclasses.replace(self, pictures=pictures, _tables=kept)

    def only(self, kept: NDArray[np.bool_]) -> Evidence:
        """The evidence of some slots, a mask (n,); what was computed is kept."""
        rows = np.flatnonzero(kept)
        tables = {
            (side, key): table.of(rows) if side in _OF_SLOTS else table
            for (side, key), table in self._tables.items()
        }
        return dataclasses.replace(
            self,
            slots=self.slots.of(rows),
            pictures=_Some(self.pictures, kept),
            _tables=tables,
        )

    def _through(self, side: str, extractor: Extractor) -> Extractor:
        """The run's extractor behind the side's own path, any other as it is."""
        if side not in self.paths or extractor.key != self.extractor.key:
            return extractor
        return extractor.through(self.paths[side])

    @classmethod
    def of(
        cls,
        generated: FeatureTable,
        reference: FeatureTable,
        groups: ArrayLike,
        *,
        extractor: Extractor,
        frames: str = "targets",
        slots: Slots | None = None,
        source: FeatureTable | None = None,
        train: FeatureTable | None = None,
        options: Options | None = None,
        averaging: tuple[str, ...] = (),
        more: Mapping[tuple[Side | Literal["train"], Extractor], FeatureTable] | None = None,
    ) -> Evidence:
        """Evidence from ready tables, without pictures.

        Without `slots` every slot is a story of its own, in a cluster named by its group. `more`
        holds tables of other extractors.
        """
        tables = {("generated", extractor.key): generated, ("reference", extractor.key): reference}
        if source is not None:
            tables["source", extractor.key] = source
        if train is not None:
            tables["train", extractor.key] = train
        tables |= {(side, other.key): table for (side, other), table in (more or {}).items()}
        return cls(
            slots=slots if slots is not None else lone_slots(np.asarray(groups, np.intp)),
            extractor=extractor,
            frames=frames,
            options=options or Options(),
            averaging=averaging,
            _tables=tables,
        )


def lone_slots(groups: NDArray[np.intp], captions: Sequence[str] = ()) -> Slots:
    """Slots of stories of one frame each, in clusters named by their group.

    >>> lone_slots(np.array([0, 0, 1])).clusters
    ('cluster-0', 'cluster-0', 'cluster-1')
    """
    n = len(groups)
    return Slots(
        stories=tuple(f"story-{index}" for index in range(n)),
        clusters=tuple(f"cluster-{group}" for group in groups),
        story=np.arange(n),
        k=np.ones(n, np.intp),
        groups=groups,
        captions=tuple(captions) or ("",) * n,
    )


def _extract(images: Iterable[Image], extractor: Extractor) -> FeatureTable:
    cache = FeatureCache(features_dir() / extractor.key, dim=extractor.dim)
    return features_of(images, extractor, cache)
