"""A small extractor for the toy world: 64 features, shipped with the package, no download.

It lets the whole loop run offline in seconds. Its features were learnt from toy captions, so its
distances mean nothing outside the toy world; the hash of its weights is part of their name.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import safetensors
import safetensors.torch
from torch import Tensor, nn

from storybench.errors import InputError, MissingError
from storybench.files import sha256_bytes
from storybench.metrics.extractor import Extractor
from storybench.metrics.pixels import CLEAN64
from storybench.metrics.runner import Runner

if TYPE_CHECKING:
    from jaxtyping import Float

WEIGHTS = Path(__file__).with_name("weights") / "twin.safetensors"
DIM = 64
BATCH = 32


def load(weights: Path | None = None) -> Extractor:
    """The extractor with the shipped weights, or with others that `twin_training` wrote.

    Raises:
        MissingError: there is no such file.
        InputError: the file does not hold the parameters of this network.
    """
    path = weights or WEIGHTS
    if not path.is_file():
        raise MissingError(
            f"Expected the weights of the twin extractor at {path}, found none. Leave out "
            "--weights to use those that come with storybench, or install storybench again."
        )
    data = path.read_bytes()
    return Extractor(
        arch="twin",
        layer="pool-64",
        weights_sha256=sha256_bytes(data),
        dim=DIM,
        pixels=CLEAN64,
        network=Runner(_read(data, path)),
        batch=BATCH,
    )


class TwinNet(nn.Module):
    """Pixels (b, 3, 64, 64) in -1..1 to features (b, 64), not negative."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _halving(3, 24),  # (b, 24, 32, 32)
            _halving(24, 32),
            _halving(32, 48),
            _halving(48, DIM),  # (b, 64, 4, 4)
        )

    def forward(self, x: Float[Tensor, "b 3 64 64"]) -> Float[Tensor, "b 64"]:
        """The average of the last layer over the picture."""
        return self.layers(x).mean(dim=(2, 3))


def _halving(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _read(data: bytes, path: Path) -> TwinNet:
    network = TwinNet()
    try:
        network.load_state_dict(safetensors.torch.load(data))
    except (safetensors.SafetensorError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"Expected the parameters of the twin extractor in {path}, found: {reason}"
        ) from error
    return network.eval().requires_grad_(False)
