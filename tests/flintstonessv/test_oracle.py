"""The real story starts of val and test follow from our rule, and have the known statistics.

The lists are those of the project's oracle table, from
janak11111/FlintstonesSV_Plus_Plus@ffc9091:Data: rows are the clips that *start* a story.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

import pytest

from storydata.flintstonessv.counts import Found, compare
from storydata.flintstonessv.followings import followings, starts
from storydata.flintstonessv.ids import cluster, oddity
from storydata.flintstonessv.spec import N_FRAMES, PUBLISHED
from storydata.flintstonessv.stories import plan_stories
from storydata.kit.captions import normalise

FLINTSTONES = Path(__file__).resolve().parents[3] / "shared" / "data" / "flintstones"
SPLITS = ("val", "test")

pytestmark = pytest.mark.skipif(not FLINTSTONES.is_dir(), reason=f"no {FLINTSTONES}")

Lists = Mapping[str, list[str]]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, str]]]:
    """Every row of both files."""
    return {split: json.loads((FLINTSTONES / f"{split}.json").read_text()) for split in SPLITS}


@pytest.fixture(scope="module")
def listed(rows: Mapping[str, list[dict[str, str]]]) -> dict[str, list[str]]:
    """The ids of both files, in file order."""
    return {split: [row["image"].removesuffix(".png") for row in rows[split]] for split in SPLITS}


@pytest.fixture(scope="module")
def clips(listed: Lists) -> dict[str, list[str]]:
    """Starts and what follows about clips: four more at the end of every episode."""
    return {split: [*listed[split], *_tails(listed[split])] for split in SPLITS}


def _tails(ids: list[str]) -> list[str]:
    """Four clips after the last start of each episode: unknown but for their being there."""
    last = {cluster(clip_id): clip_id for clip_id in sorted(ids)}
    tails = []
    for episode, clip_id in last.items():
        end = int(clip_id[-6:])
        for k in range(4):
            first = end + 1 + k * N_FRAMES
            tails.append(f"{episode}_shot_{first:06d}_{first + N_FRAMES - 1:06d}")
    return tails


def test_story_starts(listed: Lists) -> None:
    """2,071 and 2,309 ids, all distinct and sorted, each of 75 frames in the published form."""
    assert [len(listed[split]) for split in SPLITS] == [2071, 2309]
    assert [PUBLISHED[split].n_stories for split in SPLITS] == [2071, 2309]
    for split in SPLITS:
        assert sorted(set(listed[split])) == listed[split]
        assert not [clip_id for clip_id in listed[split] if oddity(clip_id)]


def test_episodes(listed: Lists) -> None:
    """16 and 17 episodes, none in both, among them the ones that are known by name."""
    val, test = ({cluster(clip_id) for clip_id in listed[split]} for split in SPLITS)
    assert (len(val), len(test)) == (16, 17)
    assert not val & test
    assert {"s_01_e_23", "s_01_e_24", "s_01_e_25", "s_06_e_21", "s_06_e_22"} <= val
    assert {"s_01_e_26", "s_01_e_27", "s_01_e_28", "s_06_e_23", "s_06_e_25"} <= test


def test_clips_follow_from_starts(clips: Lists) -> None:
    """Stories and four an episode: 2,135 and 2,377 clips, as a repackager counts them."""
    assert [len(clips[split]) for split in SPLITS] == [2135, 2377]
    assert [PUBLISHED[split].n_clips for split in SPLITS] == [2135, 2377]
    assert all(len(set(clips[split])) == len(clips[split]) for split in SPLITS)


def test_our_windows_cut_exactly_the_real_starts(listed: Lists, clips: Lists) -> None:
    """Given those clips, the rule finds the published story starts and no other."""
    cut = followings([*clips["val"], *clips["test"]])
    assert len(cut) == 2071 + 2309 + 4
    found = starts(cut)
    assert sorted(found) == sorted([*listed["val"], *listed["test"]])
    planned = plan_stories(clips, found, subset=None)
    assert {split: [s.key for s in planned[split]] for split in SPLITS} == listed
    assert all(len({cluster(one) for one in story.clips}) == 1 for story in planned["test"])


def test_the_tail_is_in_the_last_episode_of_test(clips: Lists) -> None:
    """The four short entries are the last four clips there are, which start no story."""
    cut = followings([*clips["val"], *clips["test"]])
    short = [clip_id for clip_id, after in cut.items() if len(after) < 4]
    assert short == sorted([*clips["val"], *clips["test"]])[-4:]
    assert {cluster(clip_id) for clip_id in short} == {"s_06_e_25"}


def test_counts_are_the_published_ones(clips: Lists) -> None:
    """The check of a release with those clips is content."""
    cut = starts(followings([*clips["val"], *clips["test"]]))
    for split, planned in plan_stories(clips, cut, subset=None).items():
        n_episodes = len({cluster(clip_id) for clip_id in clips[split]})
        found = Found(len(planned), len(clips[split]), n_episodes)
        assert compare(split, found, PUBLISHED[split]).level == "good"


def test_the_first_1900_are_a_part_of_the_known_test_stories(listed: Lists, clips: Lists) -> None:
    """In a split file whose order is that of the ids, they are the first 1,900 rows."""
    cut = starts(followings(clips["test"]))
    in_order = {"test": sorted(clips["test"])}
    planned = plan_stories(in_order, cut, subset="storydalle-1900")["test"]
    assert [story.key for story in planned] == listed["test"][:1900]


def test_captions(rows: Mapping[str, list[dict[str, str]]]) -> None:
    """White space, words and names are as measured; normalising takes the white space only."""
    texts = [[row["text"] for row in rows[split]] for split in SPLITS]

    def count(pattern: str) -> list[int]:
        return [sum(re.search(pattern, text) is not None for text in one) for one in texts]

    assert [sum(text != text.strip() for text in one) for one in texts] == [376, 385]
    assert (count("\n"), count("\t"), count("  ")) == ([15, 20], [1, 0], [228, 240])
    assert (count(r"\|"), count(r"[^\x00-\x7f]")) == ([0, 0], [0, 0])
    words = [[len(text.split()) for text in one] for one in texts]
    assert [round(fmean(one), 1) for one in words] == [16.4, 16.9]
    assert [max(one) for one in words] == [75, 59]
    assert (count(r"(?i)mr\. slate"), count("(?i)mr slate")) == ([2, 4], [60, 44])
    for text in (text for one in texts for text in one):
        clean = normalise(text)
        assert clean.split() == text.split()
        assert Counter(clean.replace(" ", "")) == Counter("".join(text.split()))
