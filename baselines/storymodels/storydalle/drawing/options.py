"""What a user asks of a StoryDALL-E's pictures: the options of `storybench generate`, checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any, get_args

import torch

from storybench.errors import InputError, MissingError
from storybench.spelling import did_you_mean
from storymodels.storydalle.checkpoints.public import MODES
from storymodels.storydalle.compiled import expect_compiler
from storymodels.storydalle.drawing.generating import Dtype, Settings
from storymodels.storydalle.options import expect_known
from storymodels.storydalle.sampling import PUBLISHED

SETTING = "code"
"""Of the published settings the one that is used where none is named."""

COLDEST = 1e-6
"""The lowest temperature; logits over it are finite in float32."""

BATCH = 8
"""Stories at once where no number is given."""

MOST = 1 << 16
"""Stories, or candidates, at once; the bytes that so many would take can still be counted."""


@dataclass(frozen=True)
class DrawOptions:
    """The options of `storybench generate` that were given, each by its name; None where not."""

    batch: int | None = None
    candidates: int | None = None
    setting: str | None = None
    top_k: int | None = None
    top_p: float | None = None
    temperature: float | None = None
    mode: str | None = None
    device: str | None = None
    dtype: str | None = None
    tokenizer: Path | None = None
    sentences: str | None = None
    compile: bool | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> DrawOptions:
        """The options, checked.

        Raises:
            InputError: one is unknown or out of range.
        """
        expect_known(options, cls)
        asked = cls(**options)
        _expect_one_of("setting", asked.setting, PUBLISHED)
        _expect_one_of("mode", asked.mode, MODES)
        _expect_one_of("dtype", asked.dtype, get_args(Dtype))
        for name, most in (("batch", MOST), ("candidates", MOST), ("top_k", inf)):
            value = getattr(asked, name)
            if value is not None and not 1 <= value <= most:
                bound = "at least 1" if value < 1 else f"at most {most:,}"
                option = f"--{name.replace('_', '-')}"
                raise InputError(f"Expected {option} to be {bound}, found {value}.")
        if asked.top_p is not None and not 0 < asked.top_p <= 1:
            raise InputError(f"Expected a top_p above 0 and at most 1, found {asked.top_p}.")
        if asked.temperature is not None and not COLDEST <= asked.temperature < inf:
            raise InputError(
                f"Expected a temperature of at least {COLDEST:g}, found {asked.temperature}. "
                "Choose --top-k 1 for the likeliest codes."
            )
        return asked

    def settings(self) -> Settings:
        """How to draw.

        Raises:
            MissingError: there is no such device, or nothing to compile with for it.
            InputError: torch knows no such device.
        """
        choice = PUBLISHED[self.setting or SETTING]
        changed = {
            name: value
            for name in ("top_k", "top_p", "temperature")
            if (value := getattr(self, name)) is not None
        }
        device = self.device or ("cuda" if torch.cuda.is_available() else "cpu")
        _expect_device(device)
        if self.compile:
            expect_compiler(torch.device(device))
        return Settings(
            choice=replace(choice, **changed),
            n_candidates=self.candidates or 1,
            batch=self.batch or BATCH,
            device=device,
            dtype="bfloat16" if self.dtype == "bfloat16" else "float32",
            is_compiled=bool(self.compile),
        )


def _expect_one_of(name: str, value: str | None, known: Iterable[str]) -> None:
    if value is not None and value not in (known := list(known)):
        raise InputError(
            f"Expected a {name} of {', '.join(known)}, found {value!r}."
            f"{did_you_mean(value, known, most=1)}"
        )


def _expect_device(name: str) -> None:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(
            f"Expected a device such as cpu, cuda or cuda:1, found {name!r}."
        ) from error
    n_gpus = torch.cuda.device_count()
    n = {"cpu": 1, "cuda": n_gpus}.get(device.type, 0)
    if (device.index or 0) >= n:
        raise MissingError(
            f"Expected the device {name}, found none on this machine ({os.cpu_count()} processors, "
            f"{n_gpus} GPUs under torch {torch.__version__}). Choose --device "
            f"{'cuda or cpu' if n_gpus else 'cpu'}."
        )
