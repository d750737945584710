"""Files in their place, and files that users bring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from storybench.errors import MissingError, VerificationError
from storybench.files import sha256_bytes
from storybench.weights.known import FID_INCEPTION, WeightsFile
from storybench.weights.place import add, look, require

CONTENT = b"parameters"


@pytest.fixture
def known() -> WeightsFile:
    """A file whose hash is that of `CONTENT`."""
    return replace(FID_INCEPTION, file="toy.pth", sha256=sha256_bytes(CONTENT), size=len(CONTENT))


def put(known: WeightsFile, content: bytes) -> None:
    """Write bytes to the place of a file."""
    known.place.parent.mkdir(parents=True, exist_ok=True)
    known.place.write_bytes(content)


def test_a_look_says_what_is_there(known: WeightsFile) -> None:
    """Absent, right, wrong, or with nothing to compare with."""
    assert look(known).state == "absent"
    put(known, CONTENT)
    assert look(known).state == "right"
    assert look(replace(known, sha256=None)).state == "unverifiable"
    put(known, b"others")
    assert look(known).state == "wrong"


def test_a_missing_file_is_named_with_everything_one_needs(known: WeightsFile) -> None:
    """File, size, hash, place, both commands, and the advice of who asked; exit code 4."""
    with pytest.raises(MissingError) as error:
        require(known, advice="Or do without.")
    message = str(error.value)
    for part in (
        "toy.pth",
        "10 bytes",
        str(known.sha256),
        str(known.place),
        "storybench weights fetch fid-inception",
        "storybench weights add fid-inception FILE",
        "Or do without.",
    ):
        assert part in message
    assert error.value.exit_code == 4


def test_in_the_published_place_only_the_published_file(known: WeightsFile, tmp_path: Path) -> None:
    """Another file there is a failed verification; passed by name it is welcome."""
    put(known, b"others")
    with pytest.raises(VerificationError, match="found SHA-256") as error:
        require(known)
    assert error.value.exit_code == 5
    mine = tmp_path / "mine.pth"
    mine.write_bytes(b"others")
    assert require(known, mine) == (mine, sha256_bytes(b"others"))


def test_a_file_is_added_by_copy(known: WeightsFile, tmp_path: Path) -> None:
    """The user's own stays, and adding what is there already is no harm."""
    mine = tmp_path / "download(1).pth"
    mine.write_bytes(CONTENT)
    assert add(known, mine).state == "right"
    assert mine.read_bytes() == known.place.read_bytes() == CONTENT
    assert add(known, known.place).state == "right"


@pytest.mark.parametrize("content", [b"parameterS", b"cut"])
def test_another_file_is_not_added(known: WeightsFile, tmp_path: Path, content: bytes) -> None:
    """Wrong size or wrong hash: exit code 5, and the place is as it was."""
    mine = tmp_path / "mine.pth"
    mine.write_bytes(content)
    with pytest.raises(VerificationError) as error:
        add(known, mine)
    assert error.value.exit_code == 5
    assert not known.place.exists()


def test_nothing_is_added_from_nowhere(known: WeightsFile, tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(MissingError, match=r"weights file at .*nowhere\.pth"):
        add(known, tmp_path / "nowhere.pth")
