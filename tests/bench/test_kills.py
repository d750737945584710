"""Ten kills at random moments, then a build to the end: the same bytes, at the price of little."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storybench import registry
from storybench.files import sha256_file
from storybench.shards.verify import verify

pytestmark = pytest.mark.bench

KILLS = 10
STORIES = 300
RELEASES = {"pororo": "pororosv", "flintstones": "flintstonessv"}

BUILD = """
import sys
from pathlib import Path
from storybench import registry
name, raw, out = sys.argv[1:]
options = {"stories_per_shard": 16, "clips_per_shard": 16}
registry.load("datasets", name).build(Path(raw), Path(out), workers=2, options=options)
"""


@pytest.mark.parametrize("release", RELEASES)
def test_a_build_killed_ten_times_ends_in_the_same_bytes(tmp_path: Path, release: str) -> None:
    """SIGKILL at random moments between its start and its end; nothing half-written counts."""
    write_release: registry.Twin = registry.load("twins", release)
    write_release(tmp_path / "raw", stories=STORIES, seed=2, workers=2)
    started = time.perf_counter()
    start(release, tmp_path, "whole").wait()
    whole = time.perf_counter() - started
    generator = random.Random(release)
    n_killed = 0
    for _ in range(KILLS):
        process = start(release, tmp_path, "killed")
        time.sleep(generator.uniform(0.05, 0.3) * whole)
        n_killed += process.poll() is None
        process.kill()
        process.wait()
        (tmp_path / "killed" / "manifest.json").unlink(missing_ok=True)
    assert start(release, tmp_path, "killed").wait() == 0
    print(f"\n{release}: {n_killed} of {KILLS} kills fell into the build of {whole:.1f} s")
    assert hashes(tmp_path / "killed") == hashes(tmp_path / "whole")
    verify(tmp_path / "killed", deep=True).require()


def start(release: str, folder: Path, name: str) -> subprocess.Popen[bytes]:
    arguments = [RELEASES[release], str(folder / "raw"), str(folder / name)]
    return subprocess.Popen([sys.executable, "-c", BUILD, *arguments], stderr=subprocess.DEVNULL)


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256_file(path) for path in folder.iterdir() if path.is_file()}
