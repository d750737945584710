"""A twin can be stopped at any moment; the same command then ends where it would have ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storydata.twin.claim import FACTS, MARKER
from storydata.twin.didemo import write_release

PATIENCE = 120.0


@pytest.mark.parametrize(
    ("number", "workers"),
    [
        (signal.SIGINT, 2),
        (signal.SIGTERM, 1),
        (signal.SIGKILL, 2),
        pytest.param(signal.SIGINT, 1, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 2, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, 1, marks=pytest.mark.slow),
    ],
)
def test_a_stopped_twin_goes_on(release, tmp_path: Path, number: signal.Signals, workers: int):
    """Ctrl-C, SIGTERM and SIGKILL: finished films are kept, and every byte is as if undisturbed."""
    raw = tmp_path / "raw"
    process = start(raw, release.facts["seed"], workers)
    wait_for_films(process, raw, count=2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0, "it was over before it could be stopped"
    assert number is signal.SIGINT or b"Traceback" not in errors, errors
    assert (raw / MARKER).exists()
    assert not (raw / FACTS).exists()
    kept = {path: path.stat().st_mtime_ns for path in (raw / "videos").glob("[!.]*")}
    assert len(kept) >= 2
    write_release(raw, stories=6, seed=release.facts["seed"], numbered=True)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert contents(raw) == contents(release.raw)


def start(raw: Path, seed: int, workers: int) -> subprocess.Popen[bytes]:
    script = (
        "from pathlib import Path; from storydata.twin.didemo import write_release; "
        f"write_release(Path({str(raw)!r}), stories=6, seed={seed}, numbered=True, "
        f"workers={workers})"
    )
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)


def wait_for_films(process: subprocess.Popen[bytes], raw: Path, *, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(list((raw / "videos").glob("[!.]*"))) < count:
        assert time.monotonic() < deadline, "no film is ever finished"
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def contents(raw: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(raw)): path.read_bytes() for path in raw.rglob("*") if path.is_file()
    }
