"""The toy recipe, importable by worker processes under the same name."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module `toy_recipe`; worker processes inherit the path to it."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("toy_recipe")


@pytest.fixture
def raw(toys: ModuleType, tmp_path: Path) -> Path:
    """Eleven raw files, 27 stories: six train shards and two test shards of up to four."""
    episodes = {f"train-{number:02d}": 1 + number % 4 for number in range(8)}
    return toys.write_raw(tmp_path / "raw", {**episodes, "test-0": 3, "test-1": 1, "test-2": 3})
