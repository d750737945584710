"""What a build costs beside the work that nobody can save: reading, decoding, encoding, writing.

Two releases of the real size, 16,066 strips and 25,184 arrays, of pictures drawn like those of the
twin at three quarters of their side, so that the cost of everything else shows. The bare loop
writes the same members of the same tars, but it is told every name and position beforehand, hashes
nothing, checks nothing, and could not go on if it were stopped. All speeds are ratios measured in
one run.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from storybench.shards.clip_format import parse_clip
from storybench.shards.clip_index import CLIP_INDEX_NAME, clip_rows, read_clip_index
from storybench.shards.format import parse_story
from storybench.shards.index import INDEX_NAME, index_rows, read_index
from storybench.shards.members import Member, ShardPool
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storybench.types import Image
from storydata.twin.flintstones.release import write_quick_release as write_arrays
from storydata.twin.moving import Borrowed
from storydata.twin.pororo.release import write_quick_release as write_strips

pytestmark = pytest.mark.bench

SIDE = 96
RELEASES = {"pororosv": (write_strips, 15_334), "flintstonessv": (write_arrays, 24_512)}
"""How each release is written, and its published number of stories."""

ROUNDS = 2
WORST_RATIO = 1.5
LEAST_SPEEDUP = 1.7
WORST_GROWTH = 1.2

BUILD = """
import resource, sys
from pathlib import Path
from storybench import registry
name, raw, out, workers = sys.argv[1:]
part = registry.load("datasets", name)
part.build(Path(raw), Path(out), workers=int(workers), options={})
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss)
"""


@dataclass(frozen=True)
class Build:
    """Seconds of a whole build from nothing, and the peak in MB of its largest process."""

    seconds: float
    peak: float


@dataclass(frozen=True)
class Release:
    """A folder with `raw` and finished `shards`, and the builds by one worker and by two."""

    name: str
    folder: Path
    one: tuple[Build, ...]
    two: tuple[Build, ...]


@pytest.fixture(scope="module", params=RELEASES)
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release, built by one worker and by two in turn."""
    write, n_stories = RELEASES[request.param]
    folder = tmp_path_factory.mktemp("speed") / request.param
    write(folder / "raw", stories=n_stories, paint=Borrowed(SIDE))
    pairs = [
        (build(folder, "shards", workers=1), build(folder, "shards", workers=2))
        for _ in range(ROUNDS)
    ]
    return Release(request.param, folder, *zip(*pairs, strict=True))


def test_a_build_costs_little_more_than_its_pictures(release: Release) -> None:
    """At most one and a half times the bare loop, with one worker."""
    took = min(build.seconds for build in release.one)
    bare = min(bare_loop(release.folder) for _ in range(ROUNDS))
    n_stories = len(Stories(release.folder / "shards"))
    report(release, "build against a bare loop", took / bare, f"at most {WORST_RATIO}")
    print(f"  {n_stories:,} stories in {took:.1f} s, {1000 * took / n_stories:.2f} ms a story")
    assert took / bare <= WORST_RATIO


def test_two_workers_are_nearly_twice_as_fast(release: Release) -> None:
    """At least 1.7 times one worker."""
    one, two = (min(build.seconds for build in builds) for builds in (release.one, release.two))
    report(release, "two workers against one", one / two, f"at least {LEAST_SPEEDUP}")
    assert one / two >= LEAST_SPEEDUP


