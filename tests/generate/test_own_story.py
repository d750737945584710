"""A story of one's own: two files in, a folder with pictures and a sheet out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storybench.generate import OwnStory, tell
from storybench.images import ORIENTATION, decode, encode_png
from storybench.sheet import GAP, MARGIN, SIDE
from tests.factories import picture
from tests.generate.world import Batches

CAPTIONS = "Pororo wakes up.\nPororo runs outside.\n  Snow falls.  \n\n \n"


@pytest.fixture
def story(tmp_path: Path) -> tuple[Path, Path]:
    """Captions and a source."""
    captions, source = tmp_path / "story.txt", tmp_path / "first.png"
    captions.write_text(CAPTIONS)
    source.write_bytes(encode_png(picture((80, 96), seed=1)))
    return captions, source


def size(path: Path) -> tuple[int, int]:
    """Height and width of a picture."""
    height, width, _ = decode(path.read_bytes(), str(path)).shape
    return height, width


def test_a_line_becomes_a_picture(story: tuple[Path, Path], tmp_path: Path) -> None:
    """The first is the source's; blank ones at the end don't count, spaces around them neither."""
    calls: list[tuple[int, int, str]] = []
    told = tell(
        Batches(), *story, tmp_path / "out", seed=5, on_progress=lambda *call: calls.append(call)
    )
    folder = tmp_path / "out"
    assert told == OwnStory(folder, ((folder / "1.png", folder / "2.png"),), folder / "sheet.png")
    assert [size(path) for path in told.pictures[0]] == [(64, 64)] * 2
    assert size(told.sheet)[1] == 2 * MARGIN + 3 * SIDE + 2 * GAP
    assert json.loads((folder / "story.json").read_bytes()) == {
        "schema_version": 1,
        "captions": ["Pororo wakes up.", "Pororo runs outside.", "Snow falls."],
        "source": {"file": "first.png", "sha256": sha256_file(story[1])},
        "model": {"name": "batches"},
        "seed": 5,
        "n_candidates": 1,
    }
    assert calls == [(1, 2, "steps"), (2, 2, "steps")]
    assert {path.name for path in tmp_path.iterdir()} == {
        *("out", "story.txt", "first.png"),
        *(path.name for path in tmp_path.glob("storybench-home")),
    }


def test_a_seed_decides_the_pictures(story: tuple[Path, Path], tmp_path: Path) -> None:
    """The same again, another others."""
    same, again, other = (
        tell(Batches(), *story, tmp_path / f"{k}", seed=seed).sheet.read_bytes()
        for k, seed in enumerate((1, 1, 2))
    )
    assert same == again != other


def test_all_candidates_are_shown_where_nothing_chooses(
    story: tuple[Path, Path], tmp_path: Path
) -> None:
    """A folder and a row of the sheet for each."""
    one = tell(Batches(), *story, tmp_path / "one")
    told = tell(Batches(n_candidates=3), *story, tmp_path / "three")
    assert [paths[0] for paths in told.pictures] == [
        tmp_path / "three" / str(number) / "1.png" for number in (1, 2, 3)
    ]
    assert told.pictures[0][1].read_bytes() == one.pictures[0][1].read_bytes()
    assert size(told.sheet)[0] > 2.5 * size(one.sheet)[0]


def test_a_control_tells_it_too(story: tuple[Path, Path], tmp_path: Path) -> None:
    """copy-source repeats the centre of the picture."""
    told = tell("copy-source", *story, tmp_path / "out")
    first, second = (decode(path.read_bytes(), "") for path in told.pictures[0])
    np.testing.assert_array_equal(first, second)
    assert first.shape == (80, 80, 3)


def test_an_empty_folder_is_used_and_a_full_one_refused(
    story: tuple[Path, Path], tmp_path: Path
) -> None:
    """Nothing of the user's is written over."""
    (tmp_path / "out").mkdir()
    tell("copy-source", *story, tmp_path / "out")
    with pytest.raises(InputError, match=r"Expected a new or empty folder at .*, found files"):
        tell("copy-source", *story, tmp_path / "out")
    with pytest.raises(InputError, match=r"Expected a new or empty folder at .*, found a file"):
        tell("copy-source", *story, story[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one more line in .*, found 0"),
        ("only the source\n", "at least one more line in .*, found 1"),
        (b"\xff\xfe\x00", "Expected a text file in UTF-8 .*, found the byte 0xff in line 1"),
        ("a\nZoé\n".encode("latin-1"), "found the byte 0xe9 in line 2. Save it as UTF-8"),
        ("\nPororo runs.\n", "a caption in every line of .*, found line 1 blank"),
        ("a\nb\n  \nc\n", "the source's in the first, found line 3 blank"),
    ],
)
def test_captions_that_are_none_are_refused(
    story: tuple[Path, Path], tmp_path: Path, text: str | bytes, message: str
) -> None:
    """In one sentence, with the file."""
    captions, source = story
    captions.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message):
        tell("copy-source", captions, source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_lines_end_at_newlines_alone(story: tuple[Path, Path], tmp_path: Path) -> None:
    """Those of Windows too, whose mark at the start is no part of the caption."""
    captions, source = story
    captions.write_bytes(
        "\ufeffAda reads.\r\nAda runs\u2028 and\x0b jumps.\r\nBo.\r\n\r\n".encode()
    )
    tell("copy-source", captions, source, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "story.json").read_bytes())
    assert told["captions"] == ["Ada reads.", "Ada runs\u2028 and\x0b jumps.", "Bo."]


def test_a_photo_is_continued_as_it_is_shown(story: tuple[Path, Path], tmp_path: Path) -> None:
    """A phone stores it sideways and says in EXIF how it is to be turned."""
    captions, _ = story
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = 6
    stored = PIL.Image.fromarray(picture((64, 64), seed=1))
    stored.save(tmp_path / "photo.png", exif=exif)
    told = tell("copy-source", captions, tmp_path / "photo.png", tmp_path / "out")
    shown = decode(told.pictures[0][0].read_bytes(), "")
    np.testing.assert_array_equal(
        shown, np.asarray(stored.transpose(PIL.Image.Transpose.ROTATE_270))
    )


def test_files_that_are_not_there_are_missing(story: tuple[Path, Path], tmp_path: Path) -> None:
    """Captions or picture; a folder is no picture."""
    captions, source = story
    with pytest.raises(MissingError, match="Expected captions in"):
        tell("copy-source", tmp_path / "no.txt", source, tmp_path / "out")
    with pytest.raises(MissingError, match="Expected the source picture"):
        tell("copy-source", captions, tmp_path / "no.png", tmp_path / "out")
    with pytest.raises(InputError, match="found a folder"):
        tell("copy-source", captions, tmp_path, tmp_path / "out")
