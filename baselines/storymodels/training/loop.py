"""A training, from its first step or from where it was stopped, to its last."""

from __future__ import annotations

import math
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from storybench.errors import InputError
from storybench.types import Progress
from storymodels.training import folder, memory, state
from storymodels.training.agreeing import agreed
from storymodels.training.folder import Keeping
from storymodels.training.log import Log, read_metrics
from storymodels.training.machine import Machine, launched, moved_to, n_processes
from storymodels.training.memory import Beside
from storymodels.training.plan import Plan
from storymodels.training.recipe import Recipe
from storymodels.training.recompute import recompute
from storymodels.training.stepping import Stepping
from storymodels.training.stopping import Stopped, stopping
from storymodels.training.task import LOSS, Task, freeze_others

STEADIER = "Begin again in another folder with a lower --lr, --clip 1, or --precision bf16 or fp32."
"""What to do about a training that diverged."""

Say = Callable[[str], None]
"""Told in a sentence what was found or is about to happen."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A run that made all its steps: its folder, its last checkpoint, and what was logged last."""

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
    beside: Beside = Beside(),  # noqa: B008  (frozen)
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
        beside: the memory that batches take.
        on_progress: told after every step, with loss, rate and the time that is left.
        say: told what moves, and how much memory is needed.

    Raises:
        InputError: the folder holds another training, not all processes find the same there, it
            cannot fit into memory, its loss or its weights are no numbers any more, or a file of
            the checkpoint to go on from is not as it was written.
        MissingError: there is no such device, or a file of that checkpoint is gone.
        NoSpaceError: the disk is full; the checkpoints before are kept.
        KeyboardInterrupt: it was asked to stop; the step that was being made is saved. Or whatever
            else the signal does, in every process.
    """
    with launched(machine, recipe.precision, task.units) as fabric:
        is_first = fabric.is_global_zero
        say = say if is_first else lambda sentence: None
        plan = Plan(task.n_items, recipe, rank=fabric.global_rank, world=fabric.world_size)
        schedule = recipe.rates(plan.n_steps)
        _prepare(task, machine, say)
        needed = memory.estimate(
            task,
            recipe,
            part_size=plan.part_size,
            device=fabric.device,
            sharing=machine.sharing,
            world=fabric.world_size,
            beside=beside,
        )
        say(f"A step needs about {needed}.")
        n_local = n_processes()[1] if fabric.device.type == "cpu" else 1
        agreed(fabric, lambda: memory.expect_room(needed, fabric.device, n_local=n_local))
        with ExitStack() as stack:
            opened = folder.opened(run, is_first=is_first)
            agreed(fabric, lambda: stack.enter_context(opened))  # what is refused leaves no folder
            checkpoint = _begin(run, folder.identity_of(recipe, record), fabric)
            stepping = Stepping(task, recipe, schedule, fabric, checkpoint)
            can_draw = fabric.world_size == 1 or machine.sharing == "ddp"
            if keeping.sample_every and not can_draw:
                say("No samples are drawn while the weights are shared out (FSDP).")
            return _Loop(task, run, keeping, fabric, plan, stepping, can_draw).finish(
                on_progress if is_first else None, say
            )


def _prepare(task: Task, machine: Machine, say: Say) -> None:
    """Freeze what does not move, and have activations recomputed where that is asked for."""
    parameters, moved = dict(task.module.named_parameters()), task.moved
    freeze_others(task.module, moved)
    n_moved = sum(parameters[name].numel() for name in moved)
    n_all = sum(parameter.numel() for parameter in parameters.values())
    say(f"{len(moved):,} of {len(parameters):,} tensors move: {n_moved:,} of {n_all:,} numbers.")
    if machine.recomputes:
        recompute(task.units())


def _begin(run: Path, identity: Mapping[str, Any], fabric: Fabric) -> Path | None:
    """The checkpoint to go on from, the same for every process; None to start."""
    command = shlex.join(sys.argv)
    is_first = fabric.is_global_zero
    agreed(fabric, lambda: is_first and folder.begin(run, identity, command=command))
    view = fabric.broadcast(folder.viewed(run))
    agreed(fabric, lambda: folder.expect_begun(run, identity, view))
    agreed(fabric, lambda: is_first and read_metrics(run))
    last = folder.newest(run)
    if last is not None:
        agreed(fabric, lambda: is_first and folder.expect_as_written(last))
    return last


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
            if self._is_drawn():
                self._draw_what_is_missing()
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
                asked = self._asked(stop.number)
                is_logged = self._is_due(self.keeping.log_every)
                is_saved = asked is not None or self._is_due(self.keeping.checkpoint_every)
                is_drawn = self._is_drawn()
                if is_logged or is_saved:
                    means = self._means(found)
                    loss = means[LOSS]
                    if is_logged and log is not None:
                        log.write(self._entry(means, pace))
                if on_progress is not None:
                    on_progress(self.stepping.step, self.plan.n_steps, self._said(loss, pace))
                if is_saved or is_drawn:
                    agreed(self.fabric, self._expect_numbers)
                if is_saved:
                    self._save()
                if asked is not None:
                    stop.number = asked
                    say(f"Stopped after step {self.stepping.step:,}, which is saved.")
                    break  # a sheet that is due is drawn when the run goes on
                if is_drawn:
                    self._draw()
        step = self.stepping.step
        if step < self.plan.n_steps:
            raise Stopped(f"Stopped after step {step:,} of {self.plan.n_steps:,}, which is saved.")
        checkpoint = folder.checkpoint_of(self.run, step)
        loss = self._logged_loss() if first == step else loss
        return Trained(self.run, checkpoint, step, loss, self.stepping.seconds)

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
                f"Expected a loss, found {means[LOSS]} in step {self.stepping.step:,}. {STEADIER}"
            )
        return means

    def _expect_numbers(self) -> None:
        """See that the last step left numbers in this process's share of weights and average."""
        parameters = dict(self.task.module.named_parameters())
        moved = {name: parameters[name] for name in self.task.moved}
        name = state.diverged(moved)
        if name is None and self.plan.recipe.average is not None:
            with self.stepping.as_drawn():
                name = state.diverged(moved)
        if name is not None:
            raise InputError(
                f"Expected weights that are numbers, found {name} diverged after step "
                f"{self.stepping.step:,}. {STEADIER}"
            )

    def _logged_loss(self) -> float | None:
        """What an earlier start of this run logged last."""
        logged = read_metrics(self.run)
        return logged[-1].get(LOSS) if logged else None

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

    def _asked(self, number: int | None) -> int | None:
        """The signal by which any process was asked to stop."""
        if self.fabric.world_size == 1:
            return number
        asked = torch.tensor(float(number or 0), device=self.fabric.device)
        found: Any = self.fabric.all_reduce(asked, reduce_op="max")
        return int(found) or None

    def _is_drawn(self) -> bool:
        """Whether a sheet of samples is due now."""
        return self.can_draw and self._is_due(self.keeping.sample_every)

    def _draw_what_is_missing(self) -> None:
        """The sheet of the step to go on from, if the run was stopped before it was drawn."""
        path = folder.sample_path(self.run, self.stepping.step)
        if self.fabric.broadcast(not path.exists()):
            self._draw()

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
