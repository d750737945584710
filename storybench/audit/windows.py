"""Stories that overlap: how many frames they share, and how few independent ones that leaves.

Stories cut as sliding windows share frames with their neighbours, and stories of one episode share
its places, its light and its cast. So the stories of a split are not as many independent
observations as there are stories, and intervals are computed over clusters. Clusters of unequal
size count for less than their number: the effective number is (Σn)² / Σn², n being the stories of
each (L. Kish, Survey Sampling, 1965, section 11.7), after clusters that share a frame were joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from storybench.audit.material import Material, Numbers

BLOCK = 512
"""Stories compared with all others at once: what bounds the memory."""


@dataclass(frozen=True)
class Windows:
    """One split: stories, the frames they show, and what they have in common.

    `overlaps` counts stories by the most frames that any other story of the split shares with them.
    `n_groups` are the clusters left after those that share a frame were joined.
    """

    split: str
    n_stories: int
    n_slots: int
    n_frames: int
    overlaps: Mapping[int, int]
    n_clusters: int
    n_groups: int
    n_effective: float

    @property
    def n_overlapping(self) -> int:
        """Stories that share a frame with another one."""
        return self.n_stories - self.overlaps.get(0, 0)


def windows(material: Material) -> tuple[Windows, ...]:
    """Every split in turn."""
    return tuple(_windows(material, split) for split in range(len(material.splits)))


def effective_number(sizes: Numbers) -> float:
    """How many clusters of one size would weigh the same; 0 where there are none.

    >>> effective_number(np.array([10, 10, 10])), effective_number(np.array([98, 1, 1]))
    (3.0, 1.0410...)
    """
    return float(sizes.sum()) ** 2 / float((sizes**2).sum()) if len(sizes) else 0.0


def _windows(material: Material, split: int) -> Windows:
    slots = material.slots_in(split)
    stories, story = np.unique(material.slots.story[slots], return_inverse=True)
    frames, frame = np.unique(material.slots.frame[slots], return_inverse=True)
    names, cluster = np.unique(material.cluster_of[stories], return_inverse=True)
    shows = csr_array(
        (np.ones(len(slots), np.int32), (story, frame)), shape=(len(stories), len(frames))
    )
    shows.data[:] = 1  # a story that shows a frame twice shares it once
    groups = _groups(cluster[story], frame, len(names), len(frames))
    sizes = np.bincount(groups[cluster])
    return Windows(
        split=material.splits[split],
        n_stories=len(stories),
        n_slots=len(slots),
        n_frames=len(frames),
        overlaps=dict(sorted(Counter(_most_shared(shows, len(stories))).items())),
        n_clusters=len(names),
        n_groups=len(sizes),
        n_effective=effective_number(sizes),
    )


def _most_shared(shows: csr_array, n_stories: int) -> Iterator[int]:
    """For every story, the most frames that one other story shares with it."""
    for start in range(0, n_stories, BLOCK):
        common = shows[start : start + BLOCK] @ shows.T  # (block, stories)
        common.setdiag(0, k=start)
        yield from common.max(axis=1).toarray().ravel().tolist()


def _groups(cluster: Numbers, frame: Numbers, n_clusters: int, n_frames: int) -> Numbers:
    """The group of every cluster: those that share a frame are one."""
    n = n_clusters + n_frames
    links = csr_array((np.ones(len(frame), np.int8), (cluster, n_clusters + frame)), shape=(n, n))
    _, found = connected_components(links, directed=False)
    return np.unique(found[:n_clusters], return_inverse=True)[1]
