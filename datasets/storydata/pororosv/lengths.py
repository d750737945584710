"""How many clips each episode has: what every story id hangs on.

Four witnesses can say it: `frames_counter.npy`, the caches, the captions, and the strips that
happen to be there. The official loaders take the counter, and where it is missing count the strips.
Here a strip that somebody lacks must not shift an id, so strips are never counted:

1. the counter, where it is there;
2. else the caches, and the captions for episodes too short for a story;
3. else the captions.

Ids of the released split count the stories that follow from this, so where the witnesses disagree
and no cache decides, the build stops. A split by hashes has no such ids and goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from storybench.errors import RawDataError
from storydata.pororosv.caches import Caches
from storydata.pororosv.names import Clip
from storydata.pororosv.release import Release
from storydata.pororosv.spec import COUNTER, STARTS


@dataclass(frozen=True)
class Lengths:
    """The number of clips of each episode, and the files that it was read from, for messages."""

    by_episode: Mapping[str, int]
    counted_by: str

    def __contains__(self, clip: Clip) -> bool:
        """Whether the release has a clip of that number."""
        return clip.n <= self.by_episode.get(clip.episode, 0)


def settle(
    release: Release,
    captioned: Mapping[str, int],
    *,
    captions_name: str,
    counter: Mapping[str, int] | None,
    caches: Caches,
    is_strict: bool,
) -> Lengths:
    """Decide the lengths; `captioned` are those that the captions give.

    Raises:
        RawDataError: `is_strict`, the witnesses disagree, and no cache decides; or the names of
            two episodes differ in their case alone.
    """
    cached = caches.lengths
    if counter is not None:
        lengths = Lengths(dict(counter), COUNTER)
    elif cached:
        lengths = Lengths({**captioned, **cached}, STARTS)
    else:
        lengths = Lengths(dict(captioned), captions_name)
    _check_case(lengths.by_episode)
    if is_strict and not cached:
        _check_agree(lengths, captioned, captions_name)
        if counter is None:
            _check_strips(lengths, release)
    return lengths


def longest(lengths: Lengths, other: Mapping[str, int], *, counted_by: str) -> Lengths:
    """The longer of two counts of each episode."""
    both = {*lengths.by_episode, *other}
    return Lengths(
        {name: max(lengths.by_episode.get(name, 0), other.get(name, 0)) for name in both},
        counted_by,
    )


def highest(clips: Iterable[Clip]) -> dict[str, int]:
    """The highest number of each episode.

    >>> highest([Clip("A_ep1", 2), Clip("A_ep1", 7), Clip("A_ep2", 1)])
    {'A_ep1': 7, 'A_ep2': 1}
    """
    found: dict[str, int] = {}
    for clip in clips:
        found[clip.episode] = max(found.get(clip.episode, 0), clip.n)
    return found


def differing(one: Mapping[str, int], other: Mapping[str, int]) -> list[str]:
    """Episodes that two tables give different numbers of clips; one that a table lacks has none.

    >>> differing({"A_ep1": 7, "A_ep2": 9}, {"A_ep1": 7, "A_ep2": 8, "A_ep3": 1})
    ['A_ep2', 'A_ep3']
    """
    return sorted(
        episode for episode in {*one, *other} if one.get(episode, 0) != other.get(episode, 0)
    )


def _check_agree(lengths: Lengths, captioned: Mapping[str, int], captions_name: str) -> None:
    episodes = differing(lengths.by_episode, captioned)
    if episodes:
        first = episodes[0]
        raise RawDataError(
            f"Expected {lengths.counted_by} and {captions_name} to give every episode the same "
            f"number of clips, found {lengths.by_episode.get(first, 0)} and "
            f"{captioned.get(first, 0)} for {first}{_more(episodes)}, and no {STARTS}, which would "
            f"decide. Ids of stories depend on it: fetch {STARTS} of the release, or take "
            f"{lengths.counted_by} away if it is the wrong one."
        )


def _check_strips(lengths: Lengths, release: Release) -> None:
    beyond = [
        episode
        for episode, files in release.clips.items()
        if max(files) > lengths.by_episode.get(episode, 0)
    ]
    if beyond:
        first = min(beyond)
        raise RawDataError(
            f"Expected {lengths.counted_by} to know every clip, found "
            f"{lengths.by_episode.get(first, 0)} clips of {first} there and one of number "
            f"{max(release.clips[first])} on the disk{_more(beyond)}, and neither {COUNTER} nor "
            f"{STARTS}, which would decide. Ids of stories depend on it: fetch one of them, or "
            "take the clips away that are not of the release."
        )


def _check_case(episodes: Iterable[str]) -> None:
    """Keys of stories are in lower case."""
    seen: dict[str, str] = {}
    for episode in episodes:
        other = seen.setdefault(episode.lower(), episode)
        if other != episode:
            raise RawDataError(
                f"Expected names of episodes that differ in more than their case, found {other} "
                f"and {episode}. Take away the one that is not of the release."
            )


def _more(episodes: list[str]) -> str:
    n_more = len(episodes) - 1
    return f" ({n_more:,} more episodes differ)" if n_more else ""
