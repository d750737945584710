"""A convolution and what follows it as one call, its weights laid out once for all batches.

On a processor torch lays the weights of a convolution out anew at every call, and goes over the
result once more for the ReLU. oneDNN does neither if it is asked the way that `torch.compile` asks
it; that way is taken here for float32. Anywhere else it is the plain convolution. Both give the
same numbers to about 4e-7.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float

After = Literal["relu", "none"]


class Convolution(nn.Module):
    """A convolution with a bias and the ReLU after it, if any; for inference only.

    Its padding is in pixels. Once it was called, its parameters must stay as they are.
    """

    def __init__(self, conv: nn.Conv2d, *, after: After = "relu") -> None:
        super().__init__()
        self.conv = conv
        self.after: After = after
        self._laid_out: dict[torch.Size, Tensor] = {}

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        """Maps in channels-last memory, to maps."""
        if is_onednns(x):
            return self._fused(x)
        maps = self.conv(x)
        return F.relu_(maps) if self.after == "relu" else maps

    def _fused(self, x: Tensor) -> Tensor:
        conv, weights = self.conv, self._laid_out.get(x.shape)
        how = (conv.padding, conv.stride, conv.dilation, conv.groups)
        if weights is None:
            weights = torch.ops.aten.mkldnn_reorder_conv2d_weight(
                conv.weight.to_mkldnn(), *how, list(x.shape)
            )
            self._laid_out[x.shape] = weights
        return torch.ops.mkldnn._convolution_pointwise(
            x, weights, conv.bias, *how, self.after, [], ""
        )


def is_onednns(x: Tensor) -> bool:
    """Whether oneDNN can be asked for a convolution of these maps: float32, here, no gradients."""
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_grad_enabled()
        and torch.backends.mkldnn.is_available()
    )
