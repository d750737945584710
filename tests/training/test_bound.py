"""How much memory does a container leave?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from storymodels.training import memory
from storymodels.training.bound import BOUNDS, Bound


def bound_in(folder: Path, *, limit: str, used: str, parts: str | None = None) -> Bound:
    """Files as a container of the second version has them."""
    bound = Bound(folder / "max", folder / "current", folder / "stat", copies="inactive_file")
    bound.limit.write_text(f"{limit}\n")
    bound.used.write_text(f"{used}\n")
    if parts is not None:
        bound.parts.write_text(parts)
    return bound


def test_the_bound_of_a_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than the machine's memory, or no bound at all."""
    bound = bound_in(tmp_path, limit="3000", used="1000")
    monkeypatch.setattr(memory, "BOUNDS", (bound,))
    assert memory.free(torch.device("cpu")) == 2000
    bound.limit.write_text("max\n")
    assert (memory.free(torch.device("cpu")) or 10**9) > 10**6


def test_copies_of_files_make_way(tmp_path: Path) -> None:
    """What a container has read from disk counts as used, but is given up for what needs room."""
    parts = "anon 100\ninactive_file 700\nactive_file 200\n"
    assert bound_in(tmp_path, limit="3000", used="1000", parts=parts).left() == 2700
    parts = "inactive_file 1\ntotal_inactive_file 700\n"
    bound = bound_in(tmp_path, limit="3000", used="1000", parts=parts)
    assert replace(bound, copies="total_inactive_file").left() == 2700
    assert replace(bound, copies="others").left() == 2000


def test_each_version_of_control_groups_has_its_name_for_them() -> None:
    """That of the first adds what is below a group, as its limit does."""
    assert [bound.copies for bound in BOUNDS] == ["inactive_file", "total_inactive_file"]
    for bound in BOUNDS:
        assert bound.limit.parent == bound.used.parent == bound.parts.parent
