"""A training, from its first step or from where it was stopped, to its last."""

from __future__ import annotations

import math
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from storybench.errors import InputError
from storybench.types import Progress
from storymodels.training import folder, memory
from storymodels.training.folder import Keeping
from storymodels.training.log import Log
from storymodels.training.machine import Machine, launched, moved_to, n_processes
from storymodels.training.plan import Plan
from storymodels.training.recipe import Recipe
from storymodels.training.recompute import recompute
from storymodels.training.stepping import Stepping
from storymodels.training.stopping import stopping
from storymodels.training.task import LOSS, Task, freeze_others

Say = Callable[[str], None]
"""Told in a sentence what was found or is about to happen."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A run that is over: its folder, its last checkpoint, and what was logged last."""

    run: Path
    checkpoint: Path
    n_steps: int
    loss: float | None
    seconds: float


def train(
    task: Task,
    run: Path,
    recipe: Recipe,
    *,
    record: Mapping[str, Any],
    keeping: Keeping = Keeping(),  # noqa: B008  (frozen)
    machine: Machine = Machine(),  # noqa: B008  (frozen)
    on_progress: Progress | None = None,
    say: Say = lambda sentence: None,
) -> Trained:
    """Train a model, or go on with a training that was stopped.

    Args:
        task: the model and what it learns from; afterwards its module is as after the last step.
        run: a new folder, that of this very training, or of one without any checkpoint.
        recipe: how.
        record: what the training is of, as JSON values: two that differ are two trainings.
        keeping: what is written when.
        machine: on what.
        on_progress: told after every step, with loss, rate and the time that is left.
        say: told what moves, and how much memory is needed.

    Raises:
        InputError: the folder holds another training, it cannot fit into memory, or its loss is
            no number any more.
        MissingError: there is no such device.
        NoSpaceError: the disk is full; the checkpoints before are kept.
    """
    with launched(machine, recipe.precision, task.units) as fabric:
        is_first = fabric.is_global_zero
        say = say if is_first else lambda sentence: None
        plan = Plan(task.n_items, recipe, rank=fabric.global_rank, world=fabric.world_size)
        schedule = recipe.rates(plan.n_steps)
        _prepare(task, recipe, machine, plan, fabric, say)
        with folder.opened(run, is_first=is_first):  # and not before: what is refused leaves none
            folder.begin(run, recipe, record, command=shlex.join(sys.argv), is_first=is_first)
            fabric.barrier()
            stepping = Stepping(task, recipe, schedule, fabric, folder.newest(run))
            can_draw = fabric.world_size == 1 or machine.sharing == "ddp"
            if keeping.sample_every and not can_draw:
                say("No samples are drawn while the weights are shared out (FSDP).")
            return _Loop(task, run, keeping, fabric, plan, stepping, can_draw).finish(
                on_progress if is_first else None, say
            )


def _prepare(
    task: Task, recipe: Recipe, machine: Machine, plan: Plan, fabric: Fabric, say: Say
) -> None:
    """Freeze what does not move, and see that everything fits."""
    parameters, moved = dict(task.module.named_parameters()), task.moved
    freeze_others(task.module, moved)
    n_moved = sum(parameters[name].numel() for name in moved)
    n_all = sum(parameter.numel() for parameter in parameters.values())
    say(f"{len(moved):,} of {len(parameters):,} tensors move: {n_moved:,} of {n_all:,} numbers.")
    if machine.recomputes:
        recompute(task.units())
    n_sharing = fabric.world_size if machine.sharing == "fsdp" else 1
    needed = memory.estimate(task, recipe, part_size=plan.part_size, n_sharing=n_sharing)
    say(f"A step needs {needed}.")
    n_local = n_processes()[1] if fabric.device.type == "cpu" else 1
    memory.expect_room(needed, fabric.device, n_local=n_local)


