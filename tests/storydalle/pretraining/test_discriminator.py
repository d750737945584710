"""Can the judge tell pictures apart, and does it see as much as it says?"""

from __future__ import annotations

import torch

from storymodels.storydalle.pretraining.discriminator import (
    Discriminator,
    feature_distance,
    hinge,
)


def judge() -> Discriminator:
    """Small, with seeded weights."""
    torch.manual_seed(0)
    return Discriminator(8)


def noise(n: int, *, seed: int) -> torch.Tensor:
    """Pictures of nothing."""
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_a_logit_for_every_eight_pixels() -> None:
    """And what each of the three layers found, each half as large as the one before."""
    logits, found = judge()(noise(2, seed=0))
    assert logits.shape == (2, 1, 4, 4)
    assert [x.shape for x in found] == [(2, 8, 16, 16), (2, 16, 8, 8), (2, 32, 4, 4)]


def test_a_logit_has_seen_thirty_eight_pixels() -> None:
    """That many columns have a gradient, without the norms, which see all."""
    module = judge()
    module.norms = torch.nn.ModuleList([torch.nn.Identity()] * 3)
    images = torch.randn(1, 3, 128, 128).requires_grad_()
    module(images)[0][0, 0, 8, 8].backward()
    assert images.grad is not None
    assert int((images.grad.abs().sum(dim=(0, 1, 2)) > 0).sum()) == 38


def test_it_learns_what_is_sharp() -> None:
    """Forty steps tell noise from the same noise, blurred; of other noise too."""
    module = judge()
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-3)

    def blurred(images: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(images, 3, stride=1, padding=1)

    for step in range(40):
        real = noise(8, seed=step)
        optimiser.zero_grad()
        hinge(module(real)[0], module(blurred(real))[0]).backward()
        optimiser.step()
    real = noise(8, seed=1000)
    assert module(real)[0].mean() > 0.5
    assert module(blurred(real))[0].mean() < -0.5


def test_pictures_have_no_distance_from_themselves() -> None:
    """And more from others than from themselves with a little noise."""
    module, images = judge(), noise(4, seed=0)
    found = module(images)[1]
    assert feature_distance(found, found) == 0
    near = feature_distance(module(images + 0.1 * noise(4, seed=1))[1], found)
    assert 0 < near < feature_distance(module(noise(4, seed=2))[1], found)
