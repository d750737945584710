"""Which known set of stories a number of stories or pictures points to.

Counts are evidence and never a decision: 9,216 and 11,520 pictures each fit two datasets, and any
multiple of 20 fits stories of four and of five frames.
"""

from __future__ import annotations

from storybench.predictions.layouts.split import Split

KNOWN: tuple[tuple[str, int], ...] = (
    ("PororoSV test", 2_208),
    ("PororoSV val", 2_334),
    ("PororoSV val cut to [:2304], as DuCo-StoryGAN and VLC-StoryGAN evaluate it", 2_304),
    ("PororoSV val cut to [:2320], as VLC-StoryGAN trains beside it", 2_320),
    ("FlintstonesSV test", 2_309),
    ("FlintstonesSV test without four short stories", 2_305),
    ("FlintstonesSV test cut to [:1900], as StoryDALL-E evaluates it", 1_900),
    ("FlintstonesSV test cut to [:2304], as VLC-StoryGAN evaluates it", 2_304),
    ("FlintstonesSV val", 2_071),
    ("FlintstonesSV val cut to [:2060], as VLC-StoryGAN evaluates it", 2_060),
    ("DiDeMoSV test", 3_378),
)
"""Sets of stories by their number: derived from the releases' loaders."""

DROPPED = (8, 12, 16, 20, 24, 32)
"""Batch sizes of loaders that leave their last batch out."""


def told_by_count(n_stories: int, n_pictures: int, split: Split) -> tuple[str, ...]:
    """What the numbers say, in sentences; empty where they say nothing.

    >>> split = Split("toy", "test", tuple("abcde"), 4)
    >>> told_by_count(5, 20, split)
    ('5 stories: all of toy test.',)
    """
    expected = len(split.ids)
    if n_stories == expected:
        return (f"{n_stories:,} stories: all of {split.dataset} {split.name}.",)
    told = [
        f"{n_stories:,} stories: as many as the part {name} of {split.dataset} {split.name}."
        for name, n in sorted(split.subsets.items())
        if n == n_stories
    ]
    told += [f"{n_stories:,} stories: as many as {name}." for name, n in KNOWN if n == n_stories]
    if not told and n_stories == 0:
        told += [
            f"{n_pictures:,} pictures: {frames} a story of {name}."
            for name, n in KNOWN
            for frames in (split.n_targets, split.n_targets + 1)
            if n * frames == n_pictures
        ]
    told += [
        f"{n_stories:,} stories: {expected:,} without the last, unfilled batch of {batch}, as a "
        "loader with drop_last leaves it."
        for batch in DROPPED
        if n_stories and expected // batch * batch == n_stories != expected
    ][:1]
    return tuple(told)