@dataclass
class _Loop:
    task: Task
    run: Path
    keeping: Keeping
    fabric: Fabric
    plan: Plan
    stepping: Stepping
    can_draw: bool

    def finish(self, on_progress: Progress | None, say: Say) -> Trained:
        """Make all steps that are left."""
        first, before = self.stepping.step, self.stepping.seconds
        if first:
            say(f"Going on after step {first:,} of {self.plan.n_steps:,}.")
        batches = self._batches(first)
        ready = list(islice(batches, 1))  # which may take long
        started, loss = time.monotonic(), None
        batches = chain(ready, batches)
        with self._log(first) as log, stopping() as stop:
            for _, parts in self.plan.steps(first):
                found = self.stepping.make(parts, batches)
                seconds = time.monotonic() - started
                self.stepping.seconds = before + seconds
                pace = (self.stepping.step - first) / seconds
                is_asked = self._is_asked(bool(stop))
                is_logged = self._is_due(self.keeping.log_every)
                is_saved = is_asked or self._is_due(self.keeping.checkpoint_every)
                if is_logged or is_saved:
                    means = self._means(found)
                    loss = means[LOSS]
                    if is_logged and log is not None:
                        log.write(self._entry(means, pace))
                if on_progress is not None:
                    on_progress(self.stepping.step, self.plan.n_steps, self._said(loss, pace))
                if is_saved:
                    self._save()
                if is_asked:
                    say(f"Stopped after step {self.stepping.step:,}, which is saved.")
                    break
                if self.can_draw and self._is_due(self.keeping.sample_every):
                    self._draw()
        last = folder.newest(self.run)
        assert last is not None
        return Trained(self.run, last, self.stepping.step, loss, self.stepping.seconds)

    def _batches(self, first: int) -> Iterator[Any]:
        """The batch of every part from a step on."""
        parts = (part for _, of in self.plan.steps(first) for part in of)
        for epoch, group in groupby(parts, key=lambda part: part.epoch):
            for batch in self.task.batches(epoch, [part.items for part in group]):
                yield moved_to(batch, self.fabric.device)

    def _log(self, first: int) -> Any:
        return Log(self.run, start=first) if self.fabric.is_global_zero else nullcontext()

    def _means(self, found: Mapping[str, Tensor]) -> dict[str, float]:
        """What was measured in the last step; all processes take part."""
        means = self.stepping.means(found)
        if not all(map(math.isfinite, means.values())):
            raise InputError(
                f"Expected a loss, found {means[LOSS]} in step {self.stepping.step:,}. Begin again "
                "in another folder with a lower --lr, --clip 1, or --precision bf16 or fp32."
            )
        return means

    def _entry(self, means: Mapping[str, float], pace: float) -> dict[str, float | int]:
        """What is logged of the last step."""
        entry: dict[str, float | int] = {
            **means,
            "step": self.stepping.step,
            "epoch": self.plan.epoch_of(self.stepping.step - 1),
            "learning_rate": self.stepping.rate,
            "rate": pace * self._n_items_per_step,
            "seconds": self.stepping.seconds,
        }
        if self.fabric.device.type == "cuda":
            entry["memory"] = torch.cuda.max_memory_allocated(self.fabric.device)
        return entry

    @property
    def _n_items_per_step(self) -> float:
        return self.plan.n_items / self.plan.n_steps_per_epoch

    def _said(self, loss: float | None, pace: float) -> str:
        left = round((self.plan.n_steps - self.stepping.step) / pace)
        clock = f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}"
        measured = "" if loss is None else f", loss {loss:.3f}"
        return f"steps{measured}, {pace * self._n_items_per_step:.3g} items/s, {clock} left"

    def _is_due(self, every: int | None) -> bool:
        """Whether something is to be done now; at the end everything is."""
        step = self.stepping.step
        return every is not None and (step % every == 0 or step == self.plan.n_steps)

    def _is_asked(self, is_asked: bool) -> bool:
        """Whether any process was asked to stop."""
        if self.fabric.world_size == 1:
            return is_asked
        asked = torch.tensor(float(is_asked), device=self.fabric.device)
        found: Any = self.fabric.all_reduce(asked, reduce_op="max")
        return bool(found)

    def _draw(self) -> None:
        if self.fabric.is_global_zero:
            with self.stepping.as_drawn():
                self.task.draw(folder.sample_path(self.run, self.stepping.step))
        self.fabric.barrier()

    def _save(self) -> None:
        """Write a checkpoint, in which all processes take part."""
        step, write = self.stepping.step, self.stepping.write
        if self.fabric.is_global_zero:
            folder.write_checkpoint(self.run, step, write, keep=self.keeping.keep)
        else:
            write(None)
        self.fabric.barrier()
