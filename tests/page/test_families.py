"""Families of metrics: their names, their scales and their order."""

from __future__ import annotations

from storybench.metrics.confusion import FAMILY as CHARACTERS
from storybench.metrics.consistency import BOUNDS as CONSISTENCY
from storybench.page.families import FAMILIES, family, order


def test_kid_is_shown_times_a_thousand():
    """KID is stored raw and shown times 1000; the extrapolated FID is never ranked."""
    assert family("kid.clean299.targets.v1").scale == 1000
    assert not family("fid_inf.clean299.targets.v1").is_ranked


def test_families_come_in_a_fixed_order():
    """FID first, then KID, then the character family, unknown metrics last by name."""
    ids = ["zebra.v1", "charf1.x.v1", "kid.x.v1", "apple.v1", "fid.x.v1"]
    assert sorted(ids, key=order) == ["fid.x.v1", "kid.x.v1", "charf1.x.v1", "apple.v1", "zebra.v1"]


def test_every_number_of_the_families_has_a_name():
    """No number of ours is shown under the first part of its id."""
    assert {*CHARACTERS, *CONSISTENCY} <= FAMILIES.keys()
    assert {f"dino_{name}" for name in CONSISTENCY} <= FAMILIES.keys()


def test_what_a_frozen_or_copied_picture_wins_is_never_ranked():
    """Consistency and the copy radar are diagnostics."""
    found = [name for name in FAMILIES if "consistency" in name or "cop" in name]
    assert len(found) > 8
    assert not any(FAMILIES[name].is_ranked for name in found)
