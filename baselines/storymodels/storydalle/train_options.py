"""The options of `storybench train` as a user gave them, the same for all that is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storymodels.storydalle.options import expect_known
from storymodels.storydalle.presets import Frames
from storymodels.training.folder import Keeping
from storymodels.training.machine import Device, Machine, Sharing
from storymodels.training.recipe import Precision

RECIPE = {
    "epochs": "n_epochs",
    "steps": "n_steps",
    "batch": "batch",
    "accumulate": "accumulate",
    "lr": "rate",
    "warm_up": "n_warm_up",
    "clip": "clip",
    "ema": "average",
    "precision": "precision",
    "seed": "seed",
}
"""Options that change the recipe of a preset, and what they are called there."""


@dataclass(frozen=True)
class TrainOptions:
    """The options of `storybench train` that were given, each by its name; None where not."""

    init: Path | None = None
    sentences: str | None = None
    split: str = "train"
    frames: Frames | None = None
    epochs: int | None = None
    steps: int | None = None
    batch: int | None = None
    accumulate: int | None = None
    lr: float | None = None
    warm_up: int | None = None
    clip: float | None = None
    ema: float | None = None
    precision: Precision | None = None
    seed: int | None = None
    device: Device = "auto"
    sharing: Sharing = "ddp"
    recompute: bool = False
    checkpoint_every: int = 500
    keep: int = 2
    sample_every: int | None = None
    log_every: int = 1

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> TrainOptions:
        """The options.

        Raises:
            InputError: one is unknown.
        """
        expect_known(options, cls)
        return cls(**options)

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of the recipe that are not to be the preset's."""
        asked = {field: getattr(self, name) for name, field in RECIPE.items()}
        return {field: value for field, value in asked.items() if value is not None}

    @property
    def keeping(self) -> Keeping:
        """What is to be written of the run."""
        return Keeping(self.log_every, self.checkpoint_every, self.keep, self.sample_every)

    @property
    def machine(self) -> Machine:
        """What it is to be computed on."""
        return Machine(self.device, self.sharing, self.recompute)
