"""One world for all tests of the doctor."""

from __future__ import annotations

import pytest

from tests.predictions.doctor.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """About a hundred test stories; treat it as read-only."""
    return make_world(tmp_path_factory.mktemp("world"), stories=400)


@pytest.fixture(scope="session")
def large_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """About 390 test stories, and enough to learn from; treat it as read-only."""
    return make_world(tmp_path_factory.mktemp("large"), stories=1500)
