"""Whatever stands in the lists and annotations: stories, named drops, or one sentence.

Nothing else ever comes out: no traceback, and no story that is neither made nor accounted for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storybench.errors import StorybenchError
from storybench.shards.format import StoryRecord
from storydata.didemosv.dataset import recipe_for
from storydata.didemosv.options import Options
from storydata.kit.drops import Drop
from tests.didemosv.releases import record, write_video

VIDEO = "o@N0_11_aa.mov"
FRAMES = (
    "didemo/frames/0.jpg",
    "didemo/frames/1.jpg",
    "didemo/frames/2.png",
    "didemo/frames/bad.jpg",
)
SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ODD_TEXT = st.sampled_from(
    ["", ".", "..", "/", "/etc/hosts", "didemo/..", "a\0b", "didemo/\ud800.jpg", "a_b", "1_2_3"]
)  # fmt: skip
ODD_NUMBER = st.sampled_from([0, -1, 2**63, 2**400, 1e308, float("inf"), float("nan"), True, 0.5])
LEGAL_NAMES = ["didemo", "_", "a_b_c.", "\n", "é", "C:\\x.jpg", "didemo//frames/./0.jpg"]
"""Paths that a list may hold, though no frame of the release lies there."""

LEAVES = st.none() | st.booleans() | ODD_NUMBER | ODD_TEXT | st.text(max_size=8)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn, sound: st.SearchStrategy[dict[str, Any]]) -> Any:
    """A record that is sound, or that lacks a key, has one more, or holds anything in its place."""
    one = dict(draw(sound))
    one.update(draw(st.dictionaries(st.text(max_size=3), LEAVES, max_size=1)))
    change = draw(st.sampled_from(["none"] * 12 + ["lacks", "holds", "is"]))
    key = draw(st.sampled_from(sorted(one)))
    if change == "lacks":
        del one[key]
    elif change == "holds":
        one[key] = draw(ANYTHING)
    return draw(ANYTHING) if change == "is" else one


def among(sound: list[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A list that starts sound and goes on otherwise; now and then any JSON in its place."""
    lists = st.lists(other, max_size=4).map(lambda more: [*sound, *more])
    return st.integers(0, 9).flatmap(lambda draw: lists if draw else ANYTHING)


SPAN = st.sampled_from([[a, b] for a in range(6) for b in range(a, 6)] * 2 + [[3, 1], [0, 9]])
ANNOTATIONS = st.builds(
    lambda number, video, text, times: {**record(number, video, text), "times": times},
    st.integers(0, 40),
    st.sampled_from([VIDEO] * 6 + ["o@N0_11_aa.avi", "o@N0_12_bb.", "gone@N0_13_cc.mp4"])
    | ODD_TEXT,
    st.text(max_size=12),
    st.lists(SPAN, min_size=1, max_size=4),
)
FRAME_PATHS = st.sampled_from([*FRAMES[:3] * 12, FRAMES[3], *LEGAL_NAMES, "/etc/hosts", "a\0b"])
PAIR = st.tuples(st.text(max_size=6), FRAME_PATHS).map(list)
LISTINGS = st.builds(
    lambda pairs: {"desc_to_frame": pairs, "video": 1}, st.lists(PAIR, max_size=6)
)  # fmt: skip

SOUND_RECORDS = [record(k, VIDEO, f"text {k}", (k % 3, k % 3)) for k in range(4)]
SOUND_OBJECTS = [{"desc_to_frame": [["text", path] for path in FRAMES[:3]]}]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole video of three chunks, and one that is none."""
    folder = tmp_path_factory.mktemp("videos")
    write_video(folder / VIDEO, 15)
    (folder / "o@N0_12_bb.").write_text("<html>")
    return folder


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `frames` of a release: three pictures, and one that is none."""
    folder = tmp_path_factory.mktemp("frames")
    for name, mode in (("0.jpg", "RGB"), ("1.jpg", "L"), ("2.png", "RGB")):
        PIL.Image.new(mode, (12, 8)).save(folder / name)
    (folder / "bad.jpg").write_text("<html>")
    return folder