def test_memory_is_flat(release: Release, tmp_path: Path) -> None:
    """Ten times the stories take less than 1.2 times the memory, of the largest process."""
    write, n_stories = RELEASES[release.name]
    small = tmp_path / release.name
    write(small / "raw", stories=n_stories // 10, paint=Borrowed(SIDE))
    for workers, builds in ((1, release.one), (2, release.two)):
        few = build(small, "shards", workers=workers).peak
        many = max(build.peak for build in builds)
        what = f"memory of ten times the stories, {workers} worker{'s' * (workers > 1)}"
        report(release, what, many / few, f"less than {WORST_GROWTH}")
        print(f"  {many:.0f} MB at most")
        assert many / few < WORST_GROWTH


def test_verify_is_as_fast_as_a_checksum(release: Release) -> None:
    """At least 0.9 times the speed of `sha256sum` over the same files."""
    shards = release.folder / "shards"
    files = sorted(str(path) for path in shards.iterdir() if path.is_file())
    pairs = []
    for _ in range(5):
        plain = timed(lambda: subprocess.run(["sha256sum", *files], stdout=subprocess.DEVNULL))
        pairs.append((plain, timed(lambda: verify(shards).require())))
    plain, ours = (min(times) for times in zip(*pairs, strict=True))
    report(release, "verify against sha256sum", plain / ours, "at least 0.9")
    assert plain / ours >= 0.9


def build(folder: Path, name: str, *, workers: int) -> Build:
    """A whole build from nothing, in a process of its own.

    A shell stands between, since Linux counts the memory of a process towards the peak of one that
    it starts.
    """
    out = folder / name
    shutil.rmtree(out, ignore_errors=True)
    arguments = [folder.name, str(folder / "raw"), str(out), str(workers)]
    command = ["sh", "-c", '"$@"; exit "$?"', "sh", sys.executable, "-c", BUILD, *arguments]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    took = time.perf_counter() - started
    return Build(took, max(int(line) for line in done.stdout.split()) / 1024)


def bare_loop(release: Path) -> float:
    """Seconds of reading, decoding, encoding and writing the same members, in one process."""
    shards, out = release / "shards", release / "bare"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    members = {**story_members(release), **clip_members(release)}
    started = time.perf_counter()
    for shard, contents in members.items():
        draw = lru_cache(maxsize=None)(encoded)
        with (out / shard).open("wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            for name, content in contents:
                data = content if isinstance(content, bytes) else draw(*content)
                header = tarfile.TarInfo(name)
                header.size = len(data)
                tar.addfile(header, io.BytesIO(data))
    took = time.perf_counter() - started
    for shard in members:
        assert (out / shard).stat().st_size == (shards / shard).stat().st_size
    return took


Contents = list[tuple[str, bytes | tuple[Path, int | None]]]
"""Members of a tar by name: bytes that are there, or a raw file and the frame of it (None: all)."""


def story_members(release: Path) -> dict[str, Contents]:
    """What stands in each shard of stories; the JSON ready, the pictures yet to be drawn."""
    pool = ShardPool(release / "shards")
    found: dict[str, Contents] = {}
    for row in index_rows(read_index(release / "shards" / INDEX_NAME)):
        places = zip(row.names, row.offsets, row.sizes, row.crcs, strict=True)
        (text,) = pool.read(row.shard, [Member(*list(places)[-1])])
        frames = parse_story(text, name=row.key).frames
        pictures = [(f.file, (raw_file(release, f.origin.file), f.origin.index)) for f in frames]
        found.setdefault(row.shard, []).extend([*pictures, (row.names[-1], text)])
    return found


def clip_members(release: Path) -> dict[str, Contents]:
    """What stands in each shard of clips."""
    pool = ShardPool(release / "shards")
    found: dict[str, Contents] = {}
    for row in clip_rows(read_clip_index(release / "shards" / CLIP_INDEX_NAME)):
        places = zip(row.names, row.offsets, row.sizes, row.crcs, strict=True)
        (text,) = pool.read(row.shard, [Member(*list(places)[-1])])
        raw = raw_file(release, parse_clip(text, name=row.key).origin.file)
        found.setdefault(row.shard, []).extend([(row.names[0], (raw, None)), (row.names[-1], text)])
    return found


def raw_file(release: Path, name: str) -> Path:
    """Where a raw file lies: names are relative to the root of the release, wherever that is."""
    roots = (release / "raw", *(release / "raw").iterdir())
    return next(root / name for root in roots if (root / name).is_file())


def encoded(path: Path, k: int | None) -> bytes:
    """A raw file as it is, or one frame of it as the same PNG."""
    data = path.read_bytes()
    if k is None:
        return data
    buffer = io.BytesIO()
    PIL.Image.fromarray(frame(data, k)).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def frame(data: bytes, k: int) -> Image:
    """One frame of a strip or an array, without a look at anything else."""
    if data.startswith(b"\x93NUMPY"):
        return np.load(io.BytesIO(data))[k]
    strip = np.asarray(PIL.Image.open(io.BytesIO(data)).convert("RGB"))
    side = strip.shape[1]
    return strip[k * side : (k + 1) * side]


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(release: Release, what: str, ratio: float, wanted: str) -> None:
    print(f"\n{release.name:<14} {what:<46} {ratio:.2f} ({wanted})")
