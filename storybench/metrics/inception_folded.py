"""The Inception of 2015 rearranged for speed: same parameters, same features to about 4e-7.

What runs is `inception_graph.Inception` after four exact rewrites, all of them algebra on the
parameters that were loaded:

- batch norms of inference are affine, so each is folded into the convolution before it;
- a convolution and its ReLU are one call (`storybench.metrics.convolution`);
- an average pool and a 1x1 convolution are both linear and act on different axes, so the pool runs
  after the convolution, on 192 channels instead of up to 1280 (its average leaves the padding out,
  so a bias stays a bias);
- the first layers, whose maps are larger than a processor's cache, take two pictures at a time.

Everything stays in channels-last memory, which oneDNN and cuDNN convolve fastest.
`tests/bench/test_features.py` measures the gain against pytorch-fid and torch-fidelity.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from storybench.metrics import inception_graph as graph
from storybench.metrics.convolution import After, Convolution
from storybench.metrics.inception_graph import ConvNorm, Inception

if TYPE_CHECKING:
    from jaxtyping import Float

STEM = 2
"""Pictures that go through the first layers at a time."""


class FoldedInception(nn.Module):
    """Pixels (b, 3, 299, 299) in -1..1 to features (b, 2048), from a network in eval mode.

    For inference only: nothing of it can be trained or saved as a weights file.
    """

    def __init__(self, network: Inception) -> None:
        super().__init__()
        plain = network
        self.start = nn.Sequential(
            chain(plain.Conv2d_1a_3x3, plain.Conv2d_2a_3x3, plain.Conv2d_2b_3x3),
            nn.MaxPool2d(3, stride=2),
            chain(plain.Conv2d_3b_1x1, plain.Conv2d_4a_3x3),
            nn.MaxPool2d(3, stride=2),
        )
        self.blocks = nn.Sequential(
            *(block_a(block) for block in (plain.Mixed_5b, plain.Mixed_5c, plain.Mixed_5d)),
            block_b(plain.Mixed_6a),
            *(block_c(block) for block in (plain.Mixed_6b, plain.Mixed_6c)),
            *(block_c(block) for block in (plain.Mixed_6d, plain.Mixed_6e)),
            block_d(plain.Mixed_7a),
            block_e(plain.Mixed_7b),
            block_e(plain.Mixed_7c),
        )
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def forward(self, x: Float[Tensor, "b 3 299 299"]) -> Float[Tensor, "b 2048"]:
        """The features of the final average pool, float32 whatever the parameters are."""
        x = x.contiguous(memory_format=torch.channels_last)
        x = torch.cat([self.start(part) for part in x.split(STEM)])  # (b, 192, 35, 35)
        return self.blocks(x).mean(dim=(2, 3), dtype=torch.float32)


class Branches(nn.Module):
    """Several ways from the same maps, side by side in the channels of the result."""

    def __init__(self, *ways: nn.Module) -> None:
        super().__init__()
        self.ways = nn.ModuleList(ways)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, the outputs of all, h', w')."""
        return torch.cat([way(x) for way in self.ways], dim=1)


class Averaged(nn.Module):
    """An average pool and the 1x1 convolution after it, in the order that is cheaper."""

    def __init__(self, layer: ConvNorm) -> None:
        super().__init__()
        self.conv = folded(layer, after="none")

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, outputs, h, w)."""
        return F.relu_(graph.average(self.conv(x)))


def block_a(block: graph.BlockA) -> Branches:
    """`inception_graph.BlockA`, folded."""
    return Branches(
        folded(block.branch1x1),
        chain(block.branch5x5_1, block.branch5x5_2),
        chain(block.branch3x3dbl_1, block.branch3x3dbl_2, block.branch3x3dbl_3),
        Averaged(block.branch_pool),
    )


def block_b(block: graph.BlockB) -> Branches:
    """`inception_graph.BlockB`, folded."""
    return Branches(
        folded(block.branch3x3),
        chain(block.branch3x3dbl_1, block.branch3x3dbl_2, block.branch3x3dbl_3),
        nn.MaxPool2d(3, stride=2),
    )


def block_c(block: graph.BlockC) -> Branches:
    """`inception_graph.BlockC`, folded."""
    double = (block.branch7x7dbl_1, block.branch7x7dbl_2, block.branch7x7dbl_3)
    return Branches(
        folded(block.branch1x1),
        chain(block.branch7x7_1, block.branch7x7_2, block.branch7x7_3),
        chain(*double, block.branch7x7dbl_4, block.branch7x7dbl_5),
        Averaged(block.branch_pool),
    )


def block_d(block: graph.BlockD) -> Branches:
    """`inception_graph.BlockD`, folded."""
    wide = (block.branch7x7x3_1, block.branch7x7x3_2, block.branch7x7x3_3, block.branch7x7x3_4)
    return Branches(
        chain(block.branch3x3_1, block.branch3x3_2), chain(*wide), nn.MaxPool2d(3, stride=2)
    )


def block_e(block: graph.BlockE) -> Branches:
    """`inception_graph.BlockE`, folded; one that pools by maximum pools before, as it must."""
    is_average = block.pool is graph.average
    pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), folded(block.branch_pool))
    return Branches(
        folded(block.branch1x1),
        nn.Sequential(
            folded(block.branch3x3_1),
            Branches(folded(block.branch3x3_2a), folded(block.branch3x3_2b)),
        ),
        nn.Sequential(
            chain(block.branch3x3dbl_1, block.branch3x3dbl_2),
            Branches(folded(block.branch3x3dbl_3a), folded(block.branch3x3dbl_3b)),
        ),
        Averaged(block.branch_pool) if is_average else pool,
    )


def chain(*layers: ConvNorm) -> nn.Sequential:
    """Folded layers, one after the other."""
    return nn.Sequential(*map(folded, layers))


def folded(layer: ConvNorm, *, after: After = "relu") -> Convolution:
    """One convolution that does what a layer does in inference, with or without its ReLU."""
    conv = fuse_conv_bn_eval(layer.conv, layer.bn)
    height, width = conv.kernel_size
    conv.padding = (height // 2, width // 2) if conv.padding == "same" else (0, 0)
    return Convolution(conv, after=after)