def outcome(raw: Path, options: Options) -> tuple[list[StoryRecord], list[Drop]] | str:
    """What a build would make and drop, or the sentence it ends with; accounts are checked."""
    try:
        recipe = recipe_for(raw, options)
        plan = recipe.plan()
        units = [unit for shard in plan.shards for unit in shard.units]
        made = list(_made(recipe, units))
    except StorybenchError as error:
        return str(error)
    stories = [one for one in made if isinstance(one, StoryRecord)]
    drops = [*plan.drops, *(one for one in made if isinstance(one, Drop))]
    assert len(stories) + len(drops) == len(plan.drops) + len(made), "stories and drops only"
    assert all(drop.reason and drop.step and drop.split for drop in drops)
    lost = {drop.id for drop in drops if drop.kind == "story"}
    assert not lost & {story.key for story in stories}
    assert len(stories) + len(lost) == plan.n_planned
    return stories, drops


def _made(recipe: Any, units: Any) -> Iterator[Any]:
    for unit in units:
        if unit.files:
            yield from recipe.make(unit)


def check(found: tuple[list[StoryRecord], list[Drop]] | str) -> None:
    """A sentence says what was expected and found, and shows no object of ours."""
    if isinstance(found, str):
        assert found.startswith("Expected ")
        assert "found" in found
        assert "Traceback" not in found


@SETTINGS
@given(records=among(SOUND_RECORDS, mutated(ANNOTATIONS)))
def test_any_annotations(videos: Path, records: Any) -> None:
    """Records that are mutated, and any JSON in their place, end as they should."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "val_data.json").write_text(json.dumps(records))
        check(outcome(Path(folder), Options(videos=videos)))


@SETTINGS
@given(objects=among(SOUND_OBJECTS, mutated(LISTINGS)))
def test_any_lists(frames: Path, objects: Any) -> None:
    """Objects that are mutated, and any JSON in their place, end as they should."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "didemo").mkdir()
        (Path(folder) / "didemo/frames").symlink_to(frames)
        (Path(folder) / "didemo/val.json").write_text(json.dumps(objects))
        check(outcome(Path(folder), Options(channel_order="fixed", captions="by-path")))


@SETTINGS
@given(data=st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
@pytest.mark.parametrize("name", ["val_data.json", "val.json"])
def test_any_bytes(frames: Path, name: str, data: bytes) -> None:
    """A file that is no JSON at all is one sentence."""
    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        found = outcome(Path(folder), Options())
    assert isinstance(found, str)
    check(found)


@pytest.mark.parametrize("n_stories", [1, 2])
def test_sound_files_come_through(videos: Path, frames: Path, tmp_path: Path, n_stories: int):
    """What the fuzz starts from makes stories: it does not only see refusals."""
    records = [record(k, VIDEO, f"text {k}", (k % 3, k % 3)) for k in range(2 + n_stories)]
    (tmp_path / "val_data.json").write_text(json.dumps(records))
    found = outcome(tmp_path, Options(videos=videos))
    assert not isinstance(found, str)
    assert len(found[0]) == n_stories
    release = tmp_path / "release"
    (release / "didemo").mkdir(parents=True)
    (release / "didemo/frames").symlink_to(frames)
    pairs = [["text", path] for path in FRAMES[:3]]
    (release / "didemo/val.json").write_text(json.dumps([{"desc_to_frame": pairs}] * n_stories))
    found = outcome(release, Options(channel_order="fixed"))
    assert not isinstance(found, str)
    assert len(found[0]) == n_stories


@pytest.mark.parametrize("name", ["a" * 300, "b/" * 3000])
def test_a_name_too_long_for_any_file(frames: Path, tmp_path: Path, name: str) -> None:
    """A frame of such a name is as missing as any other: a named drop."""
    (tmp_path / "didemo").mkdir()
    (tmp_path / "didemo/frames").symlink_to(frames)
    listed = [[["text", path] for path in (*FRAMES[:2], last)] for last in (FRAMES[2], name)]
    objects = [{"desc_to_frame": pairs} for pairs in listed]
    (tmp_path / "didemo/val.json").write_text(json.dumps(objects))
    found = outcome(tmp_path, Options(channel_order="fixed"))
    assert not isinstance(found, str)
    assert [drop.step for drop in found[1]] == ["frame missing", "frame missing"]
