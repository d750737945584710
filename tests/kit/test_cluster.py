"""Ray builds the same bytes, and outlives a worker; each run in a process and home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from storybench.errors import InputError
from storybench.files import sha256_file
from storybench.shards.verify import verify
from storydata.kit.building.build import build
from storydata.kit.building.cluster import FOLDER_PREFIX, Cluster
from storydata.kit.building.engines import engine

SCRIPT = """
import os, signal, sys
from dataclasses import dataclass
from pathlib import Path
from storybench.errors import StorybenchError
from storydata.kit.building.build import build
from toy_recipe import ToyRecipe

@dataclass(frozen=True)
class Fragile(ToyRecipe):
    flag: str = ""
    def make(self, unit):
        if self.flag and unit.payload.name == "train-04" and not Path(self.flag).exists():
            Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield from super().make(unit)

raw, out, flag, fault = sys.argv[1:]
recipe = Fragile(Path(raw), flag=flag, fault=fault, faulty="train-02" if fault else "")
try:
    result = build(recipe, Path(out), workers=2, engine_name="ray")
    print("built", result.shards_built, result.digest)
except StorybenchError as error:
    print("refused", error)
"""


def folders() -> set[Path]:
    """Where Rays of our own live."""
    places = {tempfile.gettempdir(), "/tmp"}
    return {path for place in places for path in Path(place).glob(f"{FOLDER_PREFIX}*")}


def run(raw: Path, out: Path, home: Path, *, flag: str = "", fault: str = "") -> str:
    """Build with two Ray workers; returns the line that the build ended with."""
    home.mkdir(exist_ok=True)
    before = folders()
    environment = {
        **os.environ,
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parent),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    environment.pop("RAY_ADDRESS", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(raw), str(out), flag, fault],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert folders() == before, "Ray's folder stayed behind"
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.slow
def test_ray_writes_the_same_bytes_and_survives_a_killed_worker(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """One of two workers dies in the middle of a shard; its work is done again elsewhere."""
    flag = tmp_path / "was-killed"
    said = run(raw, tmp_path / "ray", tmp_path / "h", flag=str(flag))
    assert flag.exists()
    alone = build(toys.ToyRecipe(raw), tmp_path / "alone").directory
    assert said.startswith("built 8 ")
    names = {path.name for path in alone.iterdir() if path.is_file()}
    same = {name: sha256_file(tmp_path / "ray" / name) for name in names if name.endswith(".tar")}
    assert same == {name: sha256_file(alone / name) for name in same}
    assert len(same) == 8
    verify(tmp_path / "ray", deep=True).require()
    assert not list((tmp_path / "ray").glob(".*.partial")), "a half-written shard stayed behind"


@pytest.mark.slow
def test_errors_come_back_as_they_were_raised(raw: Path, tmp_path: Path) -> None:
    """A full disk on a worker is the same sentence, and the finished shards stay."""
    said = run(raw, tmp_path / "ray", tmp_path / "h", fault="full disk")
    assert said.startswith("refused Expected room on the disk to write ")


def test_the_name_chooses_the_engine() -> None:
    """Ray is used for any number of workers, if asked for."""
    assert engine(1, "ray") == Cluster(1)
    with pytest.raises(InputError, match="pool or ray, found 'spark'"):
        engine(1, "spark")


def test_nothing_to_do_starts_nothing() -> None:
    """Without items Ray is not even imported."""
    assert list(Cluster(2).run(str, [])) == []
