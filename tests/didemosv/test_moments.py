"""Moments and stories from annotations alone, against hand-worked cases and a second writing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storydata.didemosv.moments import VideoMoments, frame_time, majority, resolve
from storydata.didemosv.options import StoryRule
from storydata.didemosv.raw import Annotation
from storydata.didemosv.stories import cut_stories
from tests.didemosv import brute_force
from tests.didemosv.releases import record

VIDEO = "o@N00_11_aa.mov"


def resolved(*records: dict[str, Any]) -> list[VideoMoments]:
    """The videos of some records."""
    return resolve([Annotation.model_validate(entry) for entry in records])


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([(1, 1), (1, 1), (1, 1), (0, 0)], (1, 1)),
        ([(0, 3), (0, 3), (2, 2), (2, 2)], (2, 2)),
        ([(4, 4), (4, 4), (0, 0), (4, 4), (0, 0), (0, 0), (4, 4)], (4, 4)),
        ([(3, 4), (1, 2), (5, 5), (0, 0)], (0, 0)),
        ([(5, 5)], (5, 5)),
    ],
)
def test_most_annotators_win_then_the_shortest_then_the_earliest(
    times: list[tuple[int, int]], expected: tuple[int, int]
) -> None:
    """Four, seven or one annotators; ties are settled by length, then by start."""
    assert majority(times) == expected


def test_two_extensions_are_one_video() -> None:
    """Records group by stem, and every name the video goes by is kept."""
    (video,) = resolved(
        record(2, "o@N00_11_aa.mp4", "a cat", (0, 0)), record(1, VIDEO, "a dog", (1, 1))
    )
    assert video.stem == "o@N00_11_aa"
    assert video.flickr_id == "11"
    assert video.names == ("o@N00_11_aa.mov", "o@N00_11_aa.mp4")
    assert [moment.annotation_id for moment in video.moments] == [2, 1]


def test_captions_are_one_line_and_keep_their_case() -> None:
    """White space is normalised, nothing else."""
    (video,) = resolved(record(1, VIDEO, " A Dog\nbarks,\t twice. ", (0, 0)))
    assert video.moments[0].caption == "A Dog barks, twice."


def test_blank_and_repeated_captions_are_lost_with_a_reason() -> None:
    """The lowest annotation_id of a repeated caption stays, whatever the order of the file."""
    (video,) = resolved(
        record(9, VIDEO, "A dog barks..", (0, 0)),
        record(3, VIDEO, "a dog  barks", (2, 2)),
        record(5, VIDEO, " \n", (1, 1)),
    )
    assert [moment.annotation_id for moment in video.moments] == [3]
    assert [(loss.annotation_id, loss.step) for loss in video.losses] == [
        (5, "blank caption"),
        (9, "duplicate caption"),
    ]
    assert video.losses[1].reason == "Annotation 3 of the same video says the same."


def test_a_conflicting_number_of_segments_takes_the_largest() -> None:
    """Moments are clamped to the longest video that the records claim."""
    (video,) = resolved(
        record(1, VIDEO, "a dog", (4, 5), num_segments=4),
        record(2, VIDEO, "a cat", (3, 5), num_segments=5),
        record(3, VIDEO, "a cow", (5, 5), num_segments=5),
    )
    assert [(moment.start, moment.end) for moment in video.moments] == [(3, 4), (4, 4)]
    (loss,) = video.losses
    assert loss.reason == "Its moment starts at chunk 5, the video has 5 chunks."


def test_descriptions_of_one_moment_take_frames_of_their_own() -> None:
    """Three descriptions of 5 s to 10 s are shown at its sixths: 5.83, 7.5 and 9.17 s."""
    (video,) = resolved(*(record(k, VIDEO, f"dog {k}", (1, 1)) for k in (30, 10, 20)))
    assert [moment.annotation_id for moment in video.moments] == [10, 20, 30]
    times = [frame_time(moment, 30.0) for moment in video.moments]
    assert times == pytest.approx([5 + 5 / 6, 7.5, 10 - 5 / 6])


@pytest.mark.parametrize(
    ("chunks", "duration", "expected"),
    [
        ((4, 5), 65.0, 25.0),
        ((5, 5), 27.0, 26.0),
        ((1, 4), 12.0, 8.5),
        ((3, 3), 12.0, None),
        ((2, 2), 10.0, None),
    ],
)
def test_a_video_is_cut_off_never_rescaled(
    chunks: tuple[int, int], duration: float, expected: float | None
) -> None:
    """Past 30 s nothing counts, a short last chunk counts as far as it goes, then nothing does."""
    (video,) = resolved(record(1, VIDEO, "a dog", chunks))
    assert frame_time(video.moments[0], duration) == expected


def test_stories_are_named_and_numbered_across_videos() -> None:
    """Keys are the Flickr id and the annotation ids; positions run through the split by stem."""
    videos = resolved(
        *(record(10 + k, "z@N00_7_aa.mov", f"dog {k}", (k, k)) for k in range(3)),
        *(record(20 + k, "a@N00_9_bb.avi", f"cat {k}", (k, k)) for k in range(4)),
        record(30, "m@N00_8_cc.avi", "too few", (0, 0)),
    )
    planned = cut_stories(videos, rule="windows", story_len=3)
    assert [video.moments.stem[0] for video in planned] == ["a", "m", "z"]
    stories = [story for video in planned for story in video.stories]
    assert [story.key for story in stories] == ["9-20-21-22", "9-21-22-23", "7-10-11-12"]
    assert [story.position for story in stories] == [0, 1, 2]


moments = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda pair: sorted(pair))
captions = st.sampled_from(["a dog", "A dog.", " a  dog..", "a cat", "the cow", "\n", ".", "", "x"])
videos = st.sampled_from(["a@N0_1_x.mov", "a@N0_1_x.mp4", "b@N0_2_y.", "c@N0_3_z.avi"])
records = st.lists(
    st.builds(
        dict,
        annotation_id=st.integers(0, 400),
        description=captions | st.text(max_size=6),
        video=videos,
        num_segments=st.integers(1, 6),
        times=st.lists(moments, min_size=1, max_size=7),
    ),
    max_size=30,
    unique_by=lambda entry: entry["annotation_id"],
)


@given(
    records=records,
    rule=st.sampled_from(["first", "windows", "disjoint"]),
    length=st.integers(2, 5),
)
def test_stories_agree_with_a_second_writing(
    records: list[dict[str, Any]], rule: StoryRule, length: int
) -> None:
    """On random annotations the product and the plain second writing name the same stories."""
    planned = cut_stories(resolved(*records), rule=rule, story_len=length)
    ours = [
        [video.moments.moments[k].annotation_id for k in story.members]
        for video in planned
        for story in video.stories
    ]
    assert ours == brute_force.stories_of(records, rule=rule, length=length)


@given(records=records, duration=st.floats(0.1, 70))
def test_times_agree_with_a_second_writing(records: list[dict[str, Any]], duration: float) -> None:
    """On random annotations and durations both writings take frames at the same times."""
    for video in resolved(*records):
        taken = {m.annotation_id: frame_time(m, duration) for m in video.moments}
        own = [entry for entry in records if brute_force.stem_of(entry) == video.stem]
        expected = brute_force.times_of(own, duration)
        assert {k: time for k, time in taken.items() if time is not None} == expected
