"""Counts against the published ones: equal, explained, or a problem; nothing is said of a twin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storydata.flintstonessv.counts import Found, compare, sentence
from storydata.flintstonessv.spec import N_TARGETS, PUBLISHED, SPLITS, SUBSETS, spec

WHOLE = {
    split: Found(known.n_stories, known.n_clips, known.n_episodes)
    for split, known in PUBLISHED.items()
}


def test_the_published_counts_add_up() -> None:
    """25,184 clips of 168 episodes; each episode of n clips gives n - 4 stories."""
    assert tuple(PUBLISHED) == SPLITS
    assert sum(known.n_clips for known in PUBLISHED.values()) == 25_184
    assert sum(known.n_episodes for known in PUBLISHED.values()) == 168
    assert sum(known.n_stories for known in PUBLISHED.values()) == 24_512
    for known in PUBLISHED.values():
        assert known.n_stories == known.n_clips - N_TARGETS * known.n_episodes
    for cut in SUBSETS.values():
        assert all(n <= PUBLISHED[split].n_stories for split, n in cut.items())


@pytest.mark.parametrize("split", SPLITS)
def test_the_real_release_is_good(split: str) -> None:
    """What is published is found."""
    finding = compare(split, WHOLE[split], PUBLISHED[split])
    assert (finding.level, finding.advice) == ("good", "")
    assert finding.found == finding.expected


def test_a_twin_is_counted_and_not_compared() -> None:
    """Nothing was published about it."""
    finding = compare("val", Found(3, 11, 2), None)
    assert (finding.level, finding.expected) == ("good", None)
    assert finding.found == "3 from 11 clips of 2 episodes"


def test_2305_test_stories_are_explained() -> None:
    """Then the published 2,309 would count the four short entries of the tail."""
    finding = compare("test", Found(2305, 2373, 17), PUBLISHED["test"])
    assert finding.level == "note"
    assert "the 4 entries at the end of the official cache that are too short" in finding.advice


def test_another_split_file_is_a_problem() -> None:
    """Other clips: another version of the release, or a part of it."""
    finding = compare("train", Found(100, 120, 5), PUBLISHED["train"])
    assert finding.level == "problem"
    assert sentence(finding) == (
        "stories of train: 100 from 120 clips of 5 episodes; published: 20,132 from 20,672 clips "
        "of 135 episodes. train-val-test_split.json lists other clips than the release that was "
        "published: it is another version, or a part of it."
    )


def test_as_many_clips_in_shorter_episodes_are_a_problem() -> None:
    """Clips and episodes agree, stories do not."""
    finding = compare("val", replace(WHOLE["val"], n_stories=2070), PUBLISHED["val"])
    assert finding.level == "problem"
    assert "an episode has fewer than 5 clips" in finding.advice


def test_a_subset_is_published_as_cut() -> None:
    """The spec of a cut build promises what it holds."""
    made = spec(characters=(), is_twin=False, subset="vlcstorygan")
    assert dict(made.n_stories) == {"train": 20132, "val": 2060, "test": 2304}
