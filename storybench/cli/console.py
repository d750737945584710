"""What the user sees: results on stdout, everything else on stderr, one JSON document on request.

Colours and bars follow the terminal (`NO_COLOR` is respected by rich). When stderr is not a
terminal, progress is a plain line every ten seconds instead of a bar.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from storybench.types import Finding
    from storybench.types import Progress as OnProgress

SIGNS = {"good": "[green]✓[/green]", "note": "[yellow]•[/yellow]", "problem": "[red]✗[/red]"}
SECONDS_BETWEEN_LINES = 10.0


class Terminal(Console):
    """A console whose reader may go away: `storybench … | head` ends the command, quietly."""

    def on_broken_pipe(self) -> None:
        """Leave the answer to `guard`."""
        raise BrokenPipeError


out = Terminal(soft_wrap=True)
err = Terminal(stderr=True, soft_wrap=True, highlight=False)


def hint(text: str) -> None:
    """Say something that is not a result: what comes next, what was noticed."""
    err.print(f"[dim]{escape(text)}[/dim]")


def say(text: str) -> None:
    """Print one line of result."""
    out.print(escape(text), highlight=False)


def warn(text: str) -> None:
    """Say something that should not go unnoticed."""
    err.print(f"[bold yellow]note:[/bold yellow] {escape(text)}")


def hush() -> None:
    """Print nothing from here on but errors: another process of the run talks to the user."""
    out.quiet = err.quiet = True


def complain(text: str) -> None:
    """Print an error, hushed or not."""
    err.quiet = False
    err.print(f"[bold red]error:[/bold red] {escape(text)}")


def emit_json(document: Mapping[str, Any]) -> None:
    """Print exactly one JSON document, with its schema version."""
    text = json.dumps({"schema_version": 1, **document}, sort_keys=True, indent=2, allow_nan=False)
    sys.stdout.write(f"{text}\n")


def facts(title: str, rows: Mapping[str, Any]) -> None:
    """Print a titled list of names and values; nothing is wrapped, so values can be copied."""
    out.print(f"[bold]{escape(title)}[/bold]", highlight=False)
    width = max(map(len, rows))
    for name, value in rows.items():
        text = f"  [dim]{escape(name):<{width}}[/dim]  {escape(str(value))}"
        out.print(text, highlight=False)


def table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a titled table of equal rows; numbers to the right. Nothing where there are no rows."""
    if not rows:
        return
    grid = Table(title=title, title_justify="left", title_style="bold", box=None)
    for name, value in rows[0].items():
        grid.add_column(
            name.removeprefix("n_"), justify="right" if isinstance(value, int) else "left"
        )
    for row in rows:
        grid.add_row(*(f"{v:,}" if isinstance(v, int) else escape(str(v)) for v in row.values()))
    out.print()
    out.print(grid, highlight=False)


def findings(found: Sequence[Finding]) -> None:
    """Print what a check found, a line each, with its sign."""
    for one in found:
        wanted = f" (expected {one.expected})" if one.expected else ""
        text = f"{one.what}: {one.found}{wanted}".rstrip(".") + "."
        advice = f" [dim]{escape(one.advice)}[/dim]" if one.advice else ""
        out.print(f"{SIGNS[one.level]} {escape(text)}{advice}", highlight=False)


def counts(values: Mapping[str, int]) -> str:
    """Counts on one line.

    >>> counts({"train": 1200, "test": 3})
    'train 1,200 · test 3'
    """
    return " · ".join(f"{name} {n:,}" for name, n in values.items()) or "none"


def size(n_bytes: float) -> str:
    """Bytes for people, in powers of 1000.

    >>> size(999), size(1_500_000)
    ('999 B', '1.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} B" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


def duration(seconds: float) -> str:
    """Seconds for people.

    >>> duration(4.2), duration(75), duration(7260)
    ('4.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def progress(label: str) -> Iterator[OnProgress]:
    """Show how far a piece of work is: a bar on a terminal, a line every ten seconds elsewhere."""
    if err.is_terminal:
        yield from _bar(label)
    else:
        yield _lines(label)


def _bar(label: str) -> Iterator[OnProgress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def update(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{label} ({what})")

        yield update


def _lines(label: str) -> OnProgress:
    last = time.monotonic()

    def update(done: int, total: int, what: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES:
            last = now
            err.print(f"{label}: {done} of {total} {what}")

    return update
