"""The copy radar: how much of what was generated is the source again, or a training frame?

A copied real frame is sharp, in style and full of characters, so most metrics like it. Here every
target is measured against its own source and against the nearest frame of the training split, in
the run's features, and the real targets of the same stories say what distance is ordinary: a target
is *near* when it is no farther than the nearest 1 % of the real targets are (real stories stand
still for a moment too, so the rate of the real frames, beside every number, is about 1 % and not
0). Pixels and a perceptual hash say what no network is needed for.

All of these take the pixel path of the generated pictures, also under a protocol that sends real
frames another way: there a copy would be far from what it copies. `kid_without_copies` alone keeps
to the protocol, as the distance that it is held against does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storybench.metrics import perceptual_hash, record
from storybench.metrics.clustered_mean import (
    ClusteredMean,
    clustered_mean,
    clustered_ratio,
    story_means,
)
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import Extractor, Features, distance_id
from storybench.metrics.features import FeatureTable
from storybench.metrics.metric import Absent, Estimate
from storybench.metrics.near_rate import design_effect_of, near_rate
from storybench.metrics.nearest import distances, nearest
from storybench.metrics.without_copies import without_copies

ORDINARY = 0.01
"""Share of the real targets that are as near as what is called near."""

BITS = 6
"""Bits of the perceptual hash that a picture and a copy of it may differ in."""

N_EXAMPLES = 8
VERSION = 1

NO_TRAIN = "The build has no train split. Build it with one."
IS_TRAIN = (
    "The scored stories are of the train split, where every real target is itself a training "
    "frame. Score another split."
)
NO_DISTANCE = (
    "Every real target is itself a training frame, so there is no ordinary distance to compare "
    "with. Build with splits that share no frames."
)


@dataclass(frozen=True, eq=False)
class Reach:
    """Distances (n,) of the generated and the real targets to something, and whose row it was.

    `hashes` (n,) are the pixel hashes of the pictures that the generated ones were compared with.
    """

    made: NDArray[np.float64]
    real: NDArray[np.float64]
    hashes: Sequence[str]

    @property
    def threshold(self) -> float:
        """The distance of the nearest 1 % of the real targets."""
        return float(np.quantile(self.real, ORDINARY))

    @property
    def is_near(self) -> NDArray[np.bool_]:
        """Whether each generated target is as near as hardly any real one is."""
        return self.made <= self.threshold

    @property
    def is_near_of_real(self) -> NDArray[np.bool_]:
        """Whether each real target is among those that say what is near."""
        return self.real <= self.threshold


class Copying:
    """Rates of copies of the source, of training frames, of pixels; and the score without them."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """What can be told without a training split is told without one.

        The given source, where a protocol scores it as frame 0, is no target and left out.
        """
        if not evidence.slots.k.all():
            evidence = evidence.only(evidence.slots.k > 0)
        alike = evidence.on_one_path()
        source, train = source_reach(alike), train_reach(alike)
        found: list[Estimate | Absent] = [_rate("copy_source_rate", source, alike)]
        if train is None:
            reason = IS_TRAIN if _has_train(alike) else NO_TRAIN
            names = ("copy_train_rate", "copy_train_ratio")
            found += [Absent(_id(name, alike), reason) for name in names]
        else:
            found += [_rate("copy_train_rate", train, alike), _ratio(train, alike)]
        reaches = [reach for reach in (source, train) if reach is not None]
        return (*found, _exact(alike, source), *_without_copies(reaches, evidence))


def source_reach(evidence: Evidence) -> Reach:
    """Distances of the targets to the source of their own story."""
    sources = evidence.features("source")
    rows = sources.slots[evidence.slots.story]
    return Reach(
        made=_to(evidence.features("generated"), sources, rows),
        real=_to(evidence.features("reference"), sources, rows),
        hashes=[sources.hashes[row] for row in rows],
    )


def train_reach(evidence: Evidence) -> Reach | None:
    """Distances of the targets to the nearest training frame.

    None without a training split, or where the scored stories are of it.
    """
    train = _learnt(evidence)
    if train is None:
        return None
    made, real = (evidence.features(side) for side in ("generated", "reference"))
    to_made, to_real = (nearest(table.rows, train.rows) for table in (made, real))
    return Reach(
        made=to_made.distances[made.slots],
        real=to_real.distances[real.slots],
        hashes=[train.hashes[row] for row in to_made.rows[made.slots]],
    )


def _learnt(evidence: Evidence, extractor: Extractor | None = None) -> FeatureTable | None:
    """The distinct training frames; None where nothing follows from being near to one.

    Stories of the training split are known by their sources, all of which are among its frames.
    """
    train = evidence.train(extractor)
    if train is None or not train.n_unique:
        return None
    given = evidence.features("source", extractor).hashes
    return None if set(given) <= set(train.hashes) else train


def _has_train(evidence: Evidence) -> bool:
    train = evidence.train()
    return train is not None and train.n_unique > 0


def _to(table: FeatureTable, sources: FeatureTable, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """The distance of the picture in each slot to the given row of another table."""
    pairs, where = np.unique(np.stack([table.slots, rows]), axis=1, return_inverse=True)
    return distances(table.rows[pairs[0]], sources.rows, pairs[1])[where.ravel()]


def _rate(
    name: Literal["copy_source_rate", "copy_train_rate"], reach: Reach, evidence: Evidence
) -> Estimate:
    """The share of targets that are near, with the nearest as examples."""
    slots = evidence.slots
    nearest_first = np.argsort(reach.made, kind="stable")[:N_EXAMPLES]
    return _estimate(
        name,
        near_rate(reach.made, reach.real, slots.groups, ordinary=ORDINARY),
        evidence=evidence,
        per_slot=reach.is_near,
        bounds=(0, 1),
        design_effect=design_effect_of(reach.is_near_of_real, slots.groups),
        settings={
            "real_frames": float(reach.is_near_of_real.mean()),
            "threshold": reach.threshold,
            "ordinary_share": ORDINARY,
            "median_distance": float(np.median(reach.made)),
            "median_distance_of_real_frames": float(np.median(reach.real)),
            "nearest": [
                {
                    "story": slots.stories[slots.story[slot]],
                    "k": int(slots.k[slot]),
                    "distance": float(reach.made[slot]),
                    "pixels_sha256": reach.hashes[slot],
                }
                for slot in nearest_first.tolist()
            ],
        },
    )


def _ratio(train: Reach, evidence: Evidence) -> Estimate | Absent:
    """Mean distance to the nearest training frame over that of the real targets."""
    if not train.real.any():
        return Absent(_id("copy_train_ratio", evidence), NO_DISTANCE)
    return _estimate(
        "copy_train_ratio",
        clustered_ratio(train.made, train.real, evidence.slots.groups),
        evidence=evidence,
        direction="higher",
        settings={"real_frames": 1.0},
    )


def _without_copies(reaches: Sequence[Reach], evidence: Evidence) -> tuple[Estimate, ...]:
    """The kernel distance of the targets that are no copies, where there are more than ordinary.

    "More" is twice the rate of the real frames: what is left would hardly differ otherwise.
    """
    is_copy = np.any([reach.is_near for reach in reaches], axis=0)
    is_near_of_real = np.any([reach.is_near_of_real for reach in reaches], axis=0)
    if is_copy.sum() <= 2 * is_near_of_real.sum():
        return ()
    found = without_copies(evidence, is_copy)
    if found is None:
        return ()
    name = distance_id("kid_without_copies", evidence.extractor, frames=evidence.frames)
    return (
        Estimate(
            metric=name,
            value=found.value,
            replicates=found.replicates,
            n=found.n_left,
            direction="lower",
            settings={
                **record.record(evidence),
                "flags": record.flags(evidence),
                "all_frames": found.all_slots,
                "n_copies": int(is_copy.sum()),
            },
        ),
    )


def _exact(evidence: Evidence, source: Reach) -> Estimate:
    """The share of targets with the very pixels of their source or of a training frame.

    Real frames hardly ever have them, so how alike an episode's are is told by the near ones.
    """
    generated, reference = (evidence.features(side) for side in ("generated", "reference"))
    is_source, is_train = _equal_to_source(generated, evidence), _is_learnt(generated, evidence)
    of_real = _equal_to_source(reference, evidence) | _is_learnt(reference, evidence)
    return _estimate(
        "copy_exact_rate",
        clustered_mean(is_source | is_train, evidence.slots.groups),
        evidence=evidence,
        per_slot=is_source | is_train,
        bounds=(0, 1),
        design_effect=design_effect_of(source.is_near_of_real, evidence.slots.groups),
        settings={
            "real_frames": float(of_real.mean()),
            "n_equal_to_their_source": int(is_source.sum()),
            "n_equal_to_a_training_frame": int(is_train.sum()),
            "n_shown_again": evidence.slots.n - generated.n_unique,
            **_hashed(evidence),
        },
        network="pixels",
    )


def _hashed(evidence: Evidence) -> dict[str, Any]:
    """Shares of targets within a few bits of their source, or of a training frame, by hash."""
    extractor = perceptual_hash.load()
    made, real, sources = (
        evidence.features(side, extractor) for side in ("generated", "reference", "source")
    )
    train = _learnt(evidence, extractor)
    given = sources.rows[sources.slots[evidence.slots.story]]
    rates: dict[str, Any] = {"perceptual_bits": BITS}
    for table, of in ((made, ""), (real, "_of_real_frames")):
        bits = table.rows[table.slots]
        rates[f"perceptual_source_rate{of}"] = _within(bits, given)
        if train is not None:
            learnt = train.rows[nearest(table.rows, train.rows).rows[table.slots]]
            rates[f"perceptual_train_rate{of}"] = _within(bits, learnt)
    return rates


def _within(first: Features, second: Features) -> float:
    return float(np.mean(perceptual_hash.bits_apart(first, second) <= BITS))


def _equal_to_source(table: FeatureTable, evidence: Evidence) -> NDArray[np.bool_]:
    """Whether the picture in each slot has the pixels of its story's source, (n,)."""
    sources = evidence.features("source")
    shown, given = (np.array(one.hashes, object)[one.slots] for one in (table, sources))
    return np.asarray(shown == given[evidence.slots.story], bool)


