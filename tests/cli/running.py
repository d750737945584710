"""Run the command line: in this process, which takes milliseconds, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from storybench.cli import app, console, guard

COLUMNS = "200"
TIMEOUT = 300


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def storybench(*args: str | Path, **environment: str) -> Done:
    """Run a command in this process, which is left as it was."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"COLUMNS": COLUMNS, **environment}),
        mock.patch.object(sys, "argv", ["storybench", *map(str, args)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _left_as_it_was(),
    ):
        try:
            app.run()
        except SystemExit as end:
            code = end.code
        else:
            code = 0
    assert code is None or isinstance(code, int)
    return Done(code or 0, out.getvalue(), err.getvalue())


def apart(*args: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "storybench", *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": COLUMNS, **environment},
        timeout=TIMEOUT,
    )


@contextlib.contextmanager
def _left_as_it_was():
    """What the command line sets for the rest of a process goes back."""
    handlers = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    hook = sys.excepthook
    widths = [(one, one._width) for one in (console.out, console.err)]
    for one, _ in widths:
        one.width = int(os.environ["COLUMNS"])
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        sys.excepthook = hook
        guard.set_verbosity(0)
        for one, width in widths:
            one._width, one.quiet = width, False
