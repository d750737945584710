"""The rooms of the twin stand on each other in one order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import storydata.twin

ROOMS = ("drawing", "world", "film")
"""From the ground up."""

BESIDE = ("claim", "moving", "pickled", "studio", "vectors")
"""Modules that releases share; they stand on the rooms."""

RELEASES = ("didemo", "didemosv", "pororo", "flintstones")
HOME = Path(storydata.twin.__file__).parent


def imported(path: Path) -> set[str]:
    """Rooms, and modules beside them, that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts[:2] == ["storydata", "twin"]:
                found.add(parts[2])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_is_below(room: str):
    """Drawing knows no world, the world no film, and none of them a release."""
    below = set(ROOMS[: ROOMS.index(room) + 1])
    files = sorted((HOME / room).glob("*.py"))
    assert len(files) > 3
    for path in files:
        assert imported(path) <= below, path.name


@pytest.mark.parametrize("name", BESIDE)
def test_shared_modules_know_no_release(name: str):
    """What releases share stands on the rooms alone."""
    assert imported(HOME / f"{name}.py") <= {*ROOMS}


@pytest.mark.parametrize("release", RELEASES)
def test_releases_never_import_each_other(release: str):
    """A release stands on the rooms and on what is shared, and on no other release."""
    files = sorted((HOME / release).glob("*.py"))
    assert len(files) > 3
    for path in files:
        assert imported(path) <= {*ROOMS, *BESIDE, release}, path.name
