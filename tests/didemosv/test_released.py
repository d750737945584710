"""The released layout: which objects make stories, and which bytes go into the shards."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from storybench.errors import MissingError, RawDataError
from storybench.images import decode
from storybench.shards.format import StoryRecord
from storydata.didemosv.listing import Listing, clusters, find_release
from storydata.didemosv.options import Options
from storydata.didemosv.released import Released
from storydata.kit.drops import Drop

COLOUR = (200, 120, 40)


def picture(path: Path, *, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Path:
    """A plain picture of one colour, JPEG or PNG by its suffix, not square."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour: Any = COLOUR if mode == "RGB" else 90
    PIL.Image.new(mode, size, colour).save(path, quality=95)
    return path


def write_list(
    folder: Path, objects: Sequence[Sequence[tuple[str, str]]], split: str = "test"
) -> None:
    """Write one list of the release; each object is [caption, frame path] pairs."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [{"desc_to_frame": [list(pair) for pair in pairs], "more": 1} for pairs in objects]
    (folder / f"{split}.json").write_text(json.dumps(listed))


def pairs(*names: str) -> list[tuple[str, str]]:
    """Captions and paths of some frames in `didemo/frames`."""
    return [(f"Caption of {name}", f"didemo/frames/{name}") for name in names]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Six objects: 3, 2 and 5 frames, a missing fourth, a PNG, a greyscale JPEG."""
    folder = tmp_path / "raw" / "didemo"
    names = [f"{k}.jpg" for k in range(6)]
    for name in names:
        picture(folder / "frames" / name)
    picture(folder / "frames" / "7.png", size=(30, 50))
    picture(folder / "frames" / "grey.jpg", mode="L")
    objects = [
        pairs(*names[:3]),
        pairs(*names[:2]),
        pairs(*names[:5]),
        pairs(*names[:3], "gone.jpg"),
        pairs("7.png", "1.jpg", "2.jpg"),
        [("Another caption of 0", "didemo/frames/0.jpg"), *pairs("grey.jpg", "4.jpg")],
    ]
    write_list(folder, objects)
    return tmp_path / "raw"


def made(raw: Path, **options: Any) -> tuple[list[StoryRecord], list[Drop]]:
    """Stories and drops that a build would write."""
    folder = find_release(raw)
    assert folder
    recipe = Released(raw, folder, Options(**{"channel_order": "fixed", **options}))
    plan = recipe.plan()
    units = [unit for shard in plan.shards for unit in shard.units]
    things = [*plan.drops, *(thing for unit in units for thing in recipe.make(unit))]
    stories = [thing for thing in things if isinstance(thing, StoryRecord)]
    return stories, [thing for thing in things if isinstance(thing, Drop)]


def test_one_object_is_one_story(raw: Path) -> None:
    """The first three frames count; too few, or any missing one, make no story."""
    stories, drops = made(raw)
    assert [(story.key, story.position) for story in stories] == [
        ("d-test-0", 0),
        ("d-test-2", 1),
        ("d-test-4", 3),
        ("d-test-5", 4),
    ]
    assert [len(story.frames) for story in stories] == [3, 3, 3, 3]
    assert [(drop.id, drop.kind, drop.step) for drop in drops] == [
        ("didemo/frames/gone.jpg", "file", "frame missing"),
        ("d-test-1", "description", "too few frames for a story"),
        ("d-test-3", "story", "frame missing"),
    ]
    assert drops[2].reason.startswith("No file didemo/frames/gone.jpg;")


def test_the_folder_itself_is_as_good_as_its_parent(raw: Path) -> None:
    """`raw`, `raw/didemo`, a slash at the end and another name all read the same release."""
    expected = made(raw)
    assert made(raw / "didemo") == expected
    assert made(Path(f"{raw / 'didemo'}/")) == expected
    (raw / "didemo").rename(raw / "mine")
    assert made(raw / "mine") == expected


def test_fixed_exchanges_red_and_blue_without_loss(raw: Path) -> None:
    """The picture comes as PNG with its channels put back."""
    stories, _ = made(raw)
    frame = stories[0].frames[0]
    published = decode((raw / "didemo/frames/0.jpg").read_bytes(), "0.jpg")
    assert frame.suffix == "png"
    np.testing.assert_array_equal(decode(frame.data, "frame"), published[..., ::-1])


def test_release_keeps_bytes_untouched(raw: Path) -> None:
    """As published, an RGB JPEG or PNG goes into the shard byte for byte."""
    stories, _ = made(raw, channel_order="release")
    png, jpg, _ = stories[2].frames
    assert (png.suffix, jpg.suffix) == ("png", "jpg")
    assert png.data == (raw / "didemo/frames/7.png").read_bytes()
    assert jpg.data == (raw / "didemo/frames/1.jpg").read_bytes()


@pytest.mark.parametrize("channel_order", ["release", "fixed"])
def test_every_picture_is_rgb(raw: Path, channel_order: str) -> None:
    """A greyscale JPEG becomes RGB, with the same grey in all channels."""
    stories, _ = made(raw, channel_order=channel_order)
    frame = stories[3].frames[1]
    assert PIL.Image.open(io.BytesIO(frame.data)).mode == "RGB"
    image = decode(frame.data, "frame")
    assert np.ptp(image, axis=-1).max() == 0
    assert image[0, 0, 0] == 90


def test_a_resize_is_not_byte_for_byte(raw: Path) -> None:
    """`short_side` shrinks the released frames too, and then they are written anew."""
    stories, _ = made(raw, channel_order="release", short_side=16, image="jpeg")
    frame = stories[2].frames[0]
    assert frame.suffix == "jpg"
    assert decode(frame.data, "frame").shape == (27, 16, 3)


