"""The Inception of 2015 rearranged for speed: same parameters, same features to about 3e-7.

What runs is `inception_graph.Inception` after four exact rewrites, all of them algebra on the
parameters that were loaded:

- batch norms of inference are affine, so each is folded into the convolution before it;
- the 1x1 convolutions that open the branches of a block read the same input: they are one product;
- an average pool and a 1x1 convolution are both linear and act on different axes, so the pool runs
  after the convolution, on 192 channels instead of up to 1280 (its average leaves the padding out,
  so a bias stays a bias);
- the first layers, whose maps are larger than a processor's cache, take two pictures at a time.

Everything stays in channels-last memory, which oneDNN and cuDNN convolve fastest.
`tests/bench/test_features.py` measures the gain against pytorch-fid and torch-fidelity.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from storybench.metrics import inception_graph as graph
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
            Convolution(plain.Conv2d_1a_3x3),
            Convolution(plain.Conv2d_2a_3x3),
            Convolution(plain.Conv2d_2b_3x3),
            nn.MaxPool2d(3, stride=2),
            Convolution(plain.Conv2d_3b_1x1),
            Convolution(plain.Conv2d_4a_3x3),
            nn.MaxPool2d(3, stride=2),
        )
        self.blocks = nn.Sequential(
            *(FoldedA(block) for block in (plain.Mixed_5b, plain.Mixed_5c, plain.Mixed_5d)),
            FoldedB(plain.Mixed_6a),
            FoldedC(plain.Mixed_6b),
            FoldedC(plain.Mixed_6c),
            FoldedC(plain.Mixed_6d),
            FoldedC(plain.Mixed_6e),
            FoldedD(plain.Mixed_7a),
            FoldedE(plain.Mixed_7b),
            FoldedE(plain.Mixed_7c),
        )
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def forward(self, x: Float[Tensor, "b 3 299 299"]) -> Float[Tensor, "b 2048"]:
        """The features of the final average pool, float32 whatever the parameters are."""
        x = x.contiguous(memory_format=torch.channels_last)
        x = torch.cat([self.start(part) for part in x.split(STEM)])  # (b, 192, 35, 35)
        return self.blocks(x).mean(dim=(2, 3), dtype=torch.float32)


class Convolution(nn.Module):
    """Convolution and ReLU, with the batch norm that stood between them folded in."""

    def __init__(self, layer: ConvNorm) -> None:
        super().__init__()
        self.conv = folded(layer)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, outputs, h', w')."""
        return F.relu_(self.conv(x))


class Entry(nn.Module):
    """The 1x1 convolutions that read the same input, as one; the last of them may be pooled after.

    Returns what each gives, after its ReLU, in the order it was given.
    """

    def __init__(self, layers: Sequence[ConvNorm], *, pooled: ConvNorm | None = None) -> None:
        super().__init__()
        parts = [folded(layer) for layer in layers]
        self.sizes = [part.out_channels for part in parts]
        self.is_pooled = pooled is not None
        if pooled is not None:
            parts.append(folded(pooled))
        self.conv = nn.Conv2d(parts[0].in_channels, sum(part.out_channels for part in parts), 1)
        self.conv.load_state_dict(
            {
                name: torch.cat([getattr(part, name) for part in parts])
                for name in ("weight", "bias")
            }
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps (b, inputs, h, w) to one (b, outputs, h, w) for each convolution."""
        together = self.conv(x)
        n = sum(self.sizes)
        parts = list(F.relu_(together[:, :n]).split(self.sizes, dim=1))
        if self.is_pooled:
            parts.append(F.relu_(graph.average(together[:, n:])))
        return parts


class FoldedA(nn.Module):
    """`inception_graph.BlockA`, folded."""

    def __init__(self, block: graph.BlockA) -> None:
        super().__init__()
        self.entry = Entry(
            (block.branch1x1, block.branch5x5_1, block.branch3x3dbl_1), pooled=block.branch_pool
        )
        self.wide = Convolution(block.branch5x5_2)
        self.deep = chain(block.branch3x3dbl_2, block.branch3x3dbl_3)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 224 + pooled, h, w)."""
        plain, wide, deep, pool = self.entry(x)
        return torch.cat([plain, self.wide(wide), self.deep(deep), pool], dim=1)


class FoldedB(nn.Module):
    """`inception_graph.BlockB`, folded."""

    def __init__(self, block: graph.BlockB) -> None:
        super().__init__()
        self.single = Convolution(block.branch3x3)
        self.deep = chain(block.branch3x3dbl_1, block.branch3x3dbl_2, block.branch3x3dbl_3)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 480 + inputs, h / 2, w / 2)."""
        return torch.cat([self.single(x), self.deep(x), F.max_pool2d(x, 3, stride=2)], dim=1)


class FoldedC(nn.Module):
    """`inception_graph.BlockC`, folded."""

    def __init__(self, block: graph.BlockC) -> None:
        super().__init__()
        self.entry = Entry(
            (block.branch1x1, block.branch7x7_1, block.branch7x7dbl_1), pooled=block.branch_pool
        )
        self.single = chain(block.branch7x7_2, block.branch7x7_3)
        self.deep = chain(
            block.branch7x7dbl_2, block.branch7x7dbl_3, block.branch7x7dbl_4, block.branch7x7dbl_5
        )

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 768, h, w)."""
        plain, single, deep, pool = self.entry(x)
        return torch.cat([plain, self.single(single), self.deep(deep), pool], dim=1)


class FoldedD(nn.Module):
    """`inception_graph.BlockD`, folded."""

    def __init__(self, block: graph.BlockD) -> None:
        super().__init__()
        self.entry = Entry((block.branch3x3_1, block.branch7x7x3_1))
        self.small = Convolution(block.branch3x3_2)
        self.wide = chain(block.branch7x7x3_2, block.branch7x7x3_3, block.branch7x7x3_4)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 512 + inputs, h / 2, w / 2)."""
        small, wide = self.entry(x)
        return torch.cat([self.small(small), self.wide(wide), F.max_pool2d(x, 3, stride=2)], dim=1)


class FoldedE(nn.Module):
    """`inception_graph.BlockE`, folded; a block that pools by maximum pools before, as it must."""

    def __init__(self, block: graph.BlockE) -> None:
        super().__init__()
        layers = (block.branch1x1, block.branch3x3_1, block.branch3x3dbl_1)
        is_average = block.pool is graph.average
        self.entry = Entry(layers, pooled=block.branch_pool if is_average else None)
        self.pooled = None if is_average else Convolution(block.branch_pool)
        self.row, self.column = Convolution(block.branch3x3_2a), Convolution(block.branch3x3_2b)
        self.deep = Convolution(block.branch3x3dbl_2)
        self.deep_row = Convolution(block.branch3x3dbl_3a)
        self.deep_column = Convolution(block.branch3x3dbl_3b)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 2048, h, w)."""
        plain, single, deep, *pool = self.entry(x)
        deep = self.deep(deep)
        if self.pooled is not None:
            pool = [self.pooled(graph.maximum(x))]
        sides = [self.row(single), self.column(single)]
        sides += [self.deep_row(deep), self.deep_column(deep)]
        return torch.cat([plain, *sides, *pool], dim=1)


def chain(*layers: ConvNorm) -> nn.Sequential:
    """Folded layers, one after the other."""
    return nn.Sequential(*map(Convolution, layers))


def folded(layer: ConvNorm) -> nn.Conv2d:
    """One convolution that does what the convolution and the batch norm of inference do."""
    return fuse_conv_bn_eval(layer.conv, layer.bn)
