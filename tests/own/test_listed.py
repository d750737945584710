"""Pictures whose captions stand in tables: order, alternatives, episodes, and what is missing."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from storybench.errors import InputError, RawDataError
from storydata.own.described import Reading
from storydata.own.folder import open_folder
from storydata.own.settings import FramesSource
from storydata.own.stills import read_stills
from tests.own.test_stills import write

PICTURES = {f"a/{n}.png": "" for n in (1, 2, 10)} | {"b/1.png": ""}


def read(root: Path, table: str, name: str = "c.csv", **source: object) -> Reading:
    write(root, {**PICTURES, name: table})
    made = FramesSource.model_validate({"kind": "frames", "captions": name, **source})
    return read_stills(open_folder(root), made, place="[[source]] 1 of recipe.toml")


def shown(reading: Reading) -> dict[str, list[str]]:
    return {one.name: [shot.name for shot in one.shots] for one in reading.episodes}


def test_rows_are_the_sequence(tmp_path: Path) -> None:
    """Not the names of the files; the dry run remarks on the difference."""
    reading = read(tmp_path, "file,caption\na/1.png,x\na/10.png,y\na/2.png,z\n")
    assert shown(reading) == {"a": ["a/1.png", "a/10.png", "a/2.png"]}
    assert reading.notes[0].startswith("In a the rows put a/10.png before a/2.png: rows are")
    assert [lost.id for lost in reading.losses] == ["b/1.png"]


def test_a_column_may_say_the_order(tmp_path: Path) -> None:
    """Then rows come as they like, and nothing is remarked."""
    reading = read(tmp_path, "file,caption,order\na/1.png,x,2\na/10.png,y,10\na/2.png,z,1.5\n")
    assert shown(reading) == {"a": ["a/2.png", "a/1.png", "a/10.png"]}
    assert reading.notes == ()


def test_rows_of_one_picture_are_alternatives(tmp_path: Path) -> None:
    """Characters of all of them count, the first licence holds."""
    table = "file,caption,characters,licence\na/1.png,x,Mina,\na/1.png,y,Tom,CC0\na/1.png,x,,CC-BY"
    (shot,) = read(tmp_path, table).episodes[0].shots
    assert shot.captions == ("x", "y")
    assert shot.characters == ("Mina", "Tom")
    assert shot.licence == "CC0"


def test_a_picture_that_comes_again_is_remarked_on(tmp_path: Path) -> None:
    """It stays in its first place, and the dry run says so."""
    reading = read(tmp_path, "file,caption\na/1.png,x\na/2.png,y\na/1.png,z\n")
    assert shown(reading) == {"a": ["a/1.png", "a/2.png"]}
    assert reading.episodes[0].shots[0].captions == ("x", "z")
    assert "stand between them: a/1.png (line 4 of c.csv). If it is" in reading.notes[0]


def test_episodes_may_be_a_column(tmp_path: Path) -> None:
    """One picture may be in two episodes; the recipe may insist on folders."""
    table = "file,caption,episode\na/1.png,x,one\na/2.png,y,two\na/1.png,z,two\n"
    assert shown(read(tmp_path, table)) == {"one": ["a/1.png"], "two": ["a/2.png", "a/1.png"]}
    assert set(shown(read(tmp_path, table, episode="folder"))) == {"a"}


def test_json_lines_are_rows(tmp_path: Path) -> None:
    """With lists of alternatives and of characters."""
    rows = [
        {"file": "a/1.png", "captions": ["x", "y"], "characters": ["Mina"], "episode": 7},
        {"file": "a/2.png", "captions": "z", "episode": "7"},
    ]
    reading = read(tmp_path, "\n".join(map(json.dumps, rows)), "c.jsonl")
    assert shown(reading) == {"7": ["a/1.png", "a/2.png"]}
    assert reading.episodes[0].shots[0].captions == ("x", "y")
    assert [shot.characters for shot in reading.episodes[0].shots] == [("Mina",), ()]


def test_tables_may_lie_with_their_pictures(tmp_path: Path) -> None:
    """A pattern names them all; a file is looked for below `folder`, then beside its table."""
    write(tmp_path, {"b/c.csv": "file,caption\n1.png,of b\n"})
    reading = read(tmp_path, "file,caption\n1.png,of a\n2.png,x\n", "a/c.csv", captions="*/c.csv")
    assert shown(reading) == {"a": ["a/1.png", "a/2.png"], "b": ["b/1.png"]}


def test_a_row_without_caption_is_no_part_of_the_sequence(tmp_path: Path) -> None:
    """It is lost by its line."""
    reading = read(tmp_path, "file,caption\na/1.png,x\na/2.png,\n")
    assert shown(reading) == {"a": ["a/1.png"]}
    (lost, *_) = reading.losses
    assert (lost.id, lost.step) == ("a/2.png", "no caption")
    assert lost.reason == "Its caption in line 3 of c.csv is empty."


def test_a_picture_that_is_not_there_keeps_its_place(tmp_path: Path) -> None:
    """It is part of the sequence, and will cost its stories."""
    reading = read(tmp_path, "file,caption\na/1.png,x\na/3.png,y\na/2,z\n")
    missing = [shot for shot in reading.episodes[0].shots if shot.file is None]
    assert [shot.missing for shot in missing] == [
        "No file a/3.png.",
        "No file a/2; there is a/2.png.",
    ]


def test_names_are_one_in_every_unicode_form(tmp_path: Path) -> None:
    """One system stores é as one character, another as two."""
    decomposed = unicodedata.normalize("NFD", "é")
    write(tmp_path, {f"a/{decomposed}.png": ""})
    (shot,) = read(tmp_path, "file,caption\na/é.png,x\n").episodes[0].shots
    assert shot.file is not None
    assert shot.name == "a/é.png"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("file,caption\n/etc/passwd,x\n", r"a path below the recipe, .* in line 2 of c.csv, found"),
        ("file,caption\n../a/1.png,x\n", r"a path below the recipe, .* in line 2 of c.csv, found"),
        ("file,caption\nC:\\a\\1.png,x\n", r"a path below the recipe, .* in line 2 of c.csv"),
        ("file,caption\n,x\n", "the name of a picture in line 2 of c.csv, found none"),
        ("file,caption,episode\na/1.png,x,\n", "the name of an episode in line 2 of c.csv, found"),
        ("file,caption,order\na/1.png,x,first\n", "a number for 'order' in line 2 of c.csv, found"),
    ],
)
def test_a_wrong_row_is_refused_by_line(tmp_path: Path, table: str, sentence: str) -> None:
    """A table is its author's to mend."""
    with pytest.raises(RawDataError, match=sentence):
        read(tmp_path, table)


def test_backslashes_are_slashes(tmp_path: Path) -> None:
    """Tables come from Windows too."""
    reading = read(tmp_path, "file,caption\n.\\a\\1.png,x\n")
    assert shown(reading) == {"a": ["a/1.png"]}


def test_a_column_that_the_recipe_asks_for_must_be_there(tmp_path: Path) -> None:
    """The sentence says how to name it."""
    with pytest.raises(
        InputError, match=r"a column 'characters' in c.csv, found 'file', 'caption'"
    ):
        read(tmp_path, "file,caption\na/1.png,x\n", labels="column")
    table = "file,caption,characters\na/1.png,x,Bo\n"
    assert read(tmp_path, table, labels="captions").episodes[0].shots[0].characters is None