def _is_learnt(table: FeatureTable, evidence: Evidence) -> NDArray[np.bool_]:
    """Whether the picture in each slot has the pixels of a training frame, (n,)."""
    train = _learnt(evidence)
    known = set(() if train is None else train.hashes)
    return np.array([key in known for key in table.hashes], bool)[table.slots]


def _estimate(
    name: str,
    mean: ClusteredMean,
    *,
    evidence: Evidence,
    settings: Mapping[str, Any],
    direction: Literal["lower", "higher"] = "lower",
    bounds: tuple[float, float] = (0, np.inf),
    per_slot: ArrayLike | None = None,
    network: str | None = None,
    design_effect: float | None = None,
) -> Estimate:
    extractor = evidence.extractor
    return Estimate(
        metric=_id(name, evidence, network=network),
        value=mean.value,
        replicates=mean.replicates,
        n=evidence.slots.n,
        direction=direction,
        settings={
            "flags": [],
            **({} if network else {"extractor": extractor.describe()}),
            **settings,
        },
        spread="bootstrap",
        bounds=bounds,
        per_story=None if per_slot is None else story_means(per_slot, evidence.slots),
        design_effect=design_effect,
    )


def _id(name: str, evidence: Evidence, *, network: str | None = None) -> str:
    through = network or evidence.extractor.network_id
    return f"{name}.{through}.{evidence.frames}.v{VERSION}"
