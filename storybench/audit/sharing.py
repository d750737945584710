"""What stands in two splits: frames, clips, pictures, episodes.

A frame counts as shared when its clip or its very pixels are in the other split as well. The two
sides of a pair differ: a small split may lie wholly inside a large one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from storybench.audit.material import Material, Numbers
from storybench.audit.spread import spread


@dataclass(frozen=True)
class Place:
    """One slot, for whoever wants to look: the story, its split and cluster, frame `k` of it."""

    story: str
    split: str
    cluster: str
    clip: str
    k: int
    caption: str


@dataclass(frozen=True)
class Pair:
    """Two slots beside each other; `bits` is how far their perceptual hashes are apart.

    `is_equal` says that they show the same pixels.
    """

    first: Place
    second: Place
    bits: int
    is_equal: bool


@dataclass(frozen=True)
class Shared:
    """What of `split` is in `other` too; counts are of `split`, `of_…` its totals.

    `n_slots` counts places in stories, `n_stories` those with at least one. `examples` show a slot
    of `split` beside one of `other`.
    """

    split: str
    other: str
    n_clips: int
    n_pictures: int
    n_slots: int
    of_slots: int
    n_stories: int
    of_stories: int
    examples: tuple[Pair, ...]


@dataclass(frozen=True)
class SharedClusters:
    """Episodes or videos that two splits draw stories from, and the first few of them."""

    split: str
    other: str
    n_clusters: int
    of_clusters: int
    n_stories: int
    of_stories: int
    examples: tuple[str, ...]


def shared(material: Material, *, n_examples: int) -> tuple[Shared, ...]:
    """Every split against every other."""
    pairs = permutations(range(len(material.splits)), 2)
    return tuple(_shared(material, a, b, n_examples) for a, b in pairs)


def shared_clusters(material: Material, *, n_examples: int) -> tuple[SharedClusters, ...]:
    """Every split against every other, by episode."""
    pairs = permutations(range(len(material.splits)), 2)
    return tuple(_shared_clusters(material, a, b, n_examples) for a, b in pairs)


def place(material: Material, slot: int) -> Place:
    """A slot in words."""
    slots = material.slots
    story = slots.story[slot]
    return Place(
        story=material.stories[story],
        split=material.splits[material.split_of[story]],
        cluster=material.clusters[material.cluster_of[story]],
        clip=material.clips[slots.clip[slot]],
        k=int(slots.k[slot]),
        caption=material.frames[slots.frame[slot]].captions[0],
    )


def pair(material: Material, first: int, second: int) -> Pair:
    """Two slots in words."""
    pictures = material.slots.picture[[first, second]]
    hashes = [int(of) for of in material.pictures.hashes[pictures]]
    return Pair(
        first=place(material, first),
        second=place(material, second),
        bits=bin(hashes[0] ^ hashes[1]).count("1"),
        is_equal=bool(pictures[0] == pictures[1]),
    )


def _shared(material: Material, a: int, b: int, n_examples: int) -> Shared:
    slots, mine, theirs = material.slots, material.slots_in(a), material.slots_in(b)
    by_clip = np.isin(slots.clip[mine], slots.clip[theirs])
    by_picture = np.isin(slots.picture[mine], slots.picture[theirs])
    both = mine[by_clip | by_picture]
    return Shared(
        split=material.splits[a],
        other=material.splits[b],
        n_clips=_n(slots.clip[mine[by_clip]]),
        n_pictures=_n(slots.picture[mine[by_picture]]),
        n_slots=len(both),
        of_slots=len(mine),
        n_stories=_n(slots.story[both]),
        of_stories=material.n_stories(a),
        examples=_examples(material, mine[by_picture], mine[by_clip], theirs, n_examples),
    )


def _examples(
    material: Material, by_picture: Numbers, by_clip: Numbers, theirs: Numbers, n: int
) -> tuple[Pair, ...]:
    """Slots with the same pixels, spread evenly; where there are none, of the same clip."""
    slots = material.slots
    mine, of = (by_picture, slots.picture) if len(by_picture) else (by_clip, slots.clip)
    _, first = np.unique(of[mine], return_index=True)
    chosen = spread(np.sort(mine[first]).tolist(), n)
    twins = [int(theirs[np.argmax(of[theirs] == of[slot])]) for slot in chosen]
    return tuple(pair(material, slot, twin) for slot, twin in zip(chosen, twins, strict=True))


def _shared_clusters(material: Material, a: int, b: int, n_examples: int) -> SharedClusters:
    mine, theirs = (material.cluster_of[material.split_of == split] for split in (a, b))
    both = np.intersect1d(mine, theirs)
    return SharedClusters(
        split=material.splits[a],
        other=material.splits[b],
        n_clusters=len(both),
        of_clusters=_n(mine),
        n_stories=int(np.isin(mine, both).sum()),
        of_stories=len(mine),
        examples=tuple(material.clusters[cluster] for cluster in both[:n_examples]),
    )


def _n(values: Numbers) -> int:
    return len(np.unique(values))
