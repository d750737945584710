"""Which clips start a story, in the order that story ids count.

The official loaders list the strips as an image folder does (folders by name, file names sorted *as
text*: 1, 10, 11, …, 2), keep those with four more clips after them in their episode, and let
number n be followed by n + 1 to n + 4. A story's id is its place in that list
(adymaharana/VLCStoryGan@7411240:vlcgan/pororo_data.py:152,
adymaharana/StoryViz@6e1126d:mart/data_loader.py:403-407). Episodes have gap-free numbers from 1, so
their lengths are all that is needed; a strip that is missing on somebody's disk shifts no id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storydata.pororosv.names import Clip, in_folder_order
from storydata.pororosv.spec import N_TARGETS, STORY_LEN


def story_starts(lengths: Mapping[str, int]) -> list[Clip]:
    """The first clip of every story, by story id, from the number of clips of each episode.

    >>> [start.n for start in story_starts({"A_ep1": 14, "A_ep2": 4})]
    [1, 10, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return [
        Clip(episode, n)
        for episode in in_folder_order(lengths)
        for n in in_text_order(range(1, lengths[episode] - N_TARGETS + 1))
    ]


def clips_of_story(start: int) -> range:
    """The numbers of a story's clips, source first: they follow each other.

    >>> list(clips_of_story(9))
    [9, 10, 11, 12, 13]
    """
    return range(start, start + STORY_LEN)


def in_text_order(numbers: Iterable[int]) -> list[int]:
    """Numbers as file names sort.

    >>> in_text_order(range(1, 12))
    [1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return sorted(numbers, key=str)
