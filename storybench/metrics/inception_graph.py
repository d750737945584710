"""The Inception network of TensorFlow's inception-2015-12-05, in torch, up to its last pool.

Follows mseitzer/pytorch-fid@b9c1811:src/pytorch_fid/inception.py, written afresh with the parameter
names of its weights file (hence the names of the branches). It is not torchvision's ImageNet
Inception: average pools leave the padding out, the last block pools by maximum, and the head has
1008 classes, kept only so that the file loads strictly.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float

DIM = 2048

Size = int | tuple[int, int]
Padding = Literal["same", "valid"]


def average(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """3 x 3 average of what is inside the picture: the padding is not counted."""
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def maximum(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """3 x 3 maximum, same size."""
    return F.max_pool2d(x, 3, stride=1, padding=1)


class ConvNorm(nn.Module):
    """Convolution without bias, batch norm, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, *, kernel: Size, stride: int = 1, pad: Padding = "same"
    ):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, pad, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, outputs, h', w')."""
        return F.relu(self.bn(self.conv(x)), inplace=True)


class Inception(nn.Module):
    """Pixels (b, 3, 299, 299) in -1..1 to the features (b, 2048) of the final average pool."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = ConvNorm(3, 32, kernel=3, stride=2, pad="valid")
        self.Conv2d_2a_3x3 = ConvNorm(32, 32, kernel=3, pad="valid")
        self.Conv2d_2b_3x3 = ConvNorm(32, 64, kernel=3)
        self.Conv2d_3b_1x1 = ConvNorm(64, 80, kernel=1)
        self.Conv2d_4a_3x3 = ConvNorm(80, 192, kernel=3, pad="valid")
        self.Mixed_5b = BlockA(192, pooled=32)
        self.Mixed_5c = BlockA(256, pooled=64)
        self.Mixed_5d = BlockA(288, pooled=64)
        self.Mixed_6a = BlockB(288)
        self.Mixed_6b = BlockC(768, inner=128)
        self.Mixed_6c = BlockC(768, inner=160)
        self.Mixed_6d = BlockC(768, inner=160)
        self.Mixed_6e = BlockC(768, inner=192)
        self.Mixed_7a = BlockD(768)
        self.Mixed_7b = BlockE(1280, pool=average)
        self.Mixed_7c = BlockE(2048, pool=maximum)
        self.fc = nn.Linear(DIM, 1008)

    def forward(self, x: Float[Tensor, "b 3 299 299"]) -> Float[Tensor, "b 2048"]:
        """The features; the classes of `fc` are not computed."""
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = F.max_pool2d(x, 3, stride=2)  # (b, 64, 73, 73)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        x = F.max_pool2d(x, 3, stride=2)  # (b, 192, 35, 35)
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))  # (b, 2048, 8, 8)
        return x.mean(dim=(2, 3))


class BlockA(nn.Module):
    """35 x 35: 1x1, 5x5, two 3x3, and a pool, side by side."""

    def __init__(self, inputs: int, *, pooled: int):
        super().__init__()
        self.branch1x1 = ConvNorm(inputs, 64, kernel=1)
        self.branch5x5_1 = ConvNorm(inputs, 48, kernel=1)
        self.branch5x5_2 = ConvNorm(48, 64, kernel=5)
        self.branch3x3dbl_1 = ConvNorm(inputs, 64, kernel=1)
        self.branch3x3dbl_2 = ConvNorm(64, 96, kernel=3)
        self.branch3x3dbl_3 = ConvNorm(96, 96, kernel=3)
        self.branch_pool = ConvNorm(inputs, pooled, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 224 + pooled, h, w)."""
        wide = self.branch5x5_2(self.branch5x5_1(x))
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        pool = self.branch_pool(average(x))
        return torch.cat([self.branch1x1(x), wide, double, pool], dim=1)


class BlockB(nn.Module):
    """From 35 x 35 to 17 x 17."""

    def __init__(self, inputs: int):
        super().__init__()
        self.branch3x3 = ConvNorm(inputs, 384, kernel=3, stride=2, pad="valid")
        self.branch3x3dbl_1 = ConvNorm(inputs, 64, kernel=1)
        self.branch3x3dbl_2 = ConvNorm(64, 96, kernel=3)
        self.branch3x3dbl_3 = ConvNorm(96, 96, kernel=3, stride=2, pad="valid")

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 480 + inputs, h / 2, w / 2)."""
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, stride=2)], dim=1)


