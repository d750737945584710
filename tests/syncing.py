"""What could a power cut take out of a folder that was renamed?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def lost_by_power_cuts(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Fills up with files that are not on the disk when a folder above is renamed.

    One is if its content was synced and, after that, the folder that it stands in.
    """
    synced: list[int] = []
    lost: list[Path] = []
    fsync, rename = os.fsync, Path.rename

    def is_safe(path: Path) -> bool:
        own, parent = path.stat().st_ino, path.parent.stat().st_ino
        return own in synced and parent in synced[synced.index(own) :]

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    def looked_at(path: Path, target: Path) -> Path:
        lost.extend(file for file in path.rglob("*") if not file.is_dir() and not is_safe(file))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "rename", looked_at)
    return lost
