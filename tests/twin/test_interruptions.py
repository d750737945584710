"""A twin can be stopped at any moment; the same command then ends where it would have ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from storybench import registry
from storydata.twin import didemo, flintstones, pororo
from storydata.twin.claim import FACTS, MARKER

PATIENCE = 120.0
WRITERS: dict[str, registry.Twin] = {
    "didemo": didemo.write_release,
    "pororo": pororo.write_release,
    "flintstones": flintstones.write_release,
}
PICTURES = {"didemo": "videos/[!.]*", "pororo": "*/*/*/[!.]*.png", "flintstones": "*/*/[!.]*.npy"}
"""What is drawn of each, whole or not at all."""

slow = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "number", "workers"),
    [
        ("didemo", signal.SIGINT, 2),
        ("didemo", signal.SIGTERM, 1),
        ("didemo", signal.SIGKILL, 2),
        pytest.param("didemo", signal.SIGINT, 1, marks=slow),
        pytest.param("didemo", signal.SIGTERM, 2, marks=slow),
        pytest.param("didemo", signal.SIGKILL, 1, marks=slow),
        pytest.param("pororo", signal.SIGINT, 2, marks=slow),
        pytest.param("pororo", signal.SIGKILL, 2, marks=slow),
        pytest.param("pororo", signal.SIGTERM, 1, marks=slow),
        pytest.param("flintstones", signal.SIGINT, 1, marks=slow),
        pytest.param("flintstones", signal.SIGTERM, 2, marks=slow),
        pytest.param("flintstones", signal.SIGKILL, 2, marks=slow),
    ],
)
def test_a_stopped_twin_goes_on(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, number: signal.Signals, workers: int
):
    """Ctrl-C, SIGTERM and SIGKILL: finished files are kept, and every byte is as if undisturbed."""
    whole = request.getfixturevalue("release" if name == "didemo" else name)
    inputs = {key: whole.facts[key] for key in ("stories", "seed", "numbered")}
    raw = tmp_path / "raw"
    with start(name, raw, {**inputs, "workers": workers}) as process:
        try:
            wait_for_pictures(process, raw, PICTURES[name], count=2)
            process.send_signal(number)
            _, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode != 0, "it was over before it could be stopped"
    assert number is signal.SIGINT or b"Traceback" not in errors, errors
    assert (raw / MARKER).exists()
    assert not (raw / FACTS).exists()
    kept = times_of(raw.glob(PICTURES[name]))
    assert len(kept) >= 2
    WRITERS[name](raw, **inputs)
    assert times_of(kept) == kept
    assert contents(raw) == contents(whole.raw)


def start(name: str, raw: Path, inputs: dict[str, Any]) -> subprocess.Popen[bytes]:
    script = (
        f"from pathlib import Path; from storydata.twin.{name} import write_release; "
        f"write_release(Path({str(raw)!r}), **{inputs!r})"
    )
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)


def wait_for_pictures(
    process: subprocess.Popen[bytes], raw: Path, pattern: str, *, count: int
) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(list(raw.glob(pattern))) < count:
        assert time.monotonic() < deadline, f"no picture is ever finished: {sorted(raw.rglob('*'))}"
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def times_of(paths: Iterable[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in paths}


def contents(raw: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(raw)): path.read_bytes() for path in raw.rglob("*") if path.is_file()
    }
