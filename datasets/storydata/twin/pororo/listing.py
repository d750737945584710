"""The lists of the release: image order, story starts, what follows them, and the splits.

Made as the official code made them, so that its quirks are there: images in the order of an image
folder (names sorted as text), stories in the order of their first image, and a split by episode
that looks episodes up with story ids where image ids belong.

Sources: adymaharana/StoryViz@6e1126d, eval_scripts/create_splits.py:114-154 (the split in use) and
:77-107 (the one before it); mart/data_loader.py:403-407 (stories).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from storydata.twin.pororo.plan import BROKEN_CLIP, STORY_LENGTH, ClipPlan, EpisodePlan

SEEN_SHARE = 0.18
UNSEEN_SHARE = 0.25
"""Of the stories, and of the episodes that the split finds; 0.15 and 0.17 in the real release."""

EARLIER_SHARES = (0.7, 0.15)
SPLIT = 7


@dataclass(frozen=True)
class Listing:
    """Images and stories, each known by its place; `splits` are story ids by name of the split.

    `earlier` are the ids of the split by episode that was given up, in the order of its file.
    """

    images: tuple[ClipPlan, ...]
    starts: tuple[ClipPlan, ...]
    splits: dict[str, list[int]]
    earlier: tuple[list[int], ...]

    @property
    def lost(self) -> list[int]:
        """Ids of stories that are in no split."""
        found = {story for ids in self.splits.values() for story in ids}
        return [story for story in range(len(self.starts)) if story not in found]

    def clips_of(self, story: int) -> tuple[ClipPlan, ...]:
        """The five clips of a story."""
        return window(self.starts[story])


def window(start: ClipPlan) -> tuple[ClipPlan, ...]:
    """A clip and the four after it, by number."""
    return start.episode.clips[start.number - 1 : start.number - 1 + STORY_LENGTH]


def list_release(
    episodes: Sequence[EpisodePlan], seed: int, *, hidden: Collection[ClipPlan] = ()
) -> Listing:
    """Everything that follows from the episodes; no story of `seen` has a hidden clip."""
    images, starts = _images(episodes)
    rng = np.random.default_rng([seed, SPLIT])
    unseen_episodes, lost = _unseen(images, starts, rng)
    seen = _seen(starts, unseen_episodes, hidden, rng)
    splits: dict[str, list[int]] = {"train": [], "seen": seen, "unseen": []}
    taken = set(seen)
    for story, start in enumerate(starts):
        if story in taken or start.episode in lost:
            continue
        splits["unseen" if start.episode in unseen_episodes else "train"].append(story)
    return Listing(images, starts, splits, _earlier(episodes, starts, rng))


def hold_out(episodes: Sequence[EpisodePlan], seed: int, name: str) -> tuple[EpisodePlan, ...]:
    """The same episodes, with one of the cast only in those of the test split, which it leads.

    An episode of no story is of no split, so it is not in that either.
    """
    unseen, _ = _unseen(*_images(episodes), np.random.default_rng([seed, SPLIT]))
    return tuple(
        replace(one, lead=name) if one in unseen and one.n_stories else replace(one, without=name)
        for one in episodes
    )


def _images(
    episodes: Sequence[EpisodePlan],
) -> tuple[tuple[ClipPlan, ...], tuple[ClipPlan, ...]]:
    """All clips in the order of an image folder, and those of them that start a story."""
    images = tuple(
        clip
        for episode in sorted(episodes, key=lambda one: (one.series, one.name))
        for clip in sorted(episode.clips, key=lambda one: f"{one.number}.png")
    )
    return images, tuple(clip for clip in images if clip.number <= clip.episode.n_stories)


def _unseen(
    images: Sequence[ClipPlan], starts: Sequence[ClipPlan], rng: np.random.Generator
) -> tuple[set[EpisodePlan], set[EpisodePlan]]:
    """Episodes held out, and episodes lost: those that no story id finds among the images.

    The first episode and the long one are never held out: train has the broken strip, and most
    stories.
    """
    found = list(dict.fromkeys(images[story].episode for story in range(len(starts))))
    lost = {clip.episode for clip in images} - set(found)
    rest = [found[1 + int(k)] for k in rng.permutation(len(found) - 2)]
    rest.sort(key=lambda one: one.n_stories < 2)  # those with something to hold out go first
    return set(rest[: 1 + ceil(UNSEEN_SHARE * len(found))]), lost


def _seen(
    starts: Sequence[ClipPlan],
    unseen: set[EpisodePlan],
    hidden: Collection[ClipPlan],
    rng: np.random.Generator,
) -> list[int]:
    """Random stories from all episodes, in no order; none with the broken or a hidden strip.

    One is from an episode held out, where hidden clips leave one, and one is not, whatever is
    drawn.
    """
    places = {clip.place for clip in hidden}
    whole = [
        story
        for story in map(int, rng.permutation(len(starts)))
        if not starts[story].place < BROKEN_CLIP <= starts[story].place + STORY_LENGTH
        and not any(clip.place in places for clip in window(starts[story]))
    ]
    of_unseen = [story for story in whole if starts[story].episode in unseen]
    others = [story for story in whole if starts[story].episode not in unseen]
    first = [*of_unseen[:1], *others[:1]]
    rest = [story for story in whole if story not in first]
    return [*first, *rest][: max(2, round(SEEN_SHARE * len(starts)))]


def _earlier(
    episodes: Sequence[EpisodePlan], starts: Sequence[ClipPlan], rng: np.random.Generator
) -> tuple[list[int], ...]:
    """Train, val and test of the split that was given up: whole episodes each."""
    order = [episodes[int(k)] for k in rng.permutation(len(episodes))]
    n_train, n_val = (max(1, int(share * len(order))) for share in EARLIER_SHARES)
    part = {
        episode.key: 0 if k < n_train else 1 if k < n_train + n_val else 2
        for k, episode in enumerate(order)
    }
    split: tuple[list[int], ...] = ([], [], [])
    for story, start in enumerate(starts):
        split[part[start.episode.key]].append(story)
    return split
