"""Are the shortcuts of graphics cards off where codes and pixels are made, and only there?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from storymodels.storydalle.exact import exact


@pytest.fixture
def quick_products() -> Iterator[None]:
    """Matrix products in TensorFloat-32, as NVIDIA's containers have them."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    yield
    torch.set_float32_matmul_precision(before)


@pytest.mark.usefixtures("quick_products")
def test_shortcuts_are_off_inside_and_as_they_were_outside() -> None:
    """TensorFloat-32 and autocast, even in a block that asks for it."""
    cudnn = torch.backends.cudnn
    before = (cudnn.allow_tf32, cudnn.deterministic)
    rows = torch.ones(2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        with exact("cpu"):
            assert (cudnn.allow_tf32, cudnn.deterministic) == (False, True)
            assert torch.get_float32_matmul_precision() == "highest"
            assert (rows @ rows).dtype == torch.float32
        assert (rows @ rows).dtype == torch.bfloat16
    assert (cudnn.allow_tf32, cudnn.deterministic) == before
    assert torch.get_float32_matmul_precision() == "high"
