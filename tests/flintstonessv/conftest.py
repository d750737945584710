"""One small release."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flintstonessv.releases import write_release


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The release of the recipe for fixtures: 22 clips, 10 stories, nothing wrong with it."""
    return write_release(tmp_path / "raw")
