"""Does what the operating system refuses end in a sentence that says what to do?"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from storybench.cli.refusal import refusal


def refused(error: OSError) -> str:
    """The sentence of a refusal that is wrong usage."""
    sentence, code = refusal(error)
    assert code == 2
    return sentence


@pytest.mark.parametrize("below", ["", "sub", "sub/deeper"])
def test_a_file_where_a_folder_is_to_be_is_named(tmp_path: Path, below: str) -> None:
    """Whatever was to stand in it, and whichever call met it."""
    file = tmp_path / "mine"
    file.write_text("kept")
    for make in (os.makedirs, os.mkdir):
        with pytest.raises(OSError) as caught:  # noqa: PT011
            make(file / below)
        assert refused(caught.value) == (
            f"Expected a folder at {file}, found a file. Name another place."
        )
    assert file.read_text() == "kept"


def test_what_may_not_be_used_is_named() -> None:
    """A folder of somebody else, a disk that is read only."""
    for number in (errno.EACCES, errno.EPERM, errno.EROFS):
        said = refused(OSError(number, os.strerror(number), "runs/a"))
        assert said.startswith("Expected to be allowed to use runs/a, found that the operating")
        assert f"({os.strerror(number)})" in said


def test_a_full_disk_is_something_missing() -> None:
    """Which one, where that is known."""
    for number in (errno.ENOSPC, errno.EDQUOT):
        sentence, code = refusal(OSError(number, os.strerror(number), "runs/a"))
        assert (code, "found it full (runs/a)" in sentence) == (4, True)


def test_any_other_refusal_keeps_its_words() -> None:
    """With the path, if one is known; a number of an open file is none."""
    tail = os.strerror(errno.EMFILE)
    assert refused(OSError(errno.EMFILE, tail, "a")) == (
        f"The operating system refused: {tail} (a)."
    )
    for number in (OSError(errno.EMFILE, tail), OSError(errno.EMFILE, tail, 3)):
        assert refused(number) == f"The operating system refused: {tail}."
