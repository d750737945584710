"""StoryDALL-E as a model that `storybench train` finds: its presets, and options by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench.types import Progress
from storymodels.storydalle.finetuning.train import train
from storymodels.storydalle.options import expect_known
from storymodels.storydalle.presets import PRESETS, Frames, find
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
class Asked:
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
    def of(cls, options: Mapping[str, Any]) -> Asked:
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


class Trainer:
    """The trainer `storydalle` of `storybench.trainers`."""

    def presets(self) -> Mapping[str, str]:
        """The named ways to train it, and half a sentence of each."""
        return {name: preset.about for name, preset in PRESETS.items()}

    def train(
        self,
        data: Path,
        out: Path,
        *,
        preset: str,
        options: Mapping[str, Any],
        on_progress: Progress | None = None,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> Mapping[str, Any]:
        """As `finetuning.train.train`; what was made, as JSON values.

        Raises:
            UnknownNameError: no preset of that name.
            MissingError, InputError: as there, or an option is unknown.
        """
        asked = Asked.of(options)
        trained = train(
            data,
            out,
            preset=find(preset),
            init=asked.init,
            sentences=asked.sentences,
            split=asked.split,
            frames=asked.frames,
            changes=asked.changes,
            keeping=Keeping(
                log_every=asked.log_every,
                checkpoint_every=asked.checkpoint_every,
                keep=asked.keep,
                sample_every=asked.sample_every,
            ),
            machine=Machine(asked.device, asked.sharing, asked.recompute),
            on_progress=on_progress,
            say=say,
        )
        return {
            "checkpoint": str(trained.checkpoint),
            "steps": trained.n_steps,
            "loss": trained.loss,
            "seconds": trained.seconds,
        }


TRAINER = Trainer()
