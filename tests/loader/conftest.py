"""One small build with clips for all tests of the loader, made once a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loader.cartoon import Cartoon


@pytest.fixture(scope="session")
def toon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stories beside clips that are strips; to be read only."""
    return Cartoon().write(tmp_path_factory.mktemp("toon") / "shards")


@pytest.fixture(scope="session")
def toon_arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stories beside clips that are arrays; to be read only."""
    return Cartoon(suffix="npy").write(tmp_path_factory.mktemp("toon") / "shards")
