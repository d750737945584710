"""Which items each process takes in every step: a function of recipe and step, and of no state.

So a run goes on at any step where another left off, by any number of processes. The order of an
epoch is that of `storybench.loader.StorySampler`. Of a step that several processes share, each
takes every so manieth item; parts are weighted by their items, so that the gradient of a step is
the mean over its items however it was cut, in the last, shorter step of an epoch too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from storybench.errors import InputError
from storybench.loader.sampler import StorySampler
from storymodels.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Part:
    """What a process computes at a time; `weight` is that of its mean loss in the step's.

    Processes take turns together, so one that has nothing left repeats an item with weight 0.
    """

    epoch: int
    items: tuple[int, ...]
    weight: float


class Plan:
    """The steps of one process, `rank` of `world`.

    Raises:
        InputError: there is nothing to learn from, or several processes are to share batches that
            only one can make.
    """

    def __init__(self, n_items: int, recipe: Recipe, *, rank: int = 0, world: int = 1) -> None:
        if n_items < 1:
            raise InputError("Expected items to learn from, found none. Which split is it?")
        if world > 1 and (recipe.gradients, recipe.window) != ("mean", "whole"):
            raise InputError(
                "Expected one process where gradients are summed as in the public code, found "
                f"{world}. Start it without torchrun, or choose another preset."
            )
        self.recipe, self.rank, self.world = recipe, rank, world
        self.n_items = n_items
        n_batches = -(-n_items // recipe.batch)
        self.n_steps_per_epoch = -(-n_batches // recipe.accumulate)
        self.n_steps = recipe.n_steps or recipe.n_epochs * self.n_steps_per_epoch
        self._order = lru_cache(maxsize=2)(self._ordered)

    @property
    def part_size(self) -> int:
        """The most items of a part."""
        return -(-self.recipe.batch // self.world)

    def epoch_of(self, step: int) -> int:
        """The epoch that a step belongs to."""
        return step // self.n_steps_per_epoch

    def parts(self, step: int) -> tuple[Part, ...]:
        """What this process computes in a step, as many parts as any other."""
        batches = self._batches(step)
        if self.recipe.gradients == "sum":
            return tuple(Part(epoch, items, 1.0) for epoch, items in batches)
        n_step = sum(len(items) for _, items in batches)
        if self.recipe.window != "whole":
            return tuple(Part(epoch, items, len(items) / n_step) for epoch, items in batches)
        items = tuple(chain.from_iterable(items for _, items in batches))
        return self._share(self.epoch_of(step), items)

    def steps(self, start: int) -> Iterator[tuple[int, tuple[Part, ...]]]:
        """The steps from `start` on, with their parts."""
        for step in range(start, self.n_steps):
            yield step, self.parts(step)

    def _share(self, epoch: int, items: tuple[int, ...]) -> tuple[Part, ...]:
        mine, size = items[self.rank :: self.world], self.part_size
        most = -(-len(items) // self.world)
        found = []
        for start in range(0, most, size):
            own = mine[start : start + size]
            weight = len(own) * self.world / len(items)
            found.append(Part(epoch, own or items[:1], weight))
        return tuple(found)

    def _batches(self, step: int) -> list[tuple[int, tuple[int, ...]]]:
        """The batches of a step, each with its epoch."""
        epoch, number = divmod(step, self.n_steps_per_epoch)
        n = self.recipe.accumulate
        if self.recipe.window == "whole":
            return self._cut(epoch, number * n, (number + 1) * n)
        if number:
            return self._cut(epoch, (number - 1) * n + 1, number * n + 1)
        left = self._cut(epoch - 1, (self.n_steps_per_epoch - 1) * n + 1, None) if epoch else []
        return [*left, *self._cut(epoch, 0, 1)]

    def _cut(self, epoch: int, start: int, end: int | None) -> list[tuple[int, tuple[int, ...]]]:
        order, size = self._order(epoch), self.recipe.batch
        starts = range(0, len(order), size)[start:end]
        return [(epoch, tuple(order[at : at + size])) for at in starts]

    def _ordered(self, epoch: int) -> Sequence[int]:
        sampler = StorySampler(self.n_items, seed=self.recipe.seed)
        sampler.set_epoch(epoch)
        return sampler.order()
