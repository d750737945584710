"""A recipe of a few lines: every raw text file becomes as many tiny stories as it has lines.

It stands in a module of its own, found under its bare name, because worker processes must import
it: `tests` is not a package, and other distributions install one of that name.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from storybench.errors import RawDataError
from storybench.images import encode_png
from storybench.shards.format import FrameRecord, StoryRecord
from storybench.types import Origin, StorySpec
from storydata.kit.building.build import build
from storydata.kit.building.plan import Plan, Unit, pack
from storydata.kit.drops import Drop
from storydata.kit.raw import RawFile

BROKEN = "broken"


@dataclass(frozen=True)
class Episode:
    """What one raw file is to become."""

    name: str
    position: int


@dataclass(frozen=True)
class ToyRecipe:
    """Raw folder, one option that shows in the pixels, and ways to go wrong at one episode."""

    raw: Path
    shade: int = 0
    side: int = 8
    stories_per_shard: int = 4
    pause: float = 0.0
    fault: str = ""
    faulty: str = ""
    name: str = "toy-rebuilt"

    def plan(self) -> Plan:
        """One unit a file; the first letter of its name is its split's."""
        shards = []
        for split in ("train", "test"):
            files = sorted(self.raw.glob(f"{split}-*.txt"))
            units = _units(files, split)
            shards += pack(units, split, stories_per_shard=self.stories_per_shard)
        return Plan(
            spec=StorySpec(self.name, "1", 1, licence="CC0-1.0", citation="@misc{toy}"),
            shards=tuple(shards),
            drops=(Drop("absent", "file", "train", "file missing", "no absent.txt"),),
            n_planned=sum(unit.n_stories for shard in shards for unit in shard.units),
            raw_files=(),
            options={"shade": self.shade, "side": self.side},
        )

    def make(self, unit: Unit) -> Iterator[StoryRecord | Drop]:
        """Flat pictures whose grey is the line's length; a line that is lost is a dropped story."""
        self._go_wrong(unit)
        lines = unit.files[0].path.read_text().splitlines()
        for number in range(unit.n_stories):
            time.sleep(self.pause)
            key = f"{unit.payload.name}-{number}"
            if number >= len(lines):
                yield Drop(key, "story", unit.split, "line lost", f"line {number} is not there")
                continue
            line = lines[number]
            if line == BROKEN:
                yield Drop(key, "story", unit.split, "line broken", f"line {number} is broken")
                continue
            yield StoryRecord(
                key=key,
                split=unit.split,
                cluster=unit.payload.name,
                position=unit.payload.position + number,
                frames=tuple(self._frame(unit, line, k) for k in range(2)),
            )

    def _frame(self, unit: Unit, line: str, k: int) -> FrameRecord:
        image = np.full((self.side, self.side, 3), (self.shade + len(line) + k) % 256, np.uint8)
        image[:: 2 + k] += 40
        origin = Origin(unit.files[0].name, unit.payload.name, index=k)
        licence = "CC-BY" if k else None
        return FrameRecord(encode_png(image), "png", (line,), origin, licence=licence)

    def _go_wrong(self, unit: Unit) -> None:
        if unit.payload.name != self.faulty:
            return
        if self.fault == "full disk":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.fault == "bug":
            raise ZeroDivisionError("a bug of the recipe")
        if self.fault == "bad data":
            raise RawDataError("Expected a toy, found none.")
        if self.fault == "killed":
            os.kill(os.getpid(), signal.SIGKILL)


def write_raw(raw: Path, episodes: dict[str, int]) -> Path:
    """Raw files with that many lines each, named `<split>-<number>`."""
    raw.mkdir(parents=True, exist_ok=True)
    for name, n_lines in episodes.items():
        lines = [f"{name} line {number} {'x' * number}" for number in range(n_lines)]
        (raw / f"{name}.txt").write_text("\n".join(lines))
    return raw


def _units(paths: Sequence[Path], split: str) -> list[Unit]:
    units = []
    position = 0
    for path in paths:
        n_stories = len(path.read_text().splitlines())
        file = RawFile(path.name, str(path))
        units.append(Unit(split, (file,), Episode(path.stem, position), n_stories))
        position += n_stories
    return units


def main(raw: str, out: str, workers: str, pause: str) -> None:
    """Build in a process of its own, to be interrupted."""
    build(ToyRecipe(Path(raw), pause=float(pause)), Path(out), workers=int(workers))


if __name__ == "__main__":
    main(*sys.argv[1:])
