"""One video becomes its stories: the right frame for every description, and every loss counted."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import MissingError, RawDataError
from storybench.images import decode
from storybench.shards.format import StoryRecord
from storydata.didemosv.options import Options
from storydata.didemosv.recipe import Rebuilt
from storydata.kit.drops import Drop
from tests.didemosv.releases import record, write_annotations, write_video

VIDEO = "o@N00_11_aa.mov"
CHUNKS = [(0, 0), (1, 1), (2, 2), (5, 5)]


def release(raw: Path, chunks: Sequence[tuple[int, int]] = CHUNKS, video: str = VIDEO) -> None:
    """Annotations of one validation video, a description for each of these chunks."""
    records = [record(10 + k, video, f"thing {k}", moment) for k, moment in enumerate(chunks)]
    write_annotations(raw, "val", records)


def made(raw: Path, **options: Any) -> list[StoryRecord | Drop]:
    """Everything that a build would write, known drops first."""
    recipe: Rebuilt = pickle.loads(pickle.dumps(Rebuilt(raw, Options(**options))))
    plan = recipe.plan()
    units = [unit for shard in plan.shards for unit in shard.units]
    return [*plan.drops, *(thing for unit in units for thing in recipe.make(unit))]


def stories(things: Sequence[StoryRecord | Drop]) -> list[StoryRecord]:
    """The stories among what was made."""
    return [thing for thing in things if isinstance(thing, StoryRecord)]


def drops(things: Sequence[StoryRecord | Drop]) -> list[tuple[str, str, str]]:
    """Id, kind and step of the drops among what was made."""
    return [(d.id, d.kind, d.step) for d in things if isinstance(d, Drop)]


def times(story: StoryRecord) -> list[float | None]:
    """When each frame of a story is shown."""
    return [frame.origin.time for frame in story.frames]


def test_a_story_has_the_frame_caption_and_origin_of_each_moment(tmp_path: Path) -> None:
    """Middle of the chunk, the last frame shown by then, and where it came from."""
    release(tmp_path)
    write_video(tmp_path / "videos" / f"{VIDEO}.mp4", 27)
    first, second = stories(made(tmp_path))
    assert (first.key, first.position, first.cluster) == ("11-10-11-12", 0, "o@N00_11_aa")
    assert (second.key, second.position) == ("11-11-12-13", 1)
    assert [frame.captions for frame in second.frames] == [("thing 1",), ("thing 2",), ("thing 3",)]
    assert [frame.origin.index for frame in second.frames] == [37, 62, 130]
    assert times(second) == pytest.approx([7.4, 12.4, 26.0])
    assert {frame.origin.file for frame in second.frames} == {f"videos/{VIDEO}.mp4"}
    for frame in first.frames:
        picture = decode(frame.data, "frame")
        assert picture.shape == (48, 64, 3)
        assert abs(float(picture.mean()) - (frame.origin.index or 0)) < 4


def test_a_variable_frame_rate_does_not_matter(tmp_path: Path) -> None:
    """Frames come by time, not by number: one frame lasts from 5 s to 9.8 s here."""
    release(tmp_path, [(0, 0), (1, 1), (2, 2)])
    write_video(tmp_path / VIDEO, 0, stamps=[*range(0, 26), *range(49, 90)])
    (story,) = stories(made(tmp_path))
    assert times(story) == pytest.approx([2.4, 5.0, 12.4])
    assert [frame.origin.index for frame in story.frames] == [12, 25, 39]


def test_a_long_video_is_cut_off(tmp_path: Path) -> None:
    """What happens after 30 s does not move the frames of what happens before."""
    release(tmp_path)
    for seconds in (31, 65):
        write_video(tmp_path / VIDEO, seconds)
        assert times(stories(made(tmp_path))[1])[-1] == pytest.approx(27.4)


def test_a_short_video_loses_the_descriptions_past_its_end(tmp_path: Path) -> None:
    """The description is counted, and the story that needs it says so."""
    release(tmp_path)
    write_video(tmp_path / VIDEO, 12)
    things = made(tmp_path)
    (story,) = stories(things)
    assert times(story) == pytest.approx([2.4, 7.4, 11.0])
    assert drops(things) == [
        ("o@N00_11_aa/13", "description", "moment after the end"),
        ("11-11-12-13", "story", "moment after the end"),
    ]
    reasons = [thing.reason for thing in things if isinstance(thing, Drop)]
    assert reasons[0] == "Its moment begins at 25 s, the video ends at 12.000 s."
    assert reasons[1] == f"Description 13 is lost. {reasons[0]}"


def test_a_video_cut_short_keeps_the_stories_it_still_shows(tmp_path: Path) -> None:
    """With the index in front, what comes before the cut is whole; the rest is counted."""
    release(tmp_path)
    path = write_video(tmp_path / VIDEO, 27, index_first=True)
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 10])
    things = made(tmp_path)
    (story,) = stories(things)
    assert story.key == "11-10-11-12"
    assert drops(things) == [
        ("o@N00_11_aa/13", "description", "frame lost"),
        ("11-11-12-13", "story", "frame lost"),
    ]
    (reason, _) = (thing.reason for thing in things if isinstance(thing, Drop))
    assert reason.startswith("No frame: ")


def test_a_video_cut_before_its_index_is_broken(tmp_path: Path) -> None:
    """Without an index nothing of the file can be shown."""
    release(tmp_path)
    path = write_video(tmp_path / VIDEO, 27)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert drops(made(tmp_path)) == [
        ("o@N00_11_aa", "file", "video broken"),
        ("11-10-11-12", "story", "video broken"),
        ("11-11-12-13", "story", "video broken"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"), [("", "an empty file"), ("<html>404</html>", "a text file")]
)
def test_what_is_no_video_is_counted_not_raised(tmp_path: Path, content: str, reason: str) -> None:
    """A 0-byte file and a web page cost the stories; the reason names the file, not the machine."""
    release(tmp_path)
    (tmp_path / VIDEO).write_text(content)
    things = made(tmp_path)
    assert not stories(things)
    (first, *_) = (thing for thing in things if isinstance(thing, Drop))
    assert first.reason.startswith(f"Expected a video in {VIDEO}, found {reason}")
    assert str(tmp_path) not in first.reason


def test_a_missing_video_is_known_before_work(tmp_path: Path) -> None:
    """Its stories are in the plan's drops, and the others are planned all the same."""
    other = [record(20 + k, "p@N00_12_bb.mp4", f"thing {k}", (k, k)) for k in range(3)]
    own = [record(10 + k, VIDEO, f"thing {k}", moment) for k, moment in enumerate(CHUNKS)]
    write_annotations(tmp_path, "test", own + other)
    write_video(tmp_path / "p@N00_12_bb.mp4", 27)
    plan = Rebuilt(tmp_path, Options()).plan()
    assert plan.n_planned == 3
    assert [(drop.id, drop.kind) for drop in plan.drops] == [
        ("o@N00_11_aa", "file"),
        ("11-10-11-12", "story"),
        ("11-11-12-13", "story"),
    ]
    assert plan.drops[0].reason == "No file for o@N00_11_aa.mov under any of its names."
    (story,) = stories(made(tmp_path))
    assert (story.key, story.position) == ("12-20-21-22", 2)


