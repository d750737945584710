"""StoryDALL-E as a model that `storybench train` finds, with its presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from storybench.types import Progress
from storymodels.storydalle.finetuning.train import train
from storymodels.storydalle.presets import PRESETS, find
from storymodels.storydalle.train_options import TrainOptions


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
        asked = TrainOptions.of(options)
        trained = train(
            data,
            out,
            preset=find(preset),
            init=asked.init,
            sentences=asked.sentences,
            split=asked.split,
            frames=asked.frames,
            changes=asked.changes,
            keeping=asked.keeping,
            machine=asked.machine,
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