class BlockC(nn.Module):
    """17 x 17: 7x7 convolutions as rows and columns."""

    def __init__(self, inputs: int, *, inner: int):
        super().__init__()
        row, column = (1, 7), (7, 1)
        self.branch1x1 = ConvNorm(inputs, 192, kernel=1)
        self.branch7x7_1 = ConvNorm(inputs, inner, kernel=1)
        self.branch7x7_2 = ConvNorm(inner, inner, kernel=row)
        self.branch7x7_3 = ConvNorm(inner, 192, kernel=column)
        self.branch7x7dbl_1 = ConvNorm(inputs, inner, kernel=1)
        self.branch7x7dbl_2 = ConvNorm(inner, inner, kernel=column)
        self.branch7x7dbl_3 = ConvNorm(inner, inner, kernel=row)
        self.branch7x7dbl_4 = ConvNorm(inner, inner, kernel=column)
        self.branch7x7dbl_5 = ConvNorm(inner, 192, kernel=row)
        self.branch_pool = ConvNorm(inputs, 192, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 768, h, w)."""
        single = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        pool = self.branch_pool(average(x))
        return torch.cat([self.branch1x1(x), single, double, pool], dim=1)


class BlockD(nn.Module):
    """From 17 x 17 to 8 x 8."""

    def __init__(self, inputs: int):
        super().__init__()
        self.branch3x3_1 = ConvNorm(inputs, 192, kernel=1)
        self.branch3x3_2 = ConvNorm(192, 320, kernel=3, stride=2, pad="valid")
        self.branch7x7x3_1 = ConvNorm(inputs, 192, kernel=1)
        self.branch7x7x3_2 = ConvNorm(192, 192, kernel=(1, 7))
        self.branch7x7x3_3 = ConvNorm(192, 192, kernel=(7, 1))
        self.branch7x7x3_4 = ConvNorm(192, 192, kernel=3, stride=2, pad="valid")

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 512 + inputs, h / 2, w / 2)."""
        wide = self.branch7x7x3_2(self.branch7x7x3_1(x))
        wide = self.branch7x7x3_4(self.branch7x7x3_3(wide))
        small = self.branch3x3_2(self.branch3x3_1(x))
        return torch.cat([small, wide, F.max_pool2d(x, 3, stride=2)], dim=1)


class BlockE(nn.Module):
    """8 x 8: 3x3 convolutions split into a row and a column; the two blocks pool differently."""

    def __init__(self, inputs: int, *, pool: Callable[[Tensor], Tensor]):
        super().__init__()
        self.pool = pool
        row, column = (1, 3), (3, 1)
        self.branch1x1 = ConvNorm(inputs, 320, kernel=1)
        self.branch3x3_1 = ConvNorm(inputs, 384, kernel=1)
        self.branch3x3_2a = ConvNorm(384, 384, kernel=row)
        self.branch3x3_2b = ConvNorm(384, 384, kernel=column)
        self.branch3x3dbl_1 = ConvNorm(inputs, 448, kernel=1)
        self.branch3x3dbl_2 = ConvNorm(448, 384, kernel=3)
        self.branch3x3dbl_3a = ConvNorm(384, 384, kernel=row)
        self.branch3x3dbl_3b = ConvNorm(384, 384, kernel=column)
        self.branch_pool = ConvNorm(inputs, 192, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, inputs, h, w) to (b, 2048, h, w)."""
        single = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        parts = [
            self.branch1x1(x),
            self.branch3x3_2a(single),
            self.branch3x3_2b(single),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(self.pool(x)),
        ]
        return torch.cat(parts, dim=1)
