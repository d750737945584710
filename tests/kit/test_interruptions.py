"""A build can be stopped at any moment; the same command then ends where it would have ended."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from storydata.kit.building.build import build

HERE = Path(__file__).parent
PATIENCE = 60.0
PAUSE = 0.03


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)]
)
def test_a_stopped_build_cleans_up_and_goes_on(
    toys: ModuleType, raw: Path, tmp_path: Path, number: signal.Signals, code: int, workers: int
) -> None:
    """Ctrl-C and SIGTERM leave whole shards only, no process, and no manifest; then it goes on."""
    process = _start(raw, tmp_path / "out", workers=workers)
    _wait_for_shards(process, tmp_path / "out", count=2)
    children = _children(process.pid)
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, errors
    assert number is signal.SIGINT or b"Traceback" not in errors, errors
    _wait_until_gone(children)
    assert not list((tmp_path / "out").rglob("*.partial"))
    assert not (tmp_path / "out" / "manifest.json").exists()
    result = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert result.shards_kept >= 2
    build(toys.ToyRecipe(raw), tmp_path / "whole")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "whole")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_build_goes_on(toys: ModuleType, raw: Path, tmp_path: Path, workers: int) -> None:
    """SIGKILL at a few moments, the same command each time, the same bytes at the end."""
    _kill_and_compare(toys, raw, tmp_path, workers=workers, kills=2)


@pytest.mark.slow
def test_a_build_killed_many_times_goes_on(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """The same for ten kills in a row of one build."""
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        _kill_and_compare(toys, raw, folder, workers=workers, kills=10)


def test_workers_do_not_outlive_a_killed_build(raw: Path, tmp_path: Path) -> None:
    """When the building process is gone, its workers leave by themselves."""
    process = _start(raw, tmp_path / "out", workers=2)
    _wait_for_shards(process, tmp_path / "out", count=1)
    children = _children(process.pid)
    assert len(children) >= 2
    process.kill()
    process.communicate(timeout=PATIENCE)
    _wait_until_gone(children)


def _kill_and_compare(
    toys: ModuleType, raw: Path, folder: Path, *, workers: int, kills: int
) -> None:
    generator = random.Random(workers)
    for kill in range(kills):
        process = _start(raw, folder / "out", workers=workers)
        _wait_for_shards(process, folder / "out", count=min(kill + 1, 5))
        time.sleep(generator.uniform(0, 3 * PAUSE))
        process.kill()
        process.communicate(timeout=PATIENCE)
    build(toys.ToyRecipe(raw), folder / "out", workers=workers)
    build(toys.ToyRecipe(raw), folder / "whole")
    assert _bytes(folder / "out") == _bytes(folder / "whole")


def _start(raw: Path, out: Path, *, workers: int) -> subprocess.Popen[bytes]:
    script = f"import sys; sys.path.insert(0, {str(HERE)!r}); import toy_recipe; toy_recipe.main("
    script += f"{str(raw)!r}, {str(out)!r}, {workers}, {PAUSE})"
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)


def _wait_for_shards(process: subprocess.Popen[bytes], out: Path, *, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(list((out / ".build").glob("*.tar.json"))) < count:
        assert time.monotonic() < deadline, "the build does not get on"
        assert process.poll() is None, f"the build ended by itself: {process.communicate()[1]!r}"
        time.sleep(0.005)


def _children(pid: int) -> list[int]:
    """Processes that a process started; found in /proc, so on Linux only."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc/self/stat")
    others = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [other for other in others if _status(other)[1:2] == [str(pid)]]


def _is_alive(pid: int) -> bool:
    return _status(pid)[:1] not in ([], ["Z"])


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(_is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a process outlived its build"
        time.sleep(0.02)


def _status(pid: int) -> list[str]:
    """State, parent and what follows in /proc; nothing for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _bytes(directory: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file()}
