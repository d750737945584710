"""Corruptions that move pictures: a slot shows a real picture that belongs somewhere else.

Each is a pure function of the layout, a strength and a seed: `move(layout, strength, seed)` gives
the number of the picture in each slot. Strength is a share of slots or of stories, and what a
weaker corruption moves a stronger one moves in the same way, so that only the amount changes.
"""

from __future__ import annotations

import numpy as np

from storybench.card.layout import Layout, Takes
from storybench.errors import InputError


def swap_characters(layout: Layout, strength: float, seed: int) -> Takes:
    """A share of the slots shows a real frame with other characters, of the same episode if it can.

    The other frame is drawn from the slots of the episode whose labels differ, from all slots whose
    labels differ where the episode has none, and is left alone where all labels are equal.

    Raises:
        InputError: the data has no character labels.
    """
    labels = layout.slots.labels
    if labels is None:
        raise InputError("Expected data with character labels, to swap characters; found none.")
    clusters = np.asarray(layout.slots.clusters)[layout.slots.story]
    takes = layout.own.copy()
    for slot in _chosen(layout.slots.n, strength, seed):
        is_other = (labels != labels[slot]).any(axis=1)
        is_here = is_other & (clusters == clusters[slot])
        others = np.flatnonzero(is_here if is_here.any() else is_other)
        if len(others):
            takes[slot] = _rng(seed, slot).choice(others)
    return takes


def shuffle_order(layout: Layout, strength: float, seed: int) -> Takes:
    """A share of the stories has its targets in another order, drawn from all but their own."""
    takes = layout.by_story.copy()
    for story in _chosen(len(takes), strength, seed):
        rng, own = _rng(seed, story), takes[story].copy()
        while layout.n_targets > 1 and (takes[story] == own).all():
            takes[story] = rng.permutation(own)
    return takes.ravel()


def swap_stories(layout: Layout, strength: float, seed: int) -> Takes:
    """A share of the stories shows the targets of another story, frame for frame."""
    takes = layout.by_story.copy()
    chosen = _chosen(len(takes), strength, seed)
    takes[chosen] = layout.by_story[np.roll(_order(len(takes), seed), 1)[: len(chosen)]]
    return takes.ravel()


def duplicate(layout: Layout, strength: float, seed: int) -> Takes:
    """A share of the stories shows its first target again as every target."""
    takes = layout.by_story.copy()
    chosen = _chosen(len(takes), strength, seed)
    takes[chosen] = takes[chosen, :1]
    return takes.ravel()


def collapse(layout: Layout, strength: float, seed: int) -> Takes:
    """A share of the stories shows the targets of one and the same story."""
    takes = layout.by_story.copy()
    chosen = _chosen(len(takes), strength, seed)
    takes[chosen] = layout.by_story[_order(len(takes), seed)[0]]
    return takes.ravel()


def copy_source(layout: Layout, strength: float, seed: int) -> Takes:
    """A share of the slots shows the source of its story."""
    takes = layout.own.copy()
    chosen = _chosen(layout.slots.n, strength, seed)
    takes[chosen] = layout.sources[layout.slots.story[chosen]]
    return takes


def copy_train(layout: Layout, strength: float, seed: int) -> Takes:
    """A share of the slots shows a training frame, each drawn from all.

    Raises:
        InputError: the data has no train split.
    """
    if not layout.n_train:
        raise InputError("Expected data with a train split, to copy from it; found none.")
    takes = layout.own.copy()
    drawn = _rng(seed, layout.slots.n).choice(layout.train, layout.slots.n)
    chosen = _chosen(layout.slots.n, strength, seed)
    takes[chosen] = drawn[chosen]
    return takes


def _order(n: int, seed: int) -> Takes:
    """The order in which things are spoilt as strength grows."""
    return np.random.default_rng(seed).permutation(n)


def _chosen(n: int, share: float, seed: int) -> Takes:
    """A share of n things, the first in an order that only the seed fixes."""
    return _order(n, seed)[: round(share * n)]


def _rng(seed: int, number: int) -> np.random.Generator:
    """A generator for one slot or story, whatever else is spoilt."""
    return np.random.default_rng([seed, int(number)])
