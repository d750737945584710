"""StoryDALL-E as a model that storybench asks for pictures: several stories at once.

A frame's random numbers are made from the seed of its story, its place and the number of the
candidate, so none of them depends on what is drawn beside it. On a processor in float32 nor does
anything else, to the last bit, as long as the number of threads is the same: rows of frames come in
multiples of `ROWS`, pictures are decoded always `AT_ONCE` at a time, and matrix products then give
each row the same numbers whatever their count. On a GPU or in bfloat16 sums are rounded otherwise
for another number of rows, and now and then another code is taken; so there every batch has the
same number, filled up, and the batch is part of what the model says of itself. So it is with
compiled steps, whose sums the compiler orders for one shape.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import gcd
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from storybench.types import Prediction, Story, StoryPrompt
from storymodels.storydalle.compiled import Compiled
from storymodels.storydalle.drawing.memory import drawing_bytes, expect_room
from storymodels.storydalle.exact import exact
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.sampling import Choice, numbers_for, sample
from storymodels.storydalle.sheet import image_of
from storymodels.storydalle.steps import Fixed, Plain, Steps

VERSION = 1

ROWS = 4
"""Frames of all stories together are a multiple of so many."""

AT_ONCE = 4
"""Pictures that the VQGAN decodes at a time."""

Dtype = Literal["float32", "bfloat16"]

Give = Callable[[Sequence[StoryPrompt]], Given]
"""From prompts of equally many frames to what the model is given."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How pictures are drawn.

    Attributes:
        choice: how a code is chosen.
        n_candidates: how often each frame is drawn.
        batch: stories that are drawn at once.
        device: where, as torch calls it.
        dtype: of everything but the VQGAN, which stays in float32.
        is_compiled: whether torch compiles the step from code to code.
    """

    choice: Choice
    n_candidates: int = 1
    batch: int = 8
    device: str = "cpu"
    dtype: Dtype = "float32"
    is_compiled: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether a story's pictures are the same in any batch, to the last bit."""
        return self.device == "cpu" and self.dtype == "float32" and not self.is_compiled


