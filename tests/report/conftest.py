from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.evaluations import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Twelve stories in six episodes."""
    return make_world(tmp_path)
