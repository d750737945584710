"""Videos with subtitles or segments: which file, which moments, and what is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError, RawDataError
from storydata.own.described import Reading
from storydata.own.folder import open_folder
from storydata.own.settings import VideoSource
from storydata.own.videos import read_videos
from tests.own.comics import write_srt
from tests.own.test_stills import write


def read(root: Path, **source: object) -> Reading:
    table = VideoSource.model_validate({"kind": "video", **source})
    return read_videos(open_folder(root), table, place="[[source]] 1 of recipe.toml")


def test_a_cue_is_a_shot_at_a_fraction_of_its_time(tmp_path: Path) -> None:
    """In the order of time, whatever that of the file; what is said at once is joined."""
    write(tmp_path, {"s1/a.mp4": ""})
    cues = [(4, 6, "late"), (0, 2, "<i>early</i>"), (4, 6, "- and loud"), (4, 6, "late")]
    write_srt(tmp_path / "s1/a.srt", cues)
    (episode,) = read(tmp_path, prefix="x-").episodes
    assert (episode.name, episode.is_video) == ("x-s1/a", True)
    assert [(shot.time, shot.captions) for shot in episode.shots] == [
        (1.0, ("early",)),
        (5.0, ("late - and loud",)),
    ]
    assert [shot.time for shot in read(tmp_path, at=1).episodes[0].shots] == [2.0, 6.0]


def test_what_says_nothing_is_lost_by_line(tmp_path: Path) -> None:
    """Too short, empty once cleaned, or unreadable: the cues around it close up."""
    write(tmp_path, {"a.mp4": ""})
    path = write_srt(tmp_path / "a.srt", [(0, 2, "x"), (2, 2.1, "y"), (3, 5, "[wind]"), (5, 6, "")])
    path.write_text(path.read_text() + "\n9\n00:00:09,000 --> later\nz\n")
    reading = read(tmp_path, min_seconds=0.5, clean=["sounds"])
    assert [shot.captions for shot in reading.episodes[0].shots] == [("x",)]
    assert [(lost.id, lost.step) for lost in reading.losses] == [
        ("a.srt, line 6", "too short"),
        ("a.srt, line 10", "nothing said"),
        ("a.srt, line 14", "nothing said"),
        ("a.srt, line 18", "cue unreadable"),
    ]
    assert reading.losses[0].reason == "It lasts 0.1 s, less than the 0.5 s of min_seconds."


def test_subtitles_bear_the_name_of_the_video(tmp_path: Path) -> None:
    """Plain names first, then the only language; several languages are asked about."""
    write(tmp_path, {"a.mkv": "", "b.mkv": "", "c.mkv": "", "d.mkv": ""})
    for name in ("a.srt", "a.en.srt", "b.en.vtt", "c.en.srt"):
        write_srt(tmp_path / name, [(0, 1, name)])
    reading = read(tmp_path)
    said = {one.name: one.shots[0].captions[0] for one in reading.episodes}
    assert said == {"a": "a.srt", "b": "b.en.vtt", "c": "c.en.srt"}
    (lost,) = reading.losses
    assert (lost.id, lost.kind, lost.step) == ("d.mkv", "file", "no subtitles")
    write_srt(tmp_path / "c.de.srt", [(0, 1, "c.de.srt")])
    with pytest.raises(InputError, match=r"for c.mkv, found c.de.srt, c.en.srt. Choose in .*lang"):
        read(tmp_path)
    assert [one.name for one in read(tmp_path, language="de").episodes] == ["c"]


def test_subtitles_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    """Laid out as that of the videos is."""
    write(tmp_path, {"films/s1/a.mp4": ""})
    write_srt(tmp_path / "subs/s1/a.srt", [(0, 1, "x")])
    (episode,) = read(tmp_path, folder="films", captions="subs").episodes
    assert (episode.name, episode.shots[0].captions) == ("s1/a", ("x",))


@pytest.mark.parametrize(
    ("source", "kind", "sentence"),
    [
        ({"videos": "*.gif"}, MissingError, r"videos like \*.gif in the folder . of"),
        ({}, MissingError, "subtitles beside the 1 videos of .*, found none. No file has the name"),
        ({"language": "en"}, MissingError, r"with .en.srt or .en.vtt behind it"),
        ({"labels": "column"}, InputError, "a table of segments in .* since it speaks of columns"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_one_sentence(
    tmp_path: Path, source: dict[str, object], kind: type[Exception], sentence: str
) -> None:
    """The sentence names the source, and what was looked for."""
    write(tmp_path, {"a.mp4": ""})
    with pytest.raises(kind, match=sentence):
        read(tmp_path, **source)


def segments(root: Path, table: str, **source: object) -> Reading:
    write(root, {"a.mkv": "", "b.mp4": "", "s.csv": table})
    return read(root, captions="s.csv", **source)


def test_segments_are_in_the_order_of_time(tmp_path: Path) -> None:
    """Rows of one stretch of one video are alternatives."""
    table = "video,start,end,caption\na.mkv,5,9,z\na.mkv,0:01,3,x\na.mkv,1,3.0,y\n"
    reading = segments(tmp_path, table)
    assert [(shot.time, shot.captions) for shot in reading.episodes[0].shots] == [
        (2.0, ("x", "y")),
        (7.0, ("z",)),
    ]
    (lost,) = reading.losses
    assert (lost.id, lost.step) == ("b.mp4", "in no table")


def test_segments_carry_characters_and_licences(tmp_path: Path) -> None:
    """The row's licence goes before that of the source."""
    table = "video,start,end,caption,characters,licence\na.mkv,0,1,x,Mina,CC0\na.mkv,1,2,y,,\n"
    (episode,) = segments(tmp_path, table, licence="CC-BY").episodes
    assert [(shot.characters, shot.licence) for shot in episode.shots] == [
        (("Mina",), "CC0"),
        ((), "CC-BY"),
    ]


def test_segments_that_say_nothing_are_lost(tmp_path: Path) -> None:
    """By video and time."""
    table = "video,start,end,caption\na.mkv,0,1,\na.mkv,1,1.2,x\na.mkv,2,4,y\n"
    reading = segments(tmp_path, table, min_seconds=0.5)
    assert [(lost.id, lost.step) for lost in reading.losses[:2]] == [
        ("a.mkv, 0 s", "no caption"),
        ("a.mkv, 1 s", "too short"),
    ]


def test_a_video_that_is_not_there_is_met_with_the_one_that_is(tmp_path: Path) -> None:
    """It keeps its place, and will cost its stories."""
    (episode, _) = segments(tmp_path, "video,start,end,caption\na,0,1,x\nb.mp4,0,1,x\n").episodes
    assert (episode.name, episode.shots[0].missing) == ("a", "No file a; there is a.mkv.")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("a.mkv,3,1,x", "the end after the start in line 2 of s.csv, found 3 to 1 s"),
        ("a.mkv,soon,1,x", "a time for 'start' in line 2 of s.csv, in seconds or as h:mm:ss, fou"),
        (",0,1,x", "the name of a video in line 2 of s.csv, found none"),
        ("/a.mkv,0,1,x", r"a path below the recipe, .* in line 2 of s.csv, found '/a.mkv'"),
    ],
)
def test_a_wrong_row_is_refused_by_line(tmp_path: Path, row: str, sentence: str) -> None:
    """A table is its author's to mend."""
    with pytest.raises(RawDataError, match=sentence):
        segments(tmp_path, f"video,start,end,caption\n{row}\n")
