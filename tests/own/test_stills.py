"""Pictures with a text beside each: the sequence, the alternatives, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError, RawDataError
from storydata.own.described import Reading
from storydata.own.folder import open_folder
from storydata.own.settings import FramesSource
from storydata.own.stills import read_stills

PLACE = "[[source]] 1 of recipe.toml"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def read(root: Path, **source: object) -> Reading:
    table = FramesSource.model_validate({"kind": "frames", **source})
    return read_stills(open_folder(root), table, place=PLACE)


def test_episodes_are_folders_and_pages_are_in_natural_order(tmp_path: Path) -> None:
    """Page 2 comes before page 10, and episode 2 before episode 10."""
    names = [f"ep{e}/p{n}" for e in (10, 2) for n in (10, 2, 1)]
    files = {f"{name}.png": "" for name in names} | {f"{name}.txt": name for name in names}
    reading = read(write(tmp_path, files))
    assert [episode.name for episode in reading.episodes] == ["ep2", "ep10"]
    assert [shot.captions for shot in reading.episodes[0].shots] == [
        ("ep2/p1",),
        ("ep2/p2",),
        ("ep2/p10",),
    ]
    assert len(reading.tables) == 6


def test_every_line_is_an_alternative(tmp_path: Path) -> None:
    """Blank and repeated ones say nothing."""
    write(tmp_path, {"a/1.png": "", "a/1.txt": "one\n\n  two \none\n"})
    (episode,) = read(tmp_path, licence="CC0", prefix="x-").episodes
    assert episode.name == "x-a"
    assert episode.shots[0].captions == ("one", "two")
    assert episode.shots[0].licence == "CC0"


def test_what_nobody_describes_is_lost_by_name(tmp_path: Path) -> None:
    """Its neighbours close up."""
    write(tmp_path, {"a/1.png": "", "a/2.png": "", "a/2.txt": " \n", "a/3.jpg": "", "a/3.txt": "x"})
    reading = read(tmp_path)
    assert [shot.name for shot in reading.episodes[0].shots] == ["a/3.jpg"]
    assert [(lost.id, lost.reason) for lost in reading.losses] == [
        ("a/1.png", "No text of its name is beside it."),
        ("a/2.png", "a/2.txt is empty."),
    ]


def test_texts_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    """Laid out as that of the pictures is."""
    write(tmp_path, {"pages/a/1.png": "", "words/a/1.caption": "one"})
    reading = read(tmp_path, folder="pages", captions="words")
    assert reading.episodes[0].shots[0].captions == ("one",)
    assert reading.tables[0].name == "words/a/1.caption"


def test_pictures_may_lie_right_in_the_folder(tmp_path: Path) -> None:
    """They are one episode, called as the folder is; beside the recipe, "all"."""
    write(tmp_path, {"one/1.png": "", "one/1.txt": "x", "2.png": "", "2.txt": "y"})
    assert [one.name for one in read(tmp_path, folder="one").episodes] == ["one"]
    assert [one.name for one in read(tmp_path).episodes] == ["all", "one"]


def test_patterns_choose_pictures(tmp_path: Path) -> None:
    """In any case of letters."""
    write(tmp_path, {"a/1.PNG": "", "a/1.txt": "x", "a/cover.png": "", "a/cover.txt": "y"})
    assert [shot.name for shot in read(tmp_path, pictures="*/?.png").episodes[0].shots] == [
        "a/1.PNG"
    ]


@pytest.mark.parametrize(
    ("source", "kind", "sentence"),
    [
        ({"pictures": "*.gif"}, MissingError, r"pictures like \*.gif in the folder . of .*source"),
        ({"folder": "b"}, MissingError, "Expected files in the folder b beside the recipe, as"),
        ({"folder": "../b"}, InputError, "Expected a path below the recipe, with neither a lead"),
        ({"folder": "/b"}, InputError, r"neither a leading slash nor '..', in .* found '/b'"),
        ({"captions": "no.csv"}, MissingError, "Expected captions in no.csv beside the recipe"),
        ({"captions": "a/1.png"}, InputError, r"a table \(.csv, .*\) for captions of .*source"),
        ({"episode": "column"}, InputError, "a table of captions in .* since it speaks of columns"),
        ({"labels": "column"}, InputError, "a table of captions in .* since it speaks of columns"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    tmp_path: Path, source: dict[str, object], kind: type[Exception], sentence: str
) -> None:
    """The sentence names the source, and what to write."""
    write(tmp_path, {"a/1.png": "", "a/1.txt": "x"})
    with pytest.raises(kind, match=sentence):
        read(tmp_path, **source)


def test_another_encoding_is_named_or_refused(tmp_path: Path) -> None:
    """Texts of old comics."""
    write(tmp_path, {"a/1.png": ""})
    (tmp_path / "a/1.txt").write_bytes("Zoë".encode("cp1252"))
    with pytest.raises(RawDataError, match=r"encoding utf-8 in a/1.txt, found other bytes 0xeb"):
        read(tmp_path)
    assert read(tmp_path, encoding="cp1252").episodes[0].shots[0].captions == ("Zoë",)
