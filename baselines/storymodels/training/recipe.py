"""Everything about a training that its weights depend on, beside data and first weights.

Two runs of one recipe make the same steps. Where a run is, how often it is saved and on what it is
computed is no part of it; one thing alone depends on how many processes there are, see `Machine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

from storybench.errors import InputError
from storymodels.training.schedule import Schedule, Shape

Gradients = Literal["mean", "sum"]
Window = Literal["whole", "first-batch-alone"]
Precision = Literal["fp32", "bf16", "fp16"]

MOST_SEED = (1 << 63) - 1
"""Seeds of torch are 64 bits with a sign."""

MOST_ITEMS = 1 << 16
"""Items of a batch, or batches of a step: what so many would take can still be counted."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """AdamW, a schedule, and how many items make a step.

    Attributes:
        rate: the highest learning rate.
        schedule: how it goes down.
        n_warm_up: steps before it is highest.
        n_epochs: how often every item is seen.
        n_steps: steps in all, whatever the epochs; None for as many as the epochs have.
        batch: items at a time, of all processes together.
        accumulate: batches a step.
        gradients: whether the gradients of a step's batches are averaged or summed; the public
            code of StoryDALL-E sums them (`train_t2i.py:419-425`).
        window: which batches make a step: the next few, what is left of an epoch making its last;
            or, as in that code, a step comes after every batch whose number divides by
            `accumulate`, from 0: the first is alone, and what is left goes into the next epoch.
        betas: of AdamW.
        epsilon: of AdamW.
        weight_decay: of AdamW.
        clip: the longest that a step's gradient may be; None for any length.
        average: decay of the moving average of the weights, which is then the model; None for none.
        precision: of the forward and backward pass; weights and moments are fp32 in all.
        seed: of order, dropout and new weights.

    Raises:
        InputError: a number makes no sense; `--` names are those of the command.
    """

    rate: float = 1e-4
    schedule: Shape = "cosine"
    n_warm_up: int = 0
    n_epochs: int = 5
    n_steps: int | None = None
    batch: int = 1
    accumulate: int = 4
    gradients: Gradients = "mean"
    window: Window = "whole"
    betas: tuple[float, float] = (0.9, 0.99)
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    clip: float | None = None
    average: float | None = None
    precision: Precision = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("epochs", self.n_epochs, 1, inf),
            ("steps", 1 if self.n_steps is None else self.n_steps, 1, inf),
            ("batch", self.batch, 1, MOST_ITEMS),
            ("accumulate", self.accumulate, 1, MOST_ITEMS),
            ("warm-up", self.n_warm_up, 0, inf),
            ("seed", self.seed, 0, MOST_SEED),
        ):
            if not least <= value <= most:
                bound = f"at least {least}" if value < least else f"at most {most:,}"
                raise InputError(f"Expected --{name} to be {bound}, found {value}.")
        if not 0 < self.rate <= 1:
            raise InputError(f"Expected --lr to be above 0 and at most 1, found {self.rate}.")
        if self.clip is not None and not 0 < self.clip < inf:
            raise InputError(f"Expected --clip to be above 0 and finite, found {self.clip}.")
        if self.average is not None and not 0 < self.average < 1:
            raise InputError(f"Expected --ema to be between 0 and 1, found {self.average}.")

    def rates(self, n_steps: int) -> Schedule:
        """The schedule of a training of so many steps.

        Raises:
            InputError: they are over before the warm-up is.
        """
        if n_steps <= self.n_warm_up:
            raise InputError(
                f"Expected fewer steps of warm-up than the {n_steps:,} of the training, found "
                f"{self.n_warm_up:,}. Choose a shorter --warm-up, or more --steps or --epochs."
            )
        return Schedule(self.schedule, n_steps, self.n_warm_up)
