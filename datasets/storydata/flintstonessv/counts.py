"""Counts of a release against the published ones, with a sentence on any difference.

Stories of val and test are known for certain, from the story starts in
janak11111/FlintstonesSV_Plus_Plus@ffc9091:Data; those of train from a repackaged total (22,441 in
train and test, DCDmllm/Cheetah@619bd61). An episode of n clips holds n - 4 stories, so the clips
follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storybench.types import Finding
from storydata.flintstonessv.contents import Contents
from storydata.flintstonessv.ids import cluster
from storydata.flintstonessv.spec import N_TARGETS, PUBLISHED, SPLIT_FILE, Published

WITHOUT_TAIL = PUBLISHED["test"].n_stories - N_TARGETS


@dataclass(frozen=True)
class Found:
    """What one split of a release has."""

    n_stories: int
    n_clips: int
    n_episodes: int


def count(contents: Contents) -> dict[str, Found]:
    """Stories, clips and episodes of each split."""
    return {
        split: Found(
            n_stories=len(contents.stories[split]),
            n_clips=len(ids),
            n_episodes=len({cluster(clip_id) for clip_id in ids}),
        )
        for split, ids in contents.lists.ids.items()
    }


def count_findings(contents: Contents) -> Iterator[Finding]:
    """One finding a split; of a twin nothing is expected."""
    for split, found in count(contents).items():
        known = None if contents.release.is_twin else PUBLISHED[split]
        yield compare(split, found, known)


def compare(split: str, found: Found, known: Published | None) -> Finding:
    """The counts of one split beside the published ones."""
    what, said = f"stories of {split}", _said(found)
    if known is None:
        return Finding("good", what, said)
    expected = _said(known)
    if found.n_stories == known.n_stories:
        return Finding("good", what, said, expected)
    if split == "test" and found.n_stories == WITHOUT_TAIL:
        advice = (
            f"{known.n_stories:,} would then count the {N_TARGETS} entries at the end of the "
            "official cache that are too short for a story."
        )
        return Finding("note", what, said, expected, advice)
    return Finding("problem", what, said, expected, _explained(found, known))


def sentence(finding: Finding) -> str:
    """A finding with an expectation as one line of text."""
    return f"{finding.what}: {finding.found}; published: {finding.expected}. {finding.advice}"


def _said(counts: Found | Published) -> str:
    return f"{counts.n_stories:,} from {counts.n_clips:,} clips of {counts.n_episodes:,} episodes"


def _explained(found: Found, known: Published) -> str:
    """Where the difference comes from."""
    if (found.n_clips, found.n_episodes) != (known.n_clips, known.n_episodes):
        return (
            f"{SPLIT_FILE} lists other clips than the release that was published: it is another "
            "version, or a part of it."
        )
    return (
        f"{SPLIT_FILE} lists as many clips and episodes, but an episode has fewer than "
        f"{N_TARGETS + 1} clips or one that no story can hold."
    )
