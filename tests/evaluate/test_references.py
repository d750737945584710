import numpy as np

from storybench.evaluate.plan import plan
from storybench.evaluate.references import Pick, RealFrames, clip_rows, picks
from storybench.protocols import catalogue
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from tests.factories import make_shards


def drawn(subject, rule, seed=0):
    """The plan of sb-v1, and its picks under a rule."""
    scored = plan(subject.stories, catalogue.get("sb-v1"))
    return scored, picks(scored, subject.clips, rule, seed)


def test_the_middle_frame_is_that_of_the_raw_clip(subject):
    """Index k // 2 of the clip that the slot's own frame was cut from."""
    scored, found = drawn(subject, "middle")
    real = RealFrames(scored, subject.clips)
    for slot, (index, k) in enumerate(scored.slots):
        clip = subject.clips[subject.clips.find(scored.origins[index][k].clip)]
        expected = clip.frames[len(clip.frames) // 2]
        np.testing.assert_array_equal(real.image(slot, found[slot]), expected)


def test_as_built_is_the_frame_of_the_build(subject):
    """What the stories hold, whatever the clip has."""
    scored, found = drawn(subject, "as-built")
    real = RealFrames(scored, subject.clips)
    for slot in (0, 5, 75):
        index, k = scored.slots[slot]
        np.testing.assert_array_equal(
            real.image(slot, found[slot]), subject.stories.image(index, k)
        )


def test_a_draw_repeats_by_its_seed_and_differs_slot_by_slot(subject):
    """One clip in several stories is drawn anew each time, as the loaders do."""
    _, found = drawn(subject, "random", 3)
    assert found == drawn(subject, "random", 3)[1]
    assert found != drawn(subject, "random", 4)[1]
    by_clip: dict[int, set[int]] = {}
    for pick in found:
        assert pick.row is not None
        by_clip.setdefault(pick.row, set()).add(pick.k)
        assert 0 <= pick.k < subject.clips.counts[pick.row]
    assert any(len(ks) > 1 for ks in by_clip.values())


def test_without_clips_every_rule_gives_the_frame_of_the_build(tmp_path):
    """DiDeMoSV keeps no clips: middle and random are as built."""
    folder = make_shards(tmp_path / "shards")
    scored = plan(Stories(folder, "test"), catalogue.get("sb-v1"))
    clips = Clips(folder)
    for rule in ("middle", "random", "as-built"):
        assert set(picks(scored, clips, rule)) == {Pick(None)}
    assert set(clip_rows(scored, clips)) == {None}
