"""What many tests share: one toy release and the shards built from it, made once a process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from storybench import registry
from tests.pretended import gpu


@dataclass(frozen=True)
class Toy:
    """A raw DiDeMo release of the toy world, and its shards."""

    raw: Path
    shards: Path


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Files need not reach the disk itself: waiting for it took a tenth of the suite's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The toy world on disk; treat it as read-only."""
    folder = tmp_path_factory.mktemp("toy")
    made = Toy(raw=folder / "raw", shards=folder / "shards")
    registry.load("twins", "didemo")(made.raw, stories=12, seed=3)
    registry.load("datasets", "didemosv").build(
        made.raw, made.shards, options={"stories_per_shard": 8}
    )
    return made


@pytest.fixture
def pretended_gpu() -> Iterator[None]:
    """Torch has one GPU, whose numbers lie here, and which meets no tensor of the processor."""
    with gpu():
        yield


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private STORYBENCH_HOME, so that no test reads or writes the user's."""
    folder = tmp_path / "storybench-home"
    monkeypatch.setenv("STORYBENCH_HOME", str(folder))
    return folder
