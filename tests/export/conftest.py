"""Builds to export: a cartoon with clips of 128 pixels, and one whose frames have licences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loader.cartoon import Cartoon, number

ND = "http://creativecommons.org/licenses/by-nc-nd/2.0/"
BY = "http://creativecommons.org/licenses/by/2.0/"


def captions(clip: str) -> tuple[str, ...]:
    """Captions with what breaks naive formats: newline, tab, pipe, quotes, edge white space."""
    odd = {3: " Pororo says:\n\tgo! ", 4: 'Loopy | Crong, "friends"', 5: "=Crong höpft"}
    n = number(clip)
    return (f"Somebody else in {n}.", odd.get(n, f"Pororo runs in {n}."))[-1:]


def licence(clip: str) -> str | None:
    """Clip 9 allows no derivatives, clip 2 says nothing."""
    return {9: ND, 2: None}.get(number(clip), BY)


TOON = Cartoon(side=128, captions=captions)
LICENSED = Cartoon(licence=licence, episodes={"train": {"ep1": 9}, "test": {"ep2": 6}})


@pytest.fixture(scope="session")
def toon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames of 128 pixels beside clips that are strips, no licence stated; to be read only."""
    return TOON.write(tmp_path_factory.mktemp("toon") / "shards")


@pytest.fixture(scope="session")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven stories; one of them shows a frame that allows no derivatives; to be read only."""
    return LICENSED.write(tmp_path_factory.mktemp("licensed") / "shards")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Hugging Face `datasets` without a network; yields a cache folder of its own."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    yield tmp_path / "hf-cache"
    datasets.enable_progress_bars()
