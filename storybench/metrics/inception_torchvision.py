"""Torchvision's ImageNet Inception as an extractor: another network, so never called FID.

Trained anew on 1000 classes, with other pooling than the Inception of 2015, and used in this line
of work for Inception scores and captions. Distances through it are called
`fd.inception-torchvision.<sha8>` and are compared with each other only. Its batch norms are folded
into its convolutions, as the other Inception's are.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.inception import BasicConv2d, Inception3, inception_v3

from storybench.metrics import parameters
from storybench.metrics.extractor import Extractor
from storybench.metrics.network_pixels import IMAGENET299
from storybench.metrics.runner import Runner
from storybench.weights.known import TORCHVISION_INCEPTION
from storybench.weights.place import require

WHAT = "the parameters of torchvision's inception_v3"
ADVICE = "For FID use the extractor inception; to try the commands, --extractor twin."
DIM, BATCH = 2048, 16


def load(weights: Path | None = None) -> Extractor:
    """The extractor with torchvision's weights, or with those of a file of the same format.

    Raises:
        MissingError: there is no such file; names it and its place.
        VerificationError: the file in the published one's place is another.
        InputError: the file does not hold the parameters of this network.
    """
    path, sha256 = require(TORCHVISION_INCEPTION, weights, advice=ADVICE)
    runner = Runner(Trunk(read(path)))
    return Extractor(
        arch="inception-torchvision",
        layer="avgpool-2048 of torchvision's inception_v3",
        weights_sha256=sha256,
        dim=DIM,
        pixels=IMAGENET299,
        network=runner,
        batch=BATCH,
    )


def read(path: Path) -> Inception3:
    """The network in eval mode with the parameters of a file; every key must match.

    Raises:
        InputError: not a file of tensors, or not the parameters of this network.
    """
    network = inception_v3(weights=None, transform_input=True, init_weights=False)
    parameters.fill(network, parameters.read(path, what=WHAT), path=path, what=WHAT)
    return network.eval().requires_grad_(False)


class Trunk(nn.Module):
    """Pixels (b, 3, 299, 299) of ImageNet's mean and deviation to features (b, 2048)."""

    def __init__(self, network: Inception3) -> None:
        super().__init__()
        network.fc = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
        network.AuxLogits = None
        fold(network)
        self.network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, x: Tensor) -> Tensor:
        """The final average pool; dropout is off."""
        return self.network(x.contiguous(memory_format=torch.channels_last))


def fold(network: nn.Module) -> None:
    """Fold every batch norm of a network in eval mode into the convolution before it."""
    for layer in network.modules():
        if isinstance(layer, BasicConv2d):
            layer.conv = fuse_conv_bn_eval(layer.conv, layer.bn)
            layer.bn = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
