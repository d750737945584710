"""The leaderboard as one static page: no server, no network, opens from disk.

Everything a submitter wrote is escaped, and the page's content security policy allows no script,
style or picture but those inside it (`storybench.page`). The page is a pure function of the folder
and stays below a megabyte.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from storybench.board.check import require
from storybench.board.page import thumbnails
from storybench.board.page.aggregate import Standings, aggregate, is_control
from storybench.board.page.thumbnails import LADDER, Thumbs
from storybench.board.page.view import about, benchmark_views
from storybench.board.reported import Published
from storybench.errors import InputError
from storybench.files import write_atomic
from storybench.page.details import details
from storybench.page.document import PICTURES_INSIDE, render

ROOM = "storybench.board.page"
MAX_PAGE_BYTES = 1_000_000


def build_board(board: Path, out: Path) -> Path:
    """Check a board, then write its page to `out`, whole or not at all.

    Returns:
        The page.

    Raises:
        MissingError: the board has no folder of submissions.
        VerificationError: the board has problems, those that `check` finds.
        InputError: the page would not stay below a megabyte.
    """
    require(board)
    standings = aggregate(board)
    pages = (render_page(standings, thumbs).encode() for thumbs in LADDER)
    page = next((page for page in pages if len(page) < MAX_PAGE_BYTES), None)
    if page is None:
        raise InputError(
            f"Expected a page below {MAX_PAGE_BYTES:,} bytes, found more even without pictures: "
            f"{len(standings.systems)} systems are too many for one. Split {board} by dataset."
        )
    write_atomic(out, page)
    return out


def render_page(standings: Standings, thumbs: Thumbs) -> str:
    """The page with its pictures at one size."""
    benchmarks = benchmark_views(standings)
    return render(
        ROOM,
        "page.html",
        style="page.css",
        script="page.js",
        pictures=PICTURES_INSIDE,
        standings=standings,
        benchmarks=benchmarks,
        datasets=tuple(dict.fromkeys(item.benchmark.dataset for item in benchmarks)),
        about=about(benchmarks),
        published=_by_dataset(standings.published),
        thumbs=thumbs,
        details=details,
        is_control=is_control,
        source=thumbnails.source,
        generated=thumbnails.generated,
        truth=thumbnails.truth,
    )


def _by_dataset(published: tuple[Published, ...]) -> Mapping[str, tuple[Published, ...]]:
    groups = groupby(published, key=lambda item: item.dataset)
    return {dataset: tuple(items) for dataset, items in groups}
