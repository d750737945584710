"""One step after the other: everything that a step changes, and how it goes to disk and back.

Every step draws its random numbers from the seed and its own number, so that a run which was killed
and goes on makes the very steps that it would have made. They are the same in every process: what a
model draws for a whole batch, as the mask of a learned prompt, is what one process would draw where
the batch is divided evenly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.model_parallel import ModelParallelStrategy
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from storybench.errors import InputError
from storybench.files import write_json
from storymodels.training import state
from storymodels.training.average import Average
from storymodels.training.folder import (
    BROKEN,
    MOMENTS,
    PLACE,
    RAW,
    STATE,
    WEIGHTS,
    Place,
    read_place,
)
from storymodels.training.plan import Part
from storymodels.training.recipe import Recipe
from storymodels.training.schedule import Schedule
from storymodels.training.task import LOSS, Task

WEIGHT, NORM = "weight", "gradient_norm"


class Stepping:
    """A module, its optimiser and its average; `step` counts the steps that were made.

    Args:
        task: what is trained; where a checkpoint is given, its module takes the weights of it.
        recipe: how.
        schedule: of the rates.
        fabric: where.
        checkpoint: where to go on; None to start.

    Raises:
        MissingError: a file of the checkpoint is not there.
        InputError: one is damaged, or of another training.
    """

    def __init__(
        self,
        task: Task,
        recipe: Recipe,
        schedule: Schedule,
        fabric: Fabric,
        checkpoint: Path | None = None,
    ) -> None:
        self._task, self._recipe, self._schedule, self._fabric = task, recipe, schedule, fabric
        self.step, self.seconds = 0, 0.0
        if checkpoint is not None:
            shapes = state.shapes_of(task.module.state_dict())
            task.module.load_state_dict(state.read_exactly(checkpoint / WEIGHTS, shapes))
        self._losses: Any = fabric.setup_module(_Losses(task))
        parameters = dict(task.module.named_parameters())
        self._moved = {name: parameters[name] for name in task.moved}
        self._average = Average(self._moved, recipe.average) if recipe.average else None
        self._optimiser = torch.optim.AdamW(
            self._moved.values(),
            lr=recipe.rate,
            betas=recipe.betas,
            eps=recipe.epsilon,
            weight_decay=recipe.weight_decay,
        )
        self._stepper: Any = fabric.setup_optimizers(self._optimiser)
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return self._optimiser.param_groups[0]["lr"]

    def make(self, parts: Sequence[Part], batches: Iterator[Any]) -> dict[str, Tensor]:
        """Make a step of these parts; returns weighted sums of what was measured, and `WEIGHT`."""
        self._begin()
        found = {WEIGHT: torch.tensor(sum(part.weight for part in parts))}
        for number, part in enumerate(parts, start=1):
            with self._syncing(is_last=number == len(parts)):
                measured = self._losses(_Boxed(next(batches)))
                self._fabric.backward(measured[LOSS] * part.weight)
            for name, value in measured.items():
                found[name] = found.get(name, 0) + value.detach().float() * part.weight
        if self._recipe.clip is not None:
            found[NORM] = self._clip(self._recipe.clip)
        self._stepper.step()
        self._stepper.zero_grad()
        if self._average is not None:
            self._average.update(self.step)
        self.step += 1
        return found

    def means(self, found: Mapping[str, Tensor]) -> dict[str, float]:
        """What was measured in a step as means over its items; all processes take part."""
        sums = {name: value for name, value in found.items() if name != NORM}
        stacked = torch.stack([value.to(self._fabric.device) for value in sums.values()])
        whole: Any = self._fabric.all_reduce(stacked, reduce_op="sum")
        values = dict(zip(sums, whole.tolist(), strict=True))
        weight = values.pop(WEIGHT)
        means = {name: value / weight for name, value in values.items()}
        norm = {NORM: found[NORM].item()} if NORM in found and found[NORM].isfinite() else {}
        return means | norm

    @contextmanager
    def as_drawn(self) -> Iterator[None]:
        """In the block the module is what a checkpoint has: averaged, in evaluation mode."""
        self._task.module.eval()
        with self._average.in_place() if self._average else nullcontext():
            yield

    def write(self, folder: Path | None) -> None:
        """Write a checkpoint into a folder with `STATE` in it; all processes take part.

        Raises:
            NoSpaceError: the disk is full.
        """
        with self.as_drawn():
            self._gather(self._task.module.state_dict(), folder and folder / WEIGHTS)
        if self._average is not None:
            self._gather(self._moved, folder and folder / STATE / RAW)
        moments = dict(state.moments(self._optimiser, self._moved))
        self._gather(moments, folder and folder / STATE / MOMENTS)
        if folder is not None:
            self._task.write_about(folder, step=self.step)
            write_json(folder / STATE / PLACE, self._place().model_dump(mode="json"))

    def _begin(self) -> None:
        torch.manual_seed(seed_of(self._recipe.seed, self.step))
        self._task.module.train()
        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.rate * self._schedule.factor(self.step)

    def _syncing(self, *, is_last: bool) -> AbstractContextManager[None]:
        """In the block processes sum their gradients: under DDP once a step, after its last part.

        Under FSDP after each, or every process would keep whole gradients until then.
        """
        if isinstance(self._fabric.strategy, ModelParallelStrategy):
            return nullcontext()
        return self._fabric.no_backward_sync(self._losses, enabled=not is_last)

    def _clip(self, longest: float) -> Tensor:
        norm: Any = self._fabric.clip_gradients(
            self._losses, self._stepper, max_norm=longest, error_if_nonfinite=False
        )
        return norm.full_tensor() if isinstance(norm, DTensor) else norm

    def _gather(self, tensors: Mapping[str, Tensor], path: Path | None) -> None:
        whole = state.gathered(tensors.items(), is_wanted=path is not None)
        if path is not None:
            state.write_tensors(path, whole)

    def _place(self) -> Place:
        return Place(
            step=self.step,
            seconds=self.seconds,
            seed=self._recipe.seed,
            scaler=self._fabric.strategy.precision.state_dict(),
        )

    def _restore(self, checkpoint: Path) -> None:
        place = read_place(checkpoint, seed=self._recipe.seed)
        self.step, self.seconds = place.step, place.seconds
        self._restore_scaler(place, checkpoint / STATE / PLACE)
        shapes = state.moment_shapes(self._moved)
        moments = state.read_exactly(checkpoint / STATE / MOMENTS, shapes)
        state.load_moments(self._optimiser, self._moved, moments)
        if self._average is not None:
            raw = state.read_exactly(checkpoint / STATE / RAW, state.shapes_of(self._moved))
            state.fill(self._average.tensors, dict(self._moved))
            state.fill(self._moved, raw)

    def _restore_scaler(self, place: Place, path: Path) -> None:
        precision = self._fabric.strategy.precision
        wanted = precision.state_dict().keys()
        if place.scaler.keys() != wanted:
            raise InputError(
                f"Expected a scaler with {', '.join(wanted) or 'nothing'} in {path}, found "
                f"{', '.join(place.scaler) or 'nothing'}. {BROKEN}"
            )
        precision.load_state_dict(place.scaler)


class _Boxed:
    """A batch that Fabric, which would change frozen dataclasses, hands on as it is."""

    __slots__ = ("batch",)

    def __init__(self, batch: Any) -> None:
        self.batch = batch


class _Losses(nn.Module):
    """From a batch to what is measured of it: what precision and processes are wrapped around."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.module, self._task = task.module, task

    def forward(self, boxed: _Boxed) -> dict[str, Tensor]:
        return dict(self._task.losses(self.module, boxed.batch))


def seed_of(seed: int, step: int) -> int:
    """The seed of the random numbers of a step.

    >>> seed_of(0, 1) == seed_of(0, 1) != seed_of(0, 2)
    True
    """
    # 0 was the process, when each had a seed of its own: runs of one process go on unchanged
    digest = hashlib.sha256(f"{seed}/{step}/0".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
