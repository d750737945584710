"""The leaderboard as one static page: no server, no network, opens from disk.

Everything a submitter wrote is escaped by jinja2, and a content security policy in the page allows
no script and no style but the two that are part of it (named by their hashes), and no picture but
those inside it. The page is a pure function of the folder and stays below a megabyte.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from storybench.board.check import require
from storybench.board.page import thumbnails
from storybench.board.page.aggregate import Standings, aggregate, is_control
from storybench.board.page.thumbnails import LADDER, Thumbs
from storybench.board.page.view import about, benchmark_views, details
from storybench.board.reported import Published
from storybench.errors import InputError
from storybench.files import write_atomic

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
    style, script = _part("page.css"), _part("page.js")
    benchmarks = benchmark_views(standings)
    return (
        _environment()
        .get_template("page.html")
        .render(
            standings=standings,
            benchmarks=benchmarks,
            datasets=tuple(dict.fromkeys(item.benchmark.dataset for item in benchmarks)),
            about=about(benchmarks),
            published=_by_dataset(standings.published),
            thumbs=thumbs,
            style=style,
            script=script,
            policy=_policy(style, script),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("storybench.board.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals |= {"details": details, "is_control": is_control}
    for draw in (thumbnails.source, thumbnails.generated, thumbnails.truth):
        environment.filters[draw.__name__] = draw
    return environment


def _part(name: str) -> Markup:
    return Markup(files("storybench.board.page").joinpath("templates", name).read_text("utf-8"))


def _policy(style: str, script: str) -> str:
    """The content security policy: nothing from outside, no style or script but these."""
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src {_source_hash(style)}; script-src {_source_hash(script)}"
    )


def _source_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _by_dataset(published: tuple[Published, ...]) -> Mapping[str, tuple[Published, ...]]:
    groups = groupby(published, key=lambda item: item.dataset)
    return {dataset: tuple(items) for dataset, items in groups}
