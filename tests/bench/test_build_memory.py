"""Memory of a build: the same for ten times the stories."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from tests.didemosv.releases import record, write_annotations
from tests.kit.painted import write_video
from tests.kit.toy_recipe import write_raw

pytestmark = pytest.mark.bench

KIT_TESTS = Path(__file__).parent.parent / "kit"
STORIES_PER_FILE = 10
SMALL, LARGE = 300, 3000
FEW, MANY = 8, 80
LIMIT_MB = 600

PICTURES = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from storydata.kit.building.build import build
from toy_recipe import ToyRecipe
recipe = ToyRecipe(Path(sys.argv[2]), side=128, stories_per_shard=64)
build(recipe, Path(sys.argv[3]), workers=int(sys.argv[4]))
"""
VIDEOS = """
import resource, sys
from pathlib import Path
from storydata.didemosv import DATASET
raw, out, workers = Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
DATASET.build(raw, out, workers=workers, options={"stories_per_shard": 16})
"""
PEAKS = """
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_memory_does_not_grow_with_the_stories(tmp_path: Path, workers: int) -> None:
    """Ten times the stories take less than 1.2 times the peak, and no process over 600 MB."""
    small = _peaks(PICTURES, _write_lines(tmp_path / "small", SMALL), workers=workers)
    large = _peaks(PICTURES, _write_lines(tmp_path / "large", LARGE), workers=workers)
    _compare(
        small, large, f"build, {workers} worker{'s' * (workers > 1)}, {LARGE:,} stories for {SMALL}"
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_memory_does_not_grow_with_the_videos(tmp_path: Path, workers: int) -> None:
    """The same where every story is decoded from a video, by the whole recipe of a dataset."""
    film = _write_film(tmp_path / "film.mp4")
    small = _peaks(VIDEOS, _link_videos(tmp_path / "small", film, FEW), workers=workers)
    large = _peaks(VIDEOS, _link_videos(tmp_path / "large", film, MANY), workers=workers)
    _compare(
        small, large, f"decoding, {workers} worker{'s' * (workers > 1)}, {MANY} videos for {FEW}"
    )


def _compare(small: list[float], large: list[float], what: str) -> None:
    ratio = max(b / a for a, b in zip(small, large, strict=True) if a)
    print(
        f"\n{what:<41} {ratio:.2f} times the peak (less than 1.20), "
        f"{max(large):.0f} MB (less than {LIMIT_MB})"
    )
    assert ratio < 1.2
    assert max(large) < LIMIT_MB


def _write_lines(folder: Path, n_stories: int) -> Path:
    """The raw folder of the toy recipe."""
    names = [f"train-{number:05d}" for number in range(n_stories // STORIES_PER_FILE)]
    return write_raw(folder / "raw", dict.fromkeys(names, STORIES_PER_FILE))


def _write_film(path: Path) -> Path:
    """Thirty seconds of moving patterns, 480 x 360."""
    options = {"g": "100", "bf": "3", "preset": "veryfast"}
    return write_video(path, range(300), unit=Fraction(1, 10), size=(480, 360), options=options)


def _link_videos(folder: Path, film: Path, n_videos: int) -> Path:
    """A DiDeMo release whose videos are all the same film; each makes four stories."""
    names = [f"o@N0_{number}_aa.mp4" for number in range(n_videos)]
    (folder / "raw" / "videos").mkdir(parents=True)
    for name in names:
        (folder / "raw" / "videos" / name).symlink_to(film)
    records = [
        record(10 * number + k, name, f"thing {k}", (k, k))
        for number, name in enumerate(names)
        for k in range(6)
    ]
    write_annotations(folder / "raw", "train", records)
    return folder / "raw"


def _peaks(script: str, raw: Path, *, workers: int) -> list[float]:
    """Peak memory in MB of the building process and of its largest worker (0 without workers).

    A shell stands between, since Linux counts the memory of the process that starts another towards
    the peak of the one started, and this one is large.
    """
    arguments = [str(KIT_TESTS), str(raw), str(raw.with_name("out")), str(workers)]
    command = [sys.executable, "-c", script + PEAKS, *arguments]
    between = ["sh", "-c", '"$@"; exit "$?"', "sh"]
    done = subprocess.run([*between, *command], check=True, stdout=subprocess.PIPE)
    return [int(line) / 1024 for line in done.stdout.split()]