def test_not_one_video_is_a_missing_input(tmp_path: Path) -> None:
    """A build without any video has nothing to do, and says where it looked."""
    release(tmp_path)
    with pytest.raises(MissingError, match=r"for the 2 stories .* found none. Put them into RAW"):
        Rebuilt(tmp_path, Options()).plan()
    assert Rebuilt(tmp_path, Options()).draft().n_planned == 2


def test_too_few_descriptions_for_any_story_are_refused(tmp_path: Path) -> None:
    """Annotations that promise no story at all are not built into an empty dataset."""
    release(tmp_path, CHUNKS[:2])
    with pytest.raises(RawDataError, match="a video with at least 3 descriptions"):
        Rebuilt(tmp_path, Options()).plan()


def test_every_frame_carries_the_licence_of_its_video(tmp_path: Path) -> None:
    """By Flickr id; a video that is not in the table has none."""
    release(tmp_path)
    write_video(tmp_path / VIDEO, 27)
    assert {frame.licence for frame in stories(made(tmp_path))[0].frames} == {None}
    url = "http://creativecommons.org/licenses/by-nd/2.0/"
    (tmp_path / "video_licenses.txt").write_text(f"head\t\ter\n11\thttp://link\t{url}\n")
    assert {frame.licence for frame in stories(made(tmp_path))[0].frames} == {url}


def test_frames_can_be_jpeg_and_smaller(tmp_path: Path) -> None:
    """`image` and `short_side` change the bytes, never the frame."""
    release(tmp_path)
    write_video(tmp_path / VIDEO, 27)
    png, jpg = stories(made(tmp_path))[0], stories(made(tmp_path, image="jpeg", short_side=24))[0]
    assert [frame.suffix for frame in png.frames] == ["png"] * 3
    assert [frame.suffix for frame in jpg.frames] == ["jpg"] * 3
    assert decode(jpg.frames[0].data, "frame").shape == (24, 32, 3)
    assert [frame.origin for frame in jpg.frames] == [frame.origin for frame in png.frames]


def test_windows_share_the_bytes_of_a_frame(tmp_path: Path) -> None:
    """A frame that stands in two stories is the same picture in both."""
    release(tmp_path)
    write_video(tmp_path / VIDEO, 27)
    first, second = stories(made(tmp_path))
    assert first.frames[1:] == second.frames[:2]
    assert first.frames[0].data != first.frames[1].data


@pytest.mark.parametrize(("rule", "n_stories"), [("first", 1), ("windows", 3), ("disjoint", 1)])
def test_three_ways_to_cut(tmp_path: Path, rule: str, n_stories: int) -> None:
    """Five descriptions make one, three or one story of three."""
    release(tmp_path, [(k, k) for k in range(5)])
    write_video(tmp_path / VIDEO, 27)
    assert len(stories(made(tmp_path, stories=rule))) == n_stories


def test_the_name_never_confuses_rebuilt_twin_and_release(tmp_path: Path) -> None:
    """Annotations with videos are "rebuilt", and the toy world says that it is one."""
    release(tmp_path)
    write_video(tmp_path / VIDEO, 27)
    spec = Rebuilt(tmp_path, Options(story_len=3)).plan().spec
    assert (spec.name, spec.version, spec.n_targets) == ("didemosv-rebuilt", "didemo-v1", 2)
    for name in ("twin.json", ".twin-unfinished.json"):
        (tmp_path / name).write_text("{}")
        assert Rebuilt(tmp_path, Options()).plan().spec.name == "didemosv-rebuilt-twin"
        (tmp_path / name).unlink()
