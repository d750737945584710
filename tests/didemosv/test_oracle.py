"""The real validation and test annotations give exactly the known counts.

The numbers are those of the DiDeMo rows of the project's oracle table, measured on
LisaAnne/LocalizingMoments@b6a555c:data/.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from urllib.parse import urlsplit

import pytest

from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.didemosv import DATASET
from storydata.didemosv.licences import read_hashes, read_licences
from storydata.didemosv.moments import VideoMoments, resolve
from storydata.didemosv.options import StoryRule
from storydata.didemosv.raw import Annotation, find_annotations, read_splits
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


def test_descriptions_per_video(records: Mapping[str, list[Annotation]]) -> None:
    """How many videos have one description, how many two, and so on up to seven."""
    per_video = [Counter(Counter(a.stem for a in records[split]).values()) for split in SPLITS]
    assert per_video == [
        {1: 44, 2: 6, 3: 337, 4: 296, 5: 365, 6: 15, 7: 2},
        {1: 35, 2: 3, 3: 287, 4: 301, 5: 356, 6: 19, 7: 3},
    ]


def test_annotators_per_record(records: Mapping[str, list[Annotation]]) -> None:
    """Four gave a moment, but for a few records; none ends after its video does."""
    annotators = [Counter(len(a.times) for a in records[split]) for split in SPLITS]
    assert annotators == [{4: 4165, 7: 15}, {4: 4009, 7: 11, 5: 1}]
    ends = [end - a.num_segments for split in SPLITS for a in records[split] for _, end in a.times]
    assert max(ends) < 0


def test_sizes_and_keys_of_the_files() -> None:
    """Bytes of both files; every record has the same six keys and an annotation_id of its own."""
    paths = find_annotations(DIDEMO)
    assert [paths[split].stat().st_size for split in SPLITS] == [1_111_448, 1_068_934]
    keys = {"annotation_id", "description", "dl_link", "num_segments", "times", "video"}
    for split in SPLITS:
        rows = json.loads(paths[split].read_text())
        assert all(row.keys() == keys for row in rows)
        assert len({row["annotation_id"] for row in rows}) == len(rows)


def test_videos_of_train_are_the_rest_of_the_hashes(
    videos: Mapping[str, list[VideoMoments]],
) -> None:
    """10,464 hashes less the videos of val and test leave 8,395 for train, whose file we lack."""
    ids = {video.flickr_id for split in SPLITS for video in videos[split]}
    assert len(ids) == 1065 + 1004
    assert len(read_hashes(DIDEMO / "yfcc100m_hash.txt").keys() - ids) == 8395


def test_names_of_videos(records: Mapping[str, list[Annotation]]) -> None:
    """Ten extensions and none at all, where the name ends with a dot."""
    suffixes = {a.video.rpartition(".")[2] for split in SPLITS for a in records[split]}
    known = "mov avi mp4 mpg m4v 3gp wmv 3g2 mts m2ts"
    assert suffixes == {*known.split(), ""}


def test_videos_whose_records_disagree_on_their_length(
    records: Mapping[str, list[Annotation]],
) -> None:
    """One video of val has both five and six chunks, none of test."""
    lengths: list[dict[str, set[int]]] = [{}, {}]
    for split, of in zip(SPLITS, lengths, strict=True):
        for a in records[split]:
            of.setdefault(a.stem, set()).add(a.num_segments)
    assert [sum(len(n) > 1 for n in of.values()) for of in lengths] == [1, 0]


def test_captions_as_they_are(records: Mapping[str, list[Annotation]]) -> None:
    """Words, and how many have a line end, white space at an edge, or a capital letter."""
    captions = [[a.description for a in records[split]] for split in SPLITS]
    words = [[len(text.split()) for text in texts] for texts in captions]
    assert [round(fmean(n), 1) for n in words] == [7.5, 7.5]
    assert (min(map(min, words)), max(map(max, words))) == (2, 48)
    assert all(text.isascii() for texts in captions for text in texts)
    assert [sum("\n" in text for text in texts) for texts in captions] == [8, 7]
    assert [sum(text != text.strip() for text in texts) for texts in captions] == [12, 12]
    assert [sum(text != text.lower() for text in texts) for texts in captions] == [94, 79]


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
