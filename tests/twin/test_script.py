"""Episodes, their captions, and the plan of a release."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from storydata.twin.didemo.annotations import describe
from storydata.twin.didemo.film import clock_of, facts, shots_of
from storydata.twin.didemo.plan import SPLITS, plan_videos
from storydata.twin.drawing.poses import ACTIONS
from storydata.twin.world.captions import PHRASES, Event, tell
from storydata.twin.world.cast import DIDEMO_CAST
from storydata.twin.world.script import ACTIONS_ANYWHERE, Clip, episode
from tests.twin.keywords import KEYWORDS


def invented(seed: int, n_captions: int = 2) -> tuple[Clip, ...]:
    rng = np.random.default_rng(seed)
    return episode(DIDEMO_CAST, rng, seconds=[5.0] * 6, n_captions=[n_captions] * 6, aspect=4 / 3)


def test_episodes_are_functions_of_the_generator():
    """The same generator state gives the same clips, and the global one is never touched."""
    before = np.random.get_state(legacy=False)
    assert invented(4) == invented(4)
    assert invented(4) != invented(5)
    after = np.random.get_state(legacy=False)
    assert repr(before) == repr(after)


def test_clips_have_the_captions_asked_for():
    """As many different captions as asked for, the first of a clip being its default."""
    for seed in range(20):
        for clip in invented(seed, 3):
            assert len({caption.text for caption in clip.captions}) == 3


def test_pronouns_only_where_they_can_be_understood():
    """`He`, `she` or `it` is whoever the clip before was about."""
    n_pronouns = 0
    for seed in range(30):
        clips = invented(seed)
        for before, clip in zip((None, *clips), clips, strict=False):
            for caption in clip.captions:
                if caption.reference == "pronoun":
                    n_pronouns += 1
                    assert before is not None
                    assert before.event.subject == caption.subject
                    first = caption.text.split()[0].lower()
                    assert first == DIDEMO_CAST[caption.subject].pronouns[0]
    assert n_pronouns > 10


def test_everyone_and_every_action_gets_a_part():
    """Over many episodes every character appears and every action is told."""
    clips = [clip for seed in range(60) for clip in invented(seed)]
    assert {name for clip in clips for name in clip.visible} == set(DIDEMO_CAST.names)
    assert {clip.event.action for clip in clips} == set(ACTIONS_ANYWHERE)
    assert len({clip.scene.setting for clip in clips}) >= 8


def test_every_action_has_words():
    """What can be drawn can be told, and the other way round."""
    assert set(PHRASES) == set(KEYWORDS) == set(ACTIONS)


def test_a_caption_names_partner_and_place():
    """Who, whom and where stand in the sentence."""
    rng = np.random.default_rng(0)
    event = Event("Pim", "wave", partner="Dot")
    texts = {
        tell(DIDEMO_CAST, event, setting="kitchen", light="noon", reference="name", rng=rng).text
        for _ in range(30)
    }
    assert "Pim waves at Dot in the kitchen." in texts
    assert "Pim is waving to Dot." in texts


@pytest.mark.parametrize("stories", [1, 6, 31, 60, 200])
def test_the_plan_keeps_its_promise(stories: int):
    """Enough stories in all, train the largest, and every video's descriptions really told."""
    plans = plan_videos(stories, 11)
    per_split = {
        split: sum(plan.n_stories for plan in plans if plan.split == split) for split in SPLITS
    }
    assert sum(per_split.values()) >= stories
    if stories >= 6:
        assert per_split["train"] == max(per_split.values())
    assert len({plan.stem for plan in plans}) == len(plans)
    for plan in plans:
        told = sum(len(shot.clip.captions) for shot in shots_of(plan))
        assert told == plan.n_descriptions


def test_sixty_stories_have_eight_test_videos_and_every_rate():
    """The default release has enough clusters to test on, and the frame rates of real videos."""
    plans = plan_videos(60, 0)
    assert Counter(plan.split for plan in plans)["test"] >= 8
    rates = {facts(plan)["rate"] for plan in plans}
    assert {None, "30000/1001", "30", "15"} <= rates
    assert {plan.traits.rotation for plan in plans} == {0, 180, 270}
    assert {plan.traits.saved for plan in plans} == {
        "video", "video.mp4", "stem.mp4", "stem.other"
    }  # fmt: skip


def test_shots_fill_the_video():
    """Shots follow each other without a gap from 0 to the end."""
    for plan in plan_videos(30, 5):
        shots = shots_of(plan)
        assert shots[0].start == 0
        assert shots[-1].end == plan.seconds
        assert all(a.end == b.start for a, b in pairwise(shots))
        assert clock_of(plan).times[-1] < plan.seconds


def test_captions_of_a_video_differ():
    """But for the planned duplicate, no two captions of a video are the same after folding."""
    for seed in range(3):
        for k, plan in enumerate(plan_videos(60, seed)):
            texts = Counter(
                " ".join(str(one.record["description"]).split()).lower().rstrip(".")
                for one in describe(plan, k)
            )
            n_planned = 1 if plan.traits.quirk == "duplicate" else 0
            assert sum(count - 1 for count in texts.values()) == n_planned
