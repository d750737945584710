"""Does stage one learn, and what does its loss count?"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from storymodels.storydalle.pretraining.stage1 import StageOne, Weights, psnr
from storymodels.storydalle.sizes import VqganSize

SIZE = VqganSize(
    side=16,
    channels=32,
    widths=(1, 1),
    n_blocks=1,
    attention_side=8,
    latent_width=8,
    code_width=4,
    n_codes=16,
)


def pictures(n: int = 8, *, side: int = 16) -> Tensor:
    """Squares of one colour on another."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(n, 3, 1, 1, generator=generator).mul(2).sub(1).repeat(1, 1, side, side)
    images[:, :, 4:12, 4:12] = torch.rand(n, 3, 1, 1, generator=generator) * 2 - 1
    return images


def stage_one(**weights: float) -> StageOne:
    """Small, with seeded weights."""
    torch.manual_seed(0)
    return StageOne(SIZE, Weights(**weights))  # pyright: ignore[reportArgumentType]


def test_pictures_come_back_better_after_a_few_steps() -> None:
    """Forty steps take at least 3 dB off the errors."""
    module, images = stage_one(), pictures()
    parameters = dict(module.named_parameters())
    optimiser = torch.optim.Adam([parameters[name] for name in module.moved], lr=1e-3)
    near = []
    for _ in range(40):
        near.append(float(psnr(module.reconstruct(images)[0], images).mean()))
        optimiser.zero_grad()
        module(images)["loss"].backward()
        optimiser.step()
    assert near[-1] > near[0] + 3


def test_no_optimiser_moves_the_codebook() -> None:
    """It is the one parameter that is not among the moved, and the loss has no gradient for it."""
    module = stage_one()
    names = {name for name, _ in module.named_parameters()}
    assert names - set(module.moved) == {"vqgan.codebook.weight"}
    module(pictures())["loss"].backward()
    assert module.vqgan.codebook.weight.grad is None
    parameters = dict(module.named_parameters())
    assert all(parameters[name].grad is not None for name in module.moved)


def test_pictures_are_drawn_from_latents_at_first() -> None:
    """Then the codes have no part in the loss; in evaluation and after that they have."""
    module, images = stage_one(codes_after=1), pictures()
    first = module(images)
    expected = first["pixels"] + first["edges"] + 0 * first["commitment"]
    assert first["loss"].item() == pytest.approx(expected.item(), abs=1e-6)
    again = stage_one(codes_after=1)
    latents = again.vqgan.latents(images)
    plain = again.vqgan.decoder(again.vqgan.from_code(latents))
    assert torch.allclose(again.reconstruct(images)[0], plain, atol=1e-5)
    assert not torch.allclose(again.eval().reconstruct(images)[0], plain, atol=1e-3)


def test_codes_are_those_that_the_vqgan_itself_gives() -> None:
    """Straight through in training, `encode` and `decode` afterwards: the same."""
    module, images = stage_one(), pictures()
    module(images)
    module.eval()
    with torch.no_grad():
        drawn, codes, _ = module.reconstruct(images)
        assert torch.equal(codes, module.vqgan.encode(images))
        assert torch.allclose(drawn, module.vqgan.decode(codes), atol=1e-5)
