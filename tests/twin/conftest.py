from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storybench.files import read_json
from storydata.twin.didemo import write_release
from storydata.twin.flintstones import write_release as write_flintstones
from storydata.twin.pororo import write_release as write_pororo

SEED = 3


@dataclass(frozen=True)
class Release:
    """A tiny numbered release on disk, read back."""

    raw: Path
    facts: dict[str, Any]
    records: dict[str, list[dict[str, Any]]]
    counts: dict[str, int]

    @property
    def videos(self) -> dict[str, dict[str, Any]]:
        return self.facts["videos"]

    def where(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The facts of the first video that fits."""
        return next(video for video in self.videos.values() if wanted(video))

    def path(self, video: dict[str, Any]) -> Path:
        return self.raw / video["file"]


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Six stories, numbered, written by two processes."""
    raw = tmp_path_factory.mktemp("twin") / "didemo"
    counts = write_release(raw, stories=6, seed=SEED, numbered=True, workers=2)
    records = {split: read_json(raw / f"{split}_data.json") for split in ("train", "val", "test")}
    return Release(raw, read_json(raw / "twin.json"), records, dict(counts))


@dataclass(frozen=True)
class ClipRelease:
    """A tiny release of clips on disk, read back."""

    raw: Path
    facts: dict[str, Any]
    counts: dict[str, int]

    @property
    def clips(self) -> dict[str, dict[str, Any]]:
        return self.facts["clips"]


@pytest.fixture(scope="session")
def pororo(tmp_path_factory: pytest.TempPathFactory) -> ClipRelease:
    """Six stories of PororoSV, written by two processes."""
    raw = tmp_path_factory.mktemp("twin") / "pororo"
    counts = write_pororo(raw, stories=6, seed=SEED, workers=2)
    return ClipRelease(raw, read_json(raw / "twin.json"), dict(counts))


@pytest.fixture(scope="session")
def flintstones(tmp_path_factory: pytest.TempPathFactory) -> ClipRelease:
    """Six stories of FlintstonesSV."""
    raw = tmp_path_factory.mktemp("twin") / "flintstones"
    counts = write_flintstones(raw, stories=6, seed=SEED)
    return ClipRelease(raw, read_json(raw / "twin.json"), dict(counts))