def test_captions_keep_their_case_and_their_own_frame(raw: Path) -> None:
    """Each pair keeps its caption; by path, the last caption of the split wins, as upstream."""
    own, _ = made(raw)
    assert own[0].frames[0].captions == ("Caption of 0.jpg",)
    assert own[3].frames[0].captions == ("Another caption of 0",)
    by_path, _ = made(raw, captions="by-path")
    assert by_path[0].frames[0].captions == ("Another caption of 0",)
    assert by_path[0].frames[1].captions == ("Caption of 1.jpg",)


def test_a_broken_picture_costs_its_stories(raw: Path) -> None:
    """A frame that is no picture is a drop with a reason, not an error."""
    (raw / "didemo/frames/4.jpg").write_text("<html>")
    stories, drops = made(raw)
    assert [story.key for story in stories] == ["d-test-0", "d-test-2", "d-test-4"]
    assert (drops[-1].id, drops[-1].step) == ("d-test-5", "frame broken")
    assert "in didemo/frames/4.jpg, found other bytes" in drops[-1].reason


def test_no_frames_at_all_is_a_missing_input(raw: Path) -> None:
    """Lists without the archive of the frames cannot be built."""
    (raw / "didemo/frames").rename(raw / "elsewhere")
    with pytest.raises(MissingError, match=r"didemo/test.json name in .* not one of 5 stories"):
        made(raw)


def test_lists_without_a_story_of_that_length_say_so(raw: Path) -> None:
    """Nothing is missing then, and no archive needs unpacking."""
    with pytest.raises(RawDataError, match="Choose a smaller --story-len"):
        Released(raw, raw / "didemo", Options(story_len=8, channel_order="fixed")).plan()


def test_a_frame_that_may_not_be_read_costs_its_stories(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed file is a loss by name, as a broken one is."""
    closed = raw / "didemo/frames/4.jpg"
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    _, drops = made(raw)
    lost = [drop for drop in drops if drop.step == "frame broken"]
    assert lost
    assert "Permission denied" in lost[0].reason
    assert str(raw) not in lost[0].reason


def test_a_frame_that_arrives_moves_no_other_story(raw: Path) -> None:
    """A story that lacks a frame keeps its place in its shard and its number in the split."""
    folder = find_release(raw)
    assert folder
    recipe = Released(raw, folder, Options(stories_per_shard=1, channel_order="fixed"))
    before = {shard.name: shard.units for shard in recipe.plan().shards}
    picture(raw / "didemo/frames/gone.jpg")
    plan = recipe.plan()
    after = {shard.name: shard.units for shard in plan.shards}
    assert plan.n_planned == 5
    assert sorted(after) == [f"stories-test-0000{number}.tar" for number in range(5)]
    assert {name for name in after if before.get(name) != after[name]} == {"stories-test-00002.tar"}


def test_stories_that_share_a_frame_share_a_cluster(tmp_path: Path) -> None:
    """Where all frames lie in one folder, shared frames say what belongs together."""
    folder = tmp_path / "didemo"
    names = [f"{k}.jpg" for k in range(7)]
    for name in names:
        picture(folder / "frames" / name)
    write_list(folder, [pairs(*names[:3]), pairs(*names[1:4]), pairs(*names[4:7])])
    stories, _ = made(tmp_path)
    first, second, third = (story.cluster for story in stories)
    assert first == second == "didemo/frames/0.jpg"
    assert third == "didemo/frames/4.jpg"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_clusters_follow_every_chain_of_shared_frames(order: tuple[int, ...]) -> None:
    """A story that bridges two others joins them, wherever the three stand in the list."""
    chained = [("a", "b", "c"), ("d", "e", "f"), ("c", "x", "d"), ("y", "z", "w")]
    listings = [
        Listing(desc_to_frame=tuple((name, f"didemo/{name}.jpg") for name in chained[k]))
        for k in order
    ]
    names = ["didemo/a.jpg"] * 3 + ["didemo/w.jpg"]
    assert clusters(listings) == [names[k] for k in order]


def test_frames_in_folders_cluster_by_folder(tmp_path: Path) -> None:
    """Where frames lie in several folders, the folder of the source is the cluster."""
    folder = tmp_path / "didemo"
    for video in "ab":
        for k in range(3):
            picture(folder / video / f"{k}.jpg")
    write_list(folder, [[("x", f"didemo/{video}/{k}.jpg") for k in range(3)] for video in "ab"])
    stories, _ = made(tmp_path)
    assert [story.cluster for story in stories] == ["didemo/a", "didemo/b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '[{"desc_to_frame": [["a", 3]]}]',
            r"in object 1 of didemo/val.json, found \[\['a', 3\]\]",
        ),
        ('[{"frames": []}]', "in object 1 of didemo/val.json, found None"),
        ('[{"desc_to_frame": [["a", "didemo/../../x.jpg"]]}]', "paths inside the release"),
        ('[{"desc_to_frame": [["a", "/etc/x.jpg"]]}]', "paths inside the release"),
        ('[{"desc_to_frame"', r"val.json, found an error at line 1, column \d+"),
        ('{"a": 1}', "a JSON list in"),
    ],
)
def test_a_broken_list_is_one_clear_sentence(tmp_path: Path, content: str, message: str) -> None:
    """Every fault of a list names the file and the object."""
    (tmp_path / "didemo").mkdir()
    (tmp_path / "didemo" / "val.json").write_text(content)
    with pytest.raises(RawDataError, match=message):
        made(tmp_path)
