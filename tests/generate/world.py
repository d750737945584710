"""Models that draw from seeds alone and remember what they were asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from storybench.types import Prediction, Story, StoryPrompt


class Batches:
    """Draws several stories at once; every candidate is noise of its story's seed."""

    def __init__(self, *, batch: int = 3, n_candidates: int = 1, stop_after: int = 99) -> None:
        self.batch, self.n_candidates, self._left = batch, n_candidates, stop_after
        self.asked: list[tuple[str, ...]] = []
        self.steps: list[tuple[int, int]] = []

    def describe(self) -> Mapping[str, Any]:
        return {"name": "batches"}

    def prepare(self, train: Sequence[Story]) -> None:
        """Nothing."""

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        return self.generate_batch([prompt], seeds=[seed])[0][0]

    def generate_batch(
        self,
        prompts: Sequence[StoryPrompt],
        *,
        seeds: Sequence[int],
        on_step: Callable[[int, int], None] | None = None,
    ) -> list[list[Prediction]]:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        self.asked.append(tuple(prompt.id for prompt in prompts))
        if on_step is not None:
            on_step(1, 2)
            on_step(2, 2)
        return [
            [self._one(prompt, seed, c) for c in range(self.n_candidates)]
            for prompt, seed in zip(prompts, seeds, strict=True)
        ]

    def expected_bytes(self) -> int:
        return 1_000_000

    def peak_bytes(self) -> int:
        return 2_000_000

    def _one(self, prompt: StoryPrompt, seed: int, candidate: int) -> Prediction:
        generator = np.random.default_rng([seed, candidate])
        shape = (prompt.n_targets, 64, 64, 3)
        frames = generator.integers(0, 256, shape, dtype=np.uint8)
        return Prediction(prompt.id, frames, seed=seed, candidate=candidate)
