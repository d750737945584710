"""Which licence each video has, and under which hash YFCC100M stores it.

Both files are tables with tabs that LocalizingMoments ships beside the annotations (`data/`). The
header of `video_licenses.txt` separates its names by repeated tabs, so it is skipped, not parsed.
Both are optional: a raw folder without them builds, its frames without a licence.
"""

from __future__ import annotations

from pathlib import Path

from storybench.errors import RawDataError


def read_licences(path: Path) -> dict[str, str]:
    """Flickr id to licence URL, from a header line and rows of id, link and licence.

    Raises:
        RawDataError: a row without its three columns; names the line.
    """
    rows = _rows(path, n_columns=3, skip=1)
    return {row[0]: row[2] for row in rows}


def read_hashes(path: Path) -> dict[str, str]:
    """Flickr id to YFCC100M hash, the name of the video on the public mirror, from rows of both.

    Raises:
        RawDataError: a row without its two columns; names the line.
    """
    return {row[0]: row[1] for row in _rows(path, n_columns=2, skip=0)}


def _rows(path: Path, *, n_columns: int, skip: int) -> list[list[str]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    rows = []
    for number, line in enumerate(text.splitlines()[skip:], start=skip + 1):
        if not line.strip():
            continue
        row = [cell.strip() for cell in line.split("\t")]
        if len(row) != n_columns or not all(row):
            raise RawDataError(
                f"Expected {n_columns} columns separated by tabs in line {number} of {path.name}, "
                f"found {line[:80]!r}."
            )
        rows.append(row)
    return rows
