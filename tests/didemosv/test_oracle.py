"""The real validation and test annotations give exactly the known counts.

The numbers are those of the DiDeMo rows of the project's oracle table, measured on
LisaAnne/LocalizingMoments@b6a555c:data/.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.didemosv import DATASET
from storydata.didemosv.licences import read_hashes, read_licences
from storydata.didemosv.moments import VideoMoments, resolve
from storydata.didemosv.options import StoryRule
from storydata.didemosv.raw import Annotation, read_splits
from storydata.didemosv.stories import cut_stories
from tests.didemosv.releases import write_video

DIDEMO = Path(__file__).resolve().parents[3] / "shared" / "data" / "didemo"
SPLITS = ("val", "test")
SETTINGS: list[tuple[int, StoryRule, list[int]]] = [
    (3, "first", [1014, 966]),
    (3, "windows", [2091, 2045]),
    (3, "disjoint", [1031, 988]),
    (5, "first", [380, 376]),
    (5, "windows", [399, 401]),
    (5, "disjoint", [380, 376]),
]
"""Frames a story, the way to cut, and how many stories that makes in each split."""

pytestmark = pytest.mark.skipif(not DIDEMO.is_dir(), reason=f"no {DIDEMO}")


@pytest.fixture(scope="module")
def records() -> dict[str, list[Annotation]]:
    """Every record of both files."""
    return read_splits(DIDEMO)


@pytest.fixture(scope="module")
def videos(records: Mapping[str, list[Annotation]]) -> dict[str, list[VideoMoments]]:
    """Every video of both files."""
    return {split: resolve(annotated) for split, annotated in records.items()}


def tied(annotation: Annotation) -> bool:
    """Whether two moments got the most votes."""
    votes = sorted(Counter(annotation.times).values(), reverse=True)
    return len(votes) > 1 and votes[0] == votes[1]


def test_records_and_videos(
    records: Mapping[str, list[Annotation]], videos: Mapping[str, list[VideoMoments]]
) -> None:
    """Records, distinct names, stems and stems under two extensions are as counted by hand."""
    assert [len(records[split]) for split in SPLITS] == [4180, 4021]
    names = [len({a.video for a in records[split]}) for split in SPLITS]
    assert names == [1094, 1037]
    assert [len(videos[split]) for split in SPLITS] == [1065, 1004]
    doubled = [sum(len(v.names) == 2 for v in videos[split]) for split in SPLITS]
    assert doubled == [29, 33]


def test_segments_and_tied_votes(records: Mapping[str, list[Annotation]]) -> None:
    """Videos of six and five chunks, and records whose annotators tie."""
    segments = [Counter(a.num_segments for a in records[split]) for split in SPLITS]
    assert segments == [{6: 3457, 5: 723}, {6: 3548, 5: 473}]
    assert [sum(map(tied, records[split])) for split in SPLITS] == [326, 312]


def test_duplicates_and_shared_moments(videos: Mapping[str, list[VideoMoments]]) -> None:
    """Three duplicates a split are lost and nothing else; collisions are as counted."""
    for split, collisions in zip(SPLITS, (1454, 1411), strict=True):
        losses = Counter(loss.step for video in videos[split] for loss in video.losses)
        assert losses == {"duplicate caption": 3}
        assert sum(m.rank > 0 for video in videos[split] for m in video.moments) == collisions


@pytest.mark.parametrize(("story_len", "rule", "expected"), SETTINGS)
def test_stories(
    videos: Mapping[str, list[VideoMoments]],
    story_len: int,
    rule: StoryRule,
    expected: list[int],
) -> None:
    """Every way of cutting gives the known number of stories, each under a key of its own."""
    planned = [cut_stories(videos[split], rule=rule, story_len=story_len) for split in SPLITS]
    assert [sum(len(video.stories) for video in split) for split in planned] == expected
    keys = {story.key for split in planned for video in split for story in video.stories}
    assert len(keys) == sum(expected)


def test_licences() -> None:
    """The licence of every video is known, and so is how many allow what."""
    licences = read_licences(DIDEMO / "video_licenses.txt")
    kinds = Counter(urlsplit(url).path.split("/")[2] for url in licences.values())
    assert kinds == {
        "by-nc-sa": 3328,
        "by-nc-nd": 2582,
        "by": 1517,
        "by-nc": 1511,
        "by-sa": 1123,
        "by-nd": 403,
    }
    assert sum(n for kind, n in kinds.items() if "nd" in kind.split("-")) == 2985
    assert sum(n for kind, n in kinds.items() if "nc" in kind.split("-")) == 7421
    assert kinds.total() == 10464


def test_hashes_and_licences_cover_every_video(
    videos: Mapping[str, list[VideoMoments]],
) -> None:
    """No video of either split is without a licence or a hash."""
    hashes = read_hashes(DIDEMO / "yfcc100m_hash.txt")
    licences = read_licences(DIDEMO / "video_licenses.txt")
    ids = {video.flickr_id for split in SPLITS for video in videos[split]}
    assert len(hashes) == 10464
    assert ids <= hashes.keys()
    assert ids <= licences.keys()


@pytest.fixture(scope="module")
def full(
    tmp_path_factory: pytest.TempPathFactory, videos: Mapping[str, list[VideoMoments]]
) -> Path:
    """A raw folder with the real annotations and one stand-in video under 2,069 names."""
    folder = tmp_path_factory.mktemp("full")
    stand_in = write_video(folder / "thirty.mp4", 30)
    _link_videos(folder / "raw" / "videos", stand_in, videos)
    for path in DIDEMO.iterdir():
        (folder / "raw" / path.name).symlink_to(path)
    return folder / "raw"


@pytest.mark.slow
@pytest.mark.parametrize(("story_len", "rule", "expected"), SETTINGS)
def test_a_video_for_every_stem_builds_in_full(
    full: Path, tmp_path: Path, story_len: int, rule: StoryRule, expected: list[int]
) -> None:
    """With a video for every stem, the whole build has the known counts, however it is cut."""
    options = {"story_len": story_len, "stories": rule, "short_side": 16}
    result = DATASET.build(full, tmp_path / "out", workers=2, options=options)
    assert result.dataset == "didemosv-rebuilt"
    assert [result.n_stories[split] for split in SPLITS] == expected
    assert (result.n_planned, result.n_dropped) == (sum(expected), 0)
    assert dict(result.drops) == {"description: duplicate caption": 6}
    verify(tmp_path / "out", deep=True).require()
    stories = Stories(tmp_path / "out", "test")
    assert len(stories) == expected[1]
    assert len(set(stories.clusters)) == (966 if story_len == 3 else 376)
    assert {len(stories[k].frames) for k in (0, -1)} == {story_len}
    assert all(frame.licence for frame in stories[0].frames)


def _link_videos(folder: Path, stand_in: Path, videos: Mapping[str, list[VideoMoments]]) -> None:
    """A link for every video, under each kind of name in turn."""
    folder.mkdir(parents=True)
    every = [video for split in SPLITS for video in videos[split]]
    for number, video in enumerate(every):
        name = video.names[-1]
        kinds = (name, f"{name}.mp4", f"{video.stem}.mp4", f"{video.stem}.mkv")
        (folder / kinds[number % len(kinds)]).symlink_to(stand_in)
