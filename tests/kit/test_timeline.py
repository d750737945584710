"""What packets say, without a video."""

from __future__ import annotations

from storydata.kit.frames.decoding import Run, runs
from storydata.kit.frames.timeline import PacketTimes, Timeline

#  decoding order:  0=I0  1=P3  2=b1  3=b2 | 4=I6  5=b4  6=b5  7=P9  8=b7  9=b8   (open group)
SHOWN = (0, 3, 1, 2, 6, 4, 5, 9, 7, 8)
KEYS = (0, 4)


def test_frames_are_numbered_as_they_are_shown() -> None:
    """Order, times and numbers follow presentation; the end is that of the last one shown."""
    timeline = _timeline()
    assert timeline.order.tolist() == [0, 2, 3, 1, 5, 6, 4, 8, 9, 7]
    assert timeline.times.tolist() == [k / 10 for k in range(10)]
    assert [timeline.number_at(time) for time in (0, 0.05, 0.1, 0.55, 0.9, 5)] == [0, 0, 1, 5, 9, 9]
    assert timeline.end == 1.0


def test_a_frame_of_an_open_group_needs_the_group_before() -> None:
    """One that follows a key frame in the file and is shown before it starts one group earlier."""
    timeline = _timeline()
    assert [timeline.start_for(position) for position in range(10)] == [0] * 4 + [4, 0, 0, 4, 4, 4]


def test_runs_cover_what_is_wanted_once() -> None:
    """Overlapping stretches are decoded in one go, others apart."""
    timeline = _timeline()
    assert runs(timeline, {1, 8}) == [Run(0, 1, frozenset({1})), Run(4, 8, frozenset({8}))]
    assert runs(timeline, {5, 8}) == [Run(0, 8, frozenset({5, 8}))]
    assert runs(timeline, {2}) == [Run(0, 2, frozenset({2}))]
    assert runs(timeline, set()) == []


def test_what_is_not_shown_is_not_counted() -> None:
    """Frames before an edit list's start, and before the first key frame, do not count."""
    timeline = _timeline(hidden={0, 2})
    assert timeline.order.tolist()[:2] == [3, 1]
    assert timeline.times.tolist()[:2] == [0.0, 0.1]
    cut = Timeline(_timeline().packets[4:], (1, 10), is_cut=False)
    assert cut.order.tolist() == [0, 4, 5, 3]


def test_a_cut_file_is_certain_only_up_to_its_last_packet() -> None:
    """A frame whose neighbours may be missing is not believed."""
    cut = Timeline(_timeline().packets[:8], (1, 10), is_cut=True)
    assert cut.times.tolist() == [k / 10 for k in range(7)]
    assert cut.end == 0.7


def _timeline(hidden: frozenset[int] | set[int] = frozenset()) -> Timeline:
    packets = [
        PacketTimes(
            shown_at=100 + shown,
            decoded_at=100 + min(SHOWN[position:]),
            is_key=position in KEYS,
            is_shown=position not in hidden,
            duration=1,
        )
        for position, shown in enumerate(SHOWN)
    ]
    return Timeline(tuple(packets), (1, 10), is_cut=False)
