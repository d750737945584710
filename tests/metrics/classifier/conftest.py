"""A learnable build, and a classifier fitted on it, made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from storybench.metrics.classifier.fitting import fit
from storybench.metrics.classifier.settings import SMALL
from tests.metrics.classifier.casts import write_cast

QUICK = replace(SMALL, epochs=8)


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of shapes; treat as read-only."""
    return write_cast(tmp_path_factory.mktemp("cast") / "shards")


@pytest.fixture(scope="session")
def fitted(cast: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small network after a few epochs on them; treat as read-only."""
    path = tmp_path_factory.mktemp("fitted") / "cast.safetensors"
    fit(cast, path, settings=QUICK)
    return path
