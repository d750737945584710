"""What a build would cost."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import pytest

from storydata.kit.building.build import build
from storydata.kit.building.plan import Plan
from storydata.kit.building.survey import Cost, bytes_free, estimate


def test_the_estimate_is_near_what_a_build_writes(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """Bytes within a factor of two; nothing is written."""
    recipe = toys.ToyRecipe(raw, side=64)
    before = sorted(tmp_path.rglob("*"))
    cost = estimate(recipe, recipe.plan())
    assert sorted(tmp_path.rglob("*")) == before
    build(recipe, tmp_path / "out")
    written = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert cost.n_bytes == pytest.approx(written, rel=1.0)
    assert cost.seconds > 0


def test_more_workers_take_less_time(toys: ModuleType, raw: Path) -> None:
    """The estimate is shared out among the workers."""
    recipe = toys.ToyRecipe(raw, pause=0.005)
    one, four = (estimate(recipe, recipe.plan(), workers=workers) for workers in (1, 4))
    assert four.seconds < one.seconds / 2


def test_a_plan_without_stories_costs_nothing(toys: ModuleType, raw: Path) -> None:
    """There is nothing to measure and nothing to do."""
    recipe = toys.ToyRecipe(raw)
    plan = recipe.plan()
    empty = Plan(plan.spec, (), plan.drops, 0, plan.raw_files, plan.options)
    assert estimate(recipe, empty) == Cost(n_bytes=0, seconds=0.0)


def test_free_space_is_that_of_the_nearest_folder(tmp_path: Path) -> None:
    """The folder to be written need not be there yet."""
    free = bytes_free(tmp_path / "not" / "yet")
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)
