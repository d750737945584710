"""A build in which training never shows a disc, and a classifier that knows them all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storybench.metrics.classifier.fitting import fit
from storybench.metrics.classifier.settings import SMALL
from tests.analysis.builds import write_windows
from tests.metrics.classifier.casts import write_cast


def episodes(n: int, *, seed: int, discs: bool) -> list[list[tuple[int, ...]]]:
    """Labels of episodes of seven frames."""
    rng = np.random.default_rng(seed)
    chances = (0.5 * discs, 0.5, 0.5)
    return [[tuple(int(x) for x in rng.random(3) < chances) for _ in range(7)] for _ in range(n)]


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Discs are in test alone; treat as read-only."""
    return write_windows(
        tmp_path_factory.mktemp("shapes") / "shards",
        {"train": episodes(4, seed=1, discs=False), "test": episodes(5, seed=2, discs=True)},
    )


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier of other pictures of the same cast, fitted in seconds."""
    folder = tmp_path_factory.mktemp("judge")
    cast = write_cast(folder / "cast")
    fit(cast, folder / "cast.safetensors", settings=replace(SMALL, epochs=12))
    return folder / "cast.safetensors"
