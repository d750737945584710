"""Zips as people make them, and as an attacker would."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

NAMES = ("video_frames_sampled/a.npy", "video_frames_sampled/b.npy", "notes/é.txt")
DATA = {name: random.Random(name).randbytes(700) + b"x" * 5_000 for name in NAMES}

CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def made(path: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A sound zip, with a folder and an empty file in it."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("video_frames_sampled/"), b"")
        for name, data in DATA.items():
            archive.writestr(name, data)
        archive.writestr("empty.txt", b"")
    return path


def named(path: Path, *names: str, change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    """A zip whose members have these names, and whatever else is changed about them."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo("x" * len(name))
            info.filename = name
            if change:
                change(info)
            archive.writestr(info, b"data")
    return path


def patched(path: Path, where: bytes, at: int, value: bytes) -> Path:
    """A zip with bytes changed, counted from the first place of a signature."""
    data = bytearray(path.read_bytes())
    start = data.index(where) + at
    data[start : start + len(value)] = value
    path.write_bytes(data)
    return path
