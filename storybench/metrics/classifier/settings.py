"""How a classifier is fitted: every choice that decides the outcome, a preset for each network.

DuCo's and StoryDALL-E's was fitted by Adam at 1e-5 to 1e-4 without a schedule, batch 8 or 32, up to
50 epochs, with horizontal flips (adymaharana/StoryViz@6e1126d:train_classifier.py:290,308-312).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from storybench.errors import InputError


@dataclass(frozen=True)
class Settings:
    """What decides the outcome besides data, seed and where the parameters start.

    Attributes:
        arch: "small64" or "inception299".
        epochs: at most so many passes over the clips.
        batch: pictures a step.
        learning_rate: at its highest, after a warm-up of a tenth of the steps; then a cosine to 0.
        weight_decay: of AdamW.
        frames: "all" frames of a clip in every epoch, or "one", drawn anew for each.
        balance: the loss of a positive is weighted by (negatives / positives) to this power; 0 is
            the published plain loss, 1 a full balance.
        aux_weight: of the loss of Inception's auxiliary head.
        patience: epochs without a better micro F1 on val after which it stops.
        shift: how far pictures are moved at random, as a share of their side.
        colour: deviation of the random gain and offset of a picture's channels.
        seed: of parameters, order, flips and shifts.
    """

    arch: str = "small64"
    epochs: int = 30
    batch: int = 32
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    frames: Literal["all", "one"] = "all"
    balance: float = 0.5
    aux_weight: float = 0.4
    patience: int = 10
    shift: float = 0.125
    colour: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        counts = {"epochs": self.epochs, "batch": self.batch, "patience": self.patience}
        for name, value in counts.items():
            if value < 1:
                raise InputError(f"Expected {name} of at least 1, found {value}.")
        if self.batch < 2 or not self.learning_rate > 0 or not 0 <= self.balance <= 1:
            raise InputError(
                "Expected a batch of 2 or more, a positive learning rate and a balance from 0 to "
                f"1, found {self.batch}, {self.learning_rate} and {self.balance}."
            )


SMALL = Settings()
INCEPTION = Settings(
    arch="inception299",
    epochs=50,
    learning_rate=1e-4,
    weight_decay=0.0,
    frames="one",
    shift=0.0,
    colour=0.0,
)
TOY = Settings(epochs=8, patience=8)
"""For the toy world, from the trunk that comes with the package: seconds."""

PRESETS = {preset.arch: preset for preset in (SMALL, INCEPTION)}
