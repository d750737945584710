"""Licences and hashes: two tables with tabs."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import RawDataError
from storydata.didemosv.licences import read_hashes, read_licences

HEADER = "VideoID\t\tOriginal Download Link (From YFCC100M)\t\t\t\t\t\tLicense\n"
BY = "http://creativecommons.org/licenses/by/2.0/"


def test_the_header_is_skipped_not_parsed(tmp_path: Path) -> None:
    """Repeated tabs in the header do not matter, nor does a missing newline at the end."""
    path = tmp_path / "video_licenses.txt"
    path.write_text(f"{HEADER}4505539716\thttp://a/1\t{BY}\n\n17\thttp://a/2\tother")
    assert read_licences(path) == {"4505539716": BY, "17": "other"}


def test_a_row_without_its_columns_is_named(tmp_path: Path) -> None:
    """A broken table says which line and what it holds."""
    path = tmp_path / "video_licenses.txt"
    path.write_text(f"{HEADER}1\tlink\tby\n2\tlink\n")
    with pytest.raises(RawDataError, match=r"3 columns .* line 3 of video_licenses.txt, found '2"):
        read_licences(path)


def test_hashes_have_no_header(tmp_path: Path) -> None:
    """Every row of the hash table counts."""
    path = tmp_path / "yfcc100m_hash.txt"
    path.write_text("2846892010\t6010978700\n5277035407\tfd5ae8bb\n")
    assert read_hashes(path) == {"2846892010": "6010978700", "5277035407": "fd5ae8bb"}
