"""Small releases of the toy world with their sentence vectors, and builds of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from storybench import registry


@dataclass(frozen=True)
class Made:
    """A raw release, and the shards built from it."""

    raw: Path
    shards: Path


def made(folder: Path, twin: str, dataset: str, **options: object) -> Made:
    """Write a release and build it."""
    release = Made(folder / "raw", folder / "shards")
    registry.load("twins", twin)(release.raw, stories=14, seed=3)
    registry.load("datasets", dataset).build(release.raw, release.shards, options=options)
    return release


@pytest.fixture(scope="session")
def pororo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Clips with several captions."""
    return made(tmp_path_factory.mktemp("pororo"), "pororo", "pororosv")


@pytest.fixture(scope="session")
def flintstones(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An array, and rows of it."""
    return made(tmp_path_factory.mktemp("flintstones"), "flintstones", "flintstonessv")


@pytest.fixture(scope="session")
def didemosv(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Frames by path."""
    return made(tmp_path_factory.mktemp("didemosv"), "didemosv", "didemosv")
