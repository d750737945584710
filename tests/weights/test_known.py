"""What is known of the weights files of others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storybench.errors import UnknownNameError
from storybench.weights.known import FID_INCEPTION, KNOWN, get


def test_every_file_says_what_is_known_of_it() -> None:
    """Names and files are distinct; each has a purpose, a licence and a source; hashes are hex."""
    assert (
        len({known.name for known in KNOWN}) == len({known.file for known in KNOWN}) == len(KNOWN)
    )
    for known in KNOWN:
        assert known.purpose
        assert known.licence
        assert known.source
        assert Path(known.file).name == known.file
        assert known.url is not None or known.how
        assert known.url is None or known.url.startswith("https://")
        assert known.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", known.sha256)
        assert known.size is None or known.size <= known.bound


def test_files_that_pytorch_names_by_their_hash_agree_with_it() -> None:
    """The digits in the name are the first of the hash that is checked."""
    named = [
        (known, found[1])
        for known in KNOWN
        if (found := re.search(r"-([0-9a-f]{8})\.", known.file))
    ]
    assert len(named) >= 3
    for known, digits in named:
        assert known.sha256 is not None
        assert known.sha256.startswith(digits)


def test_a_place_is_in_the_home_of_the_user(home: Path) -> None:
    """`STORYBENCH_HOME` moves it."""
    assert FID_INCEPTION.place == home / "weights" / FID_INCEPTION.file


def test_a_hash_is_right_wrong_or_unknown() -> None:
    """Where it is not known, nothing is claimed."""
    assert FID_INCEPTION.matches(str(FID_INCEPTION.sha256)) is True
    assert FID_INCEPTION.matches("0" * 64) is False
    assert get("dino-vit-s-16").matches("0" * 64) is None


def test_a_wrong_name_lists_close_ones() -> None:
    """A file name works as well as a name."""
    assert get("ViT-B-32.pt") is get("clip-vit-b-32")
    with pytest.raises(UnknownNameError, match="Did you mean fid-inception"):
        get("fid-inceptoin")
