"""Memory of a build: the same for ten times the stories."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.toy_recipe import write_raw

pytestmark = pytest.mark.bench

KIT_TESTS = Path(__file__).parent.parent / "kit"
STORIES_PER_FILE = 10
SMALL, LARGE = 300, 3000
LIMIT_MB = 600

SCRIPT = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from storydata.kit.build import build
from toy_recipe import ToyRecipe
recipe = ToyRecipe(Path(sys.argv[2]), side=128, stories_per_shard=64)
build(recipe, Path(sys.argv[3]), workers=int(sys.argv[4]))
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_memory_does_not_grow_with_the_stories(tmp_path: Path, workers: int) -> None:
    """Ten times the stories take less than 1.2 times the peak, and no process over 600 MB."""
    small = _peaks(tmp_path / "small", n_stories=SMALL, workers=workers)
    large = _peaks(tmp_path / "large", n_stories=LARGE, workers=workers)
    ratio = max(b / a for a, b in zip(small, large, strict=True) if a)
    print(
        f"\nbuild, {workers} worker{'s' * (workers > 1)}, {LARGE:,} stories for {SMALL}      "
        f"{ratio:.2f} times the peak (less than 1.20), {max(large):.0f} MB (less than {LIMIT_MB})"
    )
    assert ratio < 1.2
    assert max(large) < LIMIT_MB


def _peaks(folder: Path, *, n_stories: int, workers: int) -> list[float]:
    """Peak memory in MB of the building process and of its largest worker (0 without workers).

    A shell stands between, since Linux counts the memory of the process that starts another towards
    the peak of the one started, and this one is large.
    """
    names = [f"train-{number:05d}" for number in range(n_stories // STORIES_PER_FILE)]
    raw = write_raw(folder / "raw", dict.fromkeys(names, STORIES_PER_FILE))
    arguments = [str(KIT_TESTS), str(raw), str(folder / "out"), str(workers)]
    command = [sys.executable, "-c", SCRIPT, *arguments]
    between = ["sh", "-c", '"$@"; exit "$?"', "sh"]
    done = subprocess.run([*between, *command], check=True, stdout=subprocess.PIPE)
    return [int(line) / 1024 for line in done.stdout.split()]
