"""Is every item seen once an epoch, whoever shares the work, and does each weigh the same?"""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from storybench.errors import InputError
from storymodels.training.plan import Plan
from storymodels.training.recipe import Recipe


def weights(n_items: int, recipe: Recipe, *, world: int, step: int) -> dict[int, float]:
    """What each item weighs in the gradient of a step, all processes averaged."""
    found: dict[int, float] = defaultdict(float)
    for rank in range(world):
        for part in Plan(n_items, recipe, rank=rank, world=world).parts(step):
            for item in part.items:
                found[item] += part.weight / len(part.items) / world
    return found


@pytest.mark.parametrize("world", [1, 2, 3, 5])
@pytest.mark.parametrize(("batch", "accumulate"), [(1, 4), (2, 2), (3, 1), (4, 3)])
def test_every_item_weighs_the_same_in_its_step(world: int, batch: int, accumulate: int) -> None:
    """One over the items of the step, in the short last one too; each item is in one step."""
    recipe = Recipe(batch=batch, accumulate=accumulate, n_epochs=2)
    plan = Plan(10, recipe)
    seen: Counter[int] = Counter()
    for step in range(plan.n_steps_per_epoch):
        found = {item: w for item, w in weights(10, recipe, world=world, step=step).items() if w}
        assert list(found.values()) == pytest.approx([1 / len(found)] * len(found))
        seen.update(found.keys())
    assert seen == Counter(range(10))


@pytest.mark.parametrize("world", [2, 3, 7])
def test_processes_take_turns_together(world: int) -> None:
    """All have as many parts, with something in each, or one would wait for another."""
    recipe = Recipe(batch=2, accumulate=2)
    plans = [Plan(5, recipe, rank=rank, world=world) for rank in range(world)]
    for step in range(plans[0].n_steps):
        parts = [plan.parts(step) for plan in plans]
        assert len({len(of) for of in parts}) == 1
        assert all(part.items for of in parts for part in of)


def test_epochs_have_orders_of_their_own() -> None:
    """Shuffled anew, the same for the same seed."""
    plan = Plan(50, Recipe(batch=50, accumulate=1))
    first, second = plan.parts(0)[0].items, plan.parts(1)[0].items
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    assert Plan(50, Recipe(batch=50, accumulate=1)).parts(1)[0].items == second
    assert Plan(50, Recipe(batch=50, accumulate=1, seed=1)).parts(1)[0].items != second


def test_the_public_code_steps_after_its_first_batch() -> None:
    """At batch 0, 4, 8 of an epoch; what is left goes into the next epoch's first step."""
    recipe = Recipe(gradients="sum", window="first-batch-alone", n_epochs=2)
    plan = Plan(7, recipe)
    assert plan.n_steps_per_epoch == 2
    epochs = [[part.epoch for part in plan.parts(step)] for step in range(4)]
    assert epochs == [[0], [0] * 4, [0, 0, 1], [1] * 4]
    assert all(part.weight == 1 for step in range(4) for part in plan.parts(step))


def test_the_two_quirks_of_the_public_code_are_two_switches() -> None:
    """Its windows with averaged gradients, its sums in whole windows."""
    averaged = Plan(7, Recipe(window="first-batch-alone", n_epochs=2))
    assert [part.weight for part in averaged.parts(2)] == pytest.approx([1 / 3] * 3)
    summed = Plan(7, Recipe(gradients="sum"))
    assert [part.weight for part in summed.parts(1)] == [1.0] * 3


def test_steps_may_be_counted_instead_of_epochs() -> None:
    """As many as asked for, in as many epochs as they need."""
    plan = Plan(6, Recipe(n_steps=5))
    assert [plan.epoch_of(step) for step, _ in plan.steps(0)] == [0, 0, 1, 1, 2]
    assert [step for step, _ in plan.steps(3)] == [3, 4]


def test_what_only_one_process_can_do_is_refused_of_two() -> None:
    """Sums over batches depend on how they are cut."""
    with pytest.raises(InputError, match="Expected one process where gradients are summed"):
        Plan(7, Recipe(gradients="sum"), world=2)
    with pytest.raises(InputError, match="found none"):
        Plan(0, Recipe())
