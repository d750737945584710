"""Is a row that was kept once found again, and nothing that is damaged?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from storybench.packs import Packs

KEYS = [f"{row:064x}" for row in range(3)]


def filled(folder: Path) -> Packs:
    """Three rows of codes."""
    packs = Packs(folder, width=4, dtype="<u2")
    packs.add({key: np.full(4, 60_000 + k) for k, key in enumerate(KEYS)})
    return packs


def test_rows_come_back_in_their_type(tmp_path: Path) -> None:
    """To this process once it looks again, and to every later one."""
    first = filled(tmp_path)
    assert first.find(KEYS[1]) is None
    first.refresh()
    for packs in (first, Packs(tmp_path, width=4, dtype="<u2")):
        row = packs.find(KEYS[1])
        assert row is not None
        assert (row.tolist(), row.dtype) == ([60_001] * 4, np.uint16)
        assert packs.find("f" * 64) is None


def test_a_pack_of_another_type_or_width_is_removed(tmp_path: Path) -> None:
    """Rather than read as what it is not."""
    for other in (Packs(tmp_path, width=4), Packs(tmp_path, width=5, dtype="<u2")):
        filled(tmp_path)
        other.refresh()
        assert other.find(KEYS[0]) is None
        assert not list(tmp_path.iterdir())


def test_a_pack_that_was_changed_is_removed(tmp_path: Path) -> None:
    """Its name is the hash of its bytes."""
    filled(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    packs = Packs(tmp_path, width=4, dtype="<u2")
    assert packs.find(KEYS[2]) is None
    assert not path.exists()
    filled(tmp_path)  # the same rows make a pack of the same name
    packs.refresh()
    row = packs.find(KEYS[2])
    assert row is not None
    assert row.tolist() == [60_002] * 4


def test_nothing_to_add_writes_nothing(tmp_path: Path) -> None:
    """Not even the folder."""
    Packs(tmp_path / "none", width=4).add({})
    assert not (tmp_path / "none").exists()
