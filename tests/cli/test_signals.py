"""Ctrl-C and SIGTERM in mid-build: one sentence, the documented code, nothing lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storybench.cli import guard
from tests.conftest import Toy


def start(raw: Path, out: Path, workers: int) -> subprocess.Popen[str]:
    """A build in a process group of its own, as a terminal starts it."""
    args = ["build-didemo", raw, out, "--workers", workers, "--stories-per-shard", 1]
    return subprocess.Popen(
        [sys.executable, "-m", "storybench", *map(str, args), "--max-drops", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def halfway(raw: Path, out: Path, workers: int, *, n_shards: int) -> subprocess.Popen[str]:
    """A build that is held still with some shards made and others not; one too fast is repeated."""
    deadline = time.monotonic() + 120
    while True:
        process = start(raw, out, workers)
        while not list((out / ".build").glob("stories-*.json")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGSTOP)
        if len(list((out / ".build").glob("stories-*.json"))) < n_shards:
            return process
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        shutil.rmtree(out)


def is_shard(name: str) -> bool:
    """Whether a file of a build is one of the tars that hold stories."""
    return name.startswith("stories-") and name.endswith(".tar")


def bytes_of(folder: Path) -> dict[str, str]:
    """Digest of every visible file."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def undisturbed(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a build gives that nobody interrupts."""
    out = tmp_path_factory.mktemp("whole") / "shards"
    process = start(toy.raw, out, workers=1)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return bytes_of(out)


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [
        (signal.SIGINT, 130, "Stopped by Ctrl-C"),
        (signal.SIGTERM, 143, "Stopped by SIGTERM"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_build_ends_cleanly_and_continues(
    toy: Toy,
    tmp_path: Path,
    undisturbed: dict[str, str],
    number: signal.Signals,
    code: int,
    sentence: str,
    workers: int,
) -> None:
    """The signal is answered with a sentence; the next run ends in the same bytes."""
    out = tmp_path / "shards"
    process = halfway(toy.raw, out, workers, n_shards=sum(map(is_shard, undisturbed)))
    os.killpg(process.pid, number)
    os.killpg(process.pid, signal.SIGCONT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert sentence in errors
    assert "Traceback" not in errors
    assert not (out / "manifest.json").exists()
    assert not list(out.rglob("*.partial"))
    receipts = (out / ".build").glob("stories-*.tar.json")
    shards = [out / path.name.removesuffix(".json") for path in receipts]
    kept = {shard.name: shard.stat().st_mtime_ns for shard in shards}
    assert kept
    again = start(toy.raw, out, workers)
    _, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors
    assert bytes_of(out) == undisturbed
    assert all((out / name).stat().st_mtime_ns == mtime for name, mtime in kept.items())


INTERRUPTED_IN_CODE_FROM_TEXT = """
import signal
import typer
from storybench.cli import guard

app = typer.Typer()

@app.command()
@guard.guarded
def command():
    exec("import signal; signal.raise_signal(signal.SIGINT)")

signal.signal(signal.SIGINT, signal.default_int_handler)
guard.install()
app()
"""


def test_ctrl_c_in_code_from_text_has_its_exit_code_too(tmp_path: Path) -> None:
    """A `dataclass` being made is such code; Python 3.11 would end by the signal instead."""
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED_IN_CODE_FROM_TEXT + "\n")
    run = [sys.executable, "-m", script.stem]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert "Stopped by Ctrl-C" in ended.stderr
    assert ended.returncode == guard.INTERRUPTED
