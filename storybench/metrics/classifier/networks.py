"""The two networks: torchvision's Inception-v3 as the papers use it, and a small one for toys.

A network gives logits (b, c); Inception in training mode also those of its auxiliary head. Names of
parameters are torchvision's, so the published checkpoints load by name.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from storybench.errors import UnknownNameError
from storybench.metrics.classifier.pixels import CLASSIFIER, CLASSIFIER_SMALL
from storybench.metrics.pixels import PixelPath

if TYPE_CHECKING:
    from jaxtyping import Float

RARE = -3.0
"""Where logits start: a character is in few pictures."""


class SmallNet(nn.Module):
    """Pixels (b, 3, 64, 64) to logits (b, c): one map a character, joined over the picture.

    The maps are joined by log-sum-exp, a soft maximum: a character is there if it is anywhere.
    """

    def __init__(self, n_characters: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            _convolution(3, 16, stride=2),  # (b, 16, 32, 32)
            _convolution(16, 32, stride=2),
            _convolution(32, 48, stride=2),  # (b, 48, 8, 8)
            _convolution(48, 64, stride=1),
        )
        self.fc = nn.Conv2d(64, n_characters, 1)
        nn.init.constant_(self.fc.bias, RARE)  # pyright: ignore[reportArgumentType]

    def forward(self, x: Float[Tensor, "b 3 64 64"]) -> Float[Tensor, "b c"]:
        """Logits of each character."""
        maps = self.fc(self.trunk(x))  # (b, c, 8, 8)
        return torch.logsumexp(maps.flatten(2), dim=2) + RARE


def inception(n_characters: int) -> nn.Module:
    """Inception-v3 with both heads for c characters, untrained.

    It maps what ImageNet's normalisation gives to -1..1 itself, as the network does that the
    published classifiers were trained from.
    """
    from torchvision.models import inception_v3

    return inception_v3(
        weights=None,
        num_classes=n_characters,
        aux_logits=True,
        transform_input=True,
        init_weights=True,
    )


@dataclass(frozen=True)
class Architecture:
    """A kind of network: how it is made, what it sees, and which parameters are its heads.

    `batch` pictures go through it at once when it scores.
    """

    name: str
    make: Callable[[int], nn.Module]
    pixels: PixelPath
    heads: tuple[str, ...]
    batch: int


ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {
        one.name: one
        for one in (
            Architecture("small64", SmallNet, CLASSIFIER_SMALL, ("fc",), 32),
            Architecture("inception299", inception, CLASSIFIER, ("fc", "AuxLogits.fc"), 8),
        )
    }
)


def architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in ARCHITECTURES:
        known = " or ".join(ARCHITECTURES)
        raise UnknownNameError(f"Expected the architecture {known}, found {name!r}.")
    return ARCHITECTURES[name]


def make(name: str, n_characters: int, *, seed: int = 0) -> nn.Module:
    """A network with fresh parameters drawn from a seed; the global generator is left alone."""
    kind = architecture(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind.make(n_characters)


def empty(name: str, n_characters: int) -> nn.Module:
    """A network without storage: a place for parameters that are about to be loaded."""
    with torch.device("meta"):
        return architecture(name).make(n_characters)


def _convolution(inputs: int, outputs: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