class Generating:
    """A trained model with all it needs to draw; a `BatchModel` of `storybench.registry`.

    Args:
        model: in evaluation mode, on the processor; it is moved.
        give: what the model is given of prompts, on the processor.
        settings: how to draw.
        about: what else the manifest of predictions says of the model, as JSON values.

    Raises:
        InputError: the device has no room for the model and one batch.
    """

    def __init__(
        self, model: StoryDalle, give: Give, settings: Settings, about: Mapping[str, Any]
    ) -> None:
        self.settings, self._give, self._about = settings, give, dict(about)
        self.is_alone = model.mixes_sources
        self.batch = 1 if self.is_alone else settings.batch
        self.n_candidates = settings.n_candidates
        self._steps: Steps = Compiled() if settings.is_compiled else Plain
        self.model = in_format(model, settings)
        self._expected_bytes = drawing_bytes(
            model,
            n_stories=self._n_filled(self.batch, model.size.story.n_targets),
            n_candidates=self.n_candidates,
            n_decoded=AT_ONCE,
            steps=Fixed if settings.is_compiled else Plain,
        )
        expect_room(self._expected_bytes, model, torch.device(settings.device))
        self.model.to(settings.device)

    def describe(self) -> dict[str, Any]:
        """All that decides the pictures but the seeds."""
        settings = self.settings
        varies = {} if settings.is_exact else {"batch": self.batch}
        compiled = {"compiled": True} if settings.is_compiled else {}
        return {
            "name": "storydalle",
            "version": VERSION,
            **self._about,
            "choice": asdict(settings.choice),
            "device": settings.device.split(":")[0],
            "dtype": settings.dtype,
            **varies,
            **compiled,
        }

    def prepare(self, train: Sequence[Story]) -> None:
        """Nothing to learn."""

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        """The first candidate of one story."""
        return self.generate_batch([prompt], seeds=[seed])[0][0]

    @torch.inference_mode()
    def generate_batch(
        self,
        prompts: Sequence[StoryPrompt],
        *,
        seeds: Sequence[int],
        on_step: Callable[[int, int], None] | None = None,
    ) -> list[list[Prediction]]:
        """The candidates of each story: uint8 RGB (t, side, side, 3)."""
        if self.is_alone and len(prompts) > 1:
            pairs = zip(prompts, seeds, strict=True)
            return [self.generate_batch([one], seeds=[seed])[0] for one, seed in pairs]
        n_filled = self._n_filled(len(prompts), prompts[0].n_targets)
        with exact(self.settings.device):
            given = self._given(_filled(prompts, n_filled))
            numbers = self._numbers(_filled(seeds, n_filled), prompts[0].n_targets)
            codes = sample(
                self.model,
                given,
                choice=self.settings.choice,
                numbers=numbers,
                on_step=on_step,
                steps=self._steps,
            )
            pictures = self._pictures(codes[: len(prompts)])
        return [
            [
                Prediction(prompt.id, np.ascontiguousarray(drawn[:, c]), seed=seed, candidate=c)
                for c in range(self.n_candidates)
            ]
            for prompt, seed, drawn in zip(prompts, seeds, pictures, strict=True)
        ]

    def expected_bytes(self) -> int:
        """The most memory of weights and one batch."""
        return self._expected_bytes

    def peak_bytes(self) -> int:
        """The most that has been in use: of the GPU by tensors, else by this process."""
        if self.settings.device.startswith("cuda"):
            return torch.cuda.max_memory_allocated(self.settings.device)
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    def _n_filled(self, n: int, n_targets: int) -> int:
        """Stories that are drawn where n are asked for."""
        if self.is_alone:
            return n
        if not self.settings.is_exact:
            return max(n, self.batch)
        whole = ROWS // gcd(ROWS, n_targets)
        return -(-n // whole) * whole

    def _given(self, prompts: Sequence[StoryPrompt]) -> Given:
        given, device = self._give(prompts), self.settings.device
        dtype = getattr(torch, self.settings.dtype)
        return Given(
            text=given.text.to(device),
            sentences=given.sentences.to(device, dtype),
            source_codes=given.source_codes.to(device),
        )

    def _numbers(self, seeds: Sequence[int], n_targets: int) -> Tensor:
        names = [f"{k}/{c}" for k in range(n_targets) for c in range(self.n_candidates)]
        n_codes = self.model.size.transformer.n_codes
        rows = torch.stack([numbers_for(names, n_codes, seed=seed) for seed in seeds])
        return rows.unflatten(1, (n_targets, self.n_candidates)).to(self.settings.device)

    def _pictures(self, codes: Tensor) -> NDArray[np.uint8]:
        """Codes (b, t, c, codes) to pictures (b, t, c, side, side, 3)."""
        rows = codes.flatten(0, 2)
        parts = [self._decoded(rows[at : at + AT_ONCE]) for at in range(0, len(rows), AT_ONCE)]
        return np.concatenate(parts).reshape(*codes.shape[:3], *parts[0].shape[1:])

    def _decoded(self, codes: Tensor) -> NDArray[np.uint8]:
        """Codes (n, codes) to pictures (n, side, side, 3), always the same number at a time."""
        filled = codes[torch.arange(AT_ONCE, device=codes.device).clamp(max=len(codes) - 1)]
        return image_of(self.model.vqgan.decode(filled)[: len(codes)])


def prepared(model: StoryDalle, settings: Settings) -> StoryDalle:
    """The model on its device, in the number format of the settings."""
    return in_format(model, settings).to(settings.device)


def in_format(model: StoryDalle, settings: Settings) -> StoryDalle:
    """The model where it is, ready to draw, all but its VQGAN in the settings' number format."""
    dtype = getattr(torch, settings.dtype)
    for name, part in model.named_children():
        assert isinstance(part, nn.Module)
        part.to(torch.float32 if name == "vqgan" else dtype)
    return model.eval().requires_grad_(False)


def _filled(values: Sequence[Any], n: int) -> list[Any]:
    """At least n of them, the last one repeated."""
    return [*values, *[values[-1]] * (n - len(values))]
