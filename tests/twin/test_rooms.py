"""The rooms of the twin stand on each other in one order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import storydata.twin

ROOMS = ("drawing", "world", "film", "didemo")
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
