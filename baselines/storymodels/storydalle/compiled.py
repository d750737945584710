"""Steps that torch compiles: fewer and larger kernels, on a graphics card one launch for all.

A step of one row is bound by launching kernels, not by what they do. There the compiled program is
recorded as a CUDA graph and replayed: what it reads and writes must stay where it is, and what it
returns is overwritten by the next replay.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import torch
from torch import Tensor
from torch._dynamo import mark_static_address
from torch._dynamo.exc import BackendCompilerFailed, TorchDynamoException

from storybench.errors import MissingError
from storybench.home import programs_dir
from storymodels.storydalle.retro import Source
from storymodels.storydalle.steps import Fixed, Step
from storymodels.storydalle.transformer import Transformer

PROGRAMS = "TORCHINDUCTOR_CACHE_DIR"
"""Where torch keeps what it compiled, for the next run; otherwise a temporary folder."""


class Compiled:
    """A `Steps` that compiles a step when its shape first comes, and keeps the last one."""

    def __init__(self) -> None:
        self._shape: object = None
        self._step: CompiledStep | None = None

    def __call__(
        self, transformer: Transformer, source: Source | None, *, n: int, n_before: int
    ) -> Step:
        """As `Steps` has it; what was made before is no longer valid."""
        shape = (transformer, n, n_before, None if source is None else source.shape)
        if self._step is None or shape != self._shape:
            self._step = None
            torch.compiler.reset()
            self._shape = shape
            self._step = CompiledStep(transformer, source, n=n, n_before=n_before)
        else:
            self._step.begin(source)
        return self._step


class CompiledStep(Fixed):
    """A `Fixed` that is compiled when it is first called."""

    def __init__(
        self, transformer: Transformer, source: Source | None, *, n: int, n_before: int
    ) -> None:
        super().__init__(transformer, source, n=n, n_before=n_before)
        projected = [] if self.source is None else self.source.projected
        for tensor in (*self.held, *(part for pair in projected for part in pair)):
            mark_static_address(tensor)
        self._compiled = _compiled(Fixed.further, self.held[0].device)

    def further(self, codes: Tensor, place: Tensor) -> Tensor:
        """As `Fixed.further`, in a tensor that the next step leaves alone."""
        torch.compiler.cudagraph_mark_step_begin()
        return self._compiled(self, codes, place).clone()


def expect_compiler(device: torch.device) -> None:
    """See that torch can compile for a device, by compiling something.

    Raises:
        MissingError: it cannot.
    """
    os.environ.setdefault(PROGRAMS, str(programs_dir()))
    try:
        _compiled(torch.neg, device)(torch.ones(2, device=device))
    except TorchDynamoException as error:
        needed = "Triton and a C compiler" if device.type == "cuda" else "a C++ compiler"
        cause = error.inner_exception if isinstance(error, BackendCompilerFailed) else error
        raise MissingError(
            f"Expected {needed} for --compile, found that torch {torch.__version__} cannot compile "
            f"for {device} ({str(cause).splitlines()[0]}). Install what is missing, or leave "
            "--compile out: drawing only takes longer."
        ) from error


def _compiled(function: Callable[..., Tensor], device: torch.device) -> Callable[..., Tensor]:
    """For the shapes of the first call."""
    mode = "reduce-overhead" if device.type == "cuda" else "default"
    return torch.compile(function, fullgraph=True, dynamic=False, mode=mode)
