"""Which stories are for training, validation and test.

The released ids are the result of an unseeded draw that was repeated until character frequencies
matched (adymaharana/StoryViz@6e1126d:eval_scripts/create_splits.py:114-154), so nobody can compute
them again. Validation is StoryGAN's random test set of stories from all episodes ("seen"), test the
stories of held-out episodes ("unseen"), train the rest. The draw looked episodes up in the list of
*images* with ids of *stories* (lines 118-119), so the last episodes were never seen: 601 stories
are in no split.

The substitute has the same structure and proportions, by hashes of names, and loses nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from storybench.errors import MissingError, RawDataError
from storybench.pickles.files import parse_npy
from storydata.kit.raw import RawFile
from storydata.pororosv.names import Clip
from storydata.pororosv.shown import shown
from storydata.pororosv.spec import LOST, N_STORIES, SPLIT_IDS, SPLITS, TRUNCATED

Split = Mapping[str, tuple[int, ...]]
"""Story ids by name of the split, in the order of the file."""

SUBSTITUTE = "pororosv-substitute"


def released_split(tables: Mapping[str, RawFile], n_starts: int) -> Split:
    """The released ids, in the order of their file.

    Raises:
        MissingError: the file is not there; says why that is the end, and what else can be done.
        RawDataError: not three lists of whole numbers, one out of range or in two places.
    """
    if SPLIT_IDS not in tables:
        raise MissingError(
            f"Expected {SPLIT_IDS} beside the clips, found none. The split was drawn at random "
            "without a seed, so it cannot be computed again: fetch the file from the release, or "
            "ask for --substitute-split, another split under another name, whose numbers compare "
            "with no paper's."
        )
    file = tables[SPLIT_IDS]
    return parse_split(parse_npy(file.read_bytes(), file.name), n_starts)


def parse_split(value: Any, n_starts: int) -> Split:
    """Check three lists of ids of `n_starts` stories; arrays of objects, tables and lists will do.

    Raises:
        RawDataError: as for `released_split`.
    """
    lists = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(lists, list | tuple) or len(lists) != len(SPLITS):
        raise RawDataError(
            f"Expected three lists of story ids (train, seen, unseen) in {SPLIT_IDS}, found "
            f"{shown(value)}."
        )
    split = {name: _ids(ids, name) for name, ids in zip(SPLITS, lists, strict=True)}
    _check_range(split, n_starts)
    _check_disjoint(split)
    return split


def substitute_split(starts: Sequence[Clip]) -> Split:
    """A split of the same structure by hashes of names: the same for everybody, and no draw.

    As many stories as the published share (15.8 %) are "seen", those of lowest hash. Then whole
    episodes in the order of their hashes go to test until it has its published share (15.0 %) of
    the stories, at most all episodes but one. The rest is for training.
    """
    total = sum(N_STORIES.values())
    n_val, n_test = (round(len(starts) * N_STORIES[name] / total) for name in ("val", "test"))
    by_hash = sorted(range(len(starts)), key=lambda story: _hash("story", starts[story].id))
    seen = set(by_hash[:n_val])
    rest: dict[str, list[int]] = {}
    for story, start in enumerate(starts):
        if story not in seen:
            rest.setdefault(start.episode, []).append(story)
    test: list[int] = []
    for episode in sorted(rest, key=lambda episode: _hash("episode", episode))[:-1]:
        if len(test) >= n_test:
            break
        test += rest.pop(episode)
    train = [story for stories in rest.values() for story in stories]
    return {"train": tuple(sorted(train)), "val": tuple(sorted(seen)), "test": tuple(sorted(test))}


def with_lost(split: Split, n_starts: int) -> Split:
    """The split, with the stories that it leaves out as one more part, "lost"; none if all are in.

    >>> with_lost({"train": (0, 3), "val": (2,)}, 5)
    {'train': (0, 3), 'val': (2,), 'lost': (1, 4)}
    """
    lost = lost_stories(split, n_starts)
    return {**split, LOST: lost} if lost else split


def lost_stories(split: Split, n_starts: int) -> tuple[int, ...]:
    """Ids that are in no part of the split."""
    found = {story for ids in split.values() for story in ids}
    return tuple(story for story in range(n_starts) if story not in found)


def subsets(split: str, place: int, n_stories: int) -> tuple[str, ...]:
    """The parts of a split of so many stories that published numbers are on, by place in the file.

    A split that is no longer than a part is not cut by it.

    >>> subsets("val", 2310, 2334), subsets("val", 5, 20)
    (('vlcstorygan-2320',), ())
    """
    return tuple(
        name
        for name, (of, length) in sorted(TRUNCATED.items())
        if of == split and place < length < n_stories
    )


def _hash(kind: str, name: str) -> str:
    return hashlib.sha256(f"{SUBSTITUTE}|{kind}|{name}".encode()).hexdigest()


def _ids(ids: Any, name: str) -> tuple[int, ...]:
    values = ids.tolist() if isinstance(ids, np.ndarray) else ids
    if not isinstance(values, list | tuple) or not all(map(_is_id, values)):
        raise RawDataError(
            f"Expected a list of whole numbers for {name} in {SPLIT_IDS}, found {shown(ids)}."
        )
    return tuple(map(int, values))


def _is_id(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check_range(split: Split, n_starts: int) -> None:
    for name, ids in split.items():
        wrong = [story for story in ids if not 0 <= story < n_starts]
        if wrong:
            raise RawDataError(
                f"Expected story ids from 0 to {n_starts - 1:,} in {SPLIT_IDS}, since there are "
                f"{n_starts:,} story starts, found {len(wrong):,} others for {name} "
                f"({shown(wrong[0])}). Is the file of another release, or does it count images?"
            )


def _check_disjoint(split: Split) -> None:
    home: dict[int, str] = {}
    for name, ids in split.items():
        for story in ids:
            if story in home:
                raise RawDataError(
                    f"Expected every story once in {SPLIT_IDS}, found {story:,} in {home[story]} "
                    f"and in {name}. Fetch the file again."
                )
            home[story] = name
