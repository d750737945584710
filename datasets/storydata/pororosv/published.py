"""What the release has, against what was published; every difference in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from storybench.types import Finding
from storydata.pororosv import spec
from storydata.pororosv.facts import Facts
from storydata.pororosv.names import series_of
from storydata.pororosv.splits import lost_stories

N_LOST = spec.N_STARTS - sum(spec.N_STORIES.values())


def against_published(facts: Facts) -> Iterator[Finding]:
    """A finding for each published count; none of a twin, which promises none of them."""
    if facts.is_twin:
        return
    episodes = facts.lengths.by_episode
    n_clips, n_starts = sum(episodes.values()), len(facts.starts)
    yield _count("episodes", len(episodes), spec.N_EPISODES, _on_episodes(facts))
    yield _count("clips", n_clips, spec.N_CLIPS, _on_clips(facts))
    yield _count("story starts", n_starts, spec.N_STARTS, _on_starts(n_clips, n_starts))
    if facts.is_substitute:
        return
    for split, expected in spec.N_STORIES.items():
        why = f"{spec.SPLIT_IDS} is another than the published one."
        yield _count(f"stories in {split}", len(facts.split[split]), expected, why)


def on_lost(facts: Facts, *, is_recovered: bool = False) -> Iterator[Finding]:
    """A finding on the stories that the released ids leave out, if they leave out any.

    It says what becomes of them: built if `is_recovered`, else not.
    """
    lost = lost_stories(facts.split, len(facts.starts))
    if not lost:
        return
    episodes = {facts.starts[story].episode for story in lost}
    fate = (
        f"They are built as the split {spec.LOST!r}."
        if is_recovered
        else f"They are not built, unless --recover-lost asks for a split {spec.LOST!r}."
    )
    yield Finding(
        "note",
        "stories in no split",
        f"{len(lost):,} of {len(episodes):,} episodes",
        None if facts.is_twin else f"{N_LOST:,}",
        f"The authors' draw looked episodes up in another list and never saw the last ones. {fate}",
    )


def _count(what: str, found: int, expected: int, why: str) -> Finding:
    if found == expected:
        return Finding("good", what, f"{found:,}", f"{expected:,}")
    return Finding("note", what, f"{found:,}", f"{expected:,}", why)


def _on_episodes(facts: Facts) -> str:
    """Which series differ, and which are unknown."""
    found = Counter(map(series_of, facts.lengths.by_episode))
    short = [
        f"{series} has {found[series]} of {n}"
        for series, n in spec.EPISODES.items()
        if found[series] != n
    ]
    unknown = sorted(found.keys() - spec.EPISODES.keys())
    told = _some(short) + (["unknown series: " + ", ".join(unknown[:3])] if unknown else [])
    return f"{facts.lengths.counted_by} counts other episodes: {'; '.join(told)}."


def _on_clips(facts: Facts) -> str:
    if len(facts.lengths.by_episode) != spec.N_EPISODES:
        return "It has other episodes."
    return (
        f"{facts.lengths.counted_by} gives its episodes other numbers of clips than the captions "
        "of PororoQA, from which the count was taken."
    )


def _on_starts(n_clips: int, n_starts: int) -> str:
    return (
        f"Every episode has {spec.N_TARGETS} starts fewer than clips, so {n_clips:,} clips make "
        f"{n_starts:,}; ids of the published split would count another list."
    )


def _some(texts: list[str], most: int = 3) -> list[str]:
    more = len(texts) - most
    return texts[:most] + ([f"{more} more series differ"] if more > 0 else [])
