"""Does the decoder learn outlines, while codes and the judge's weights for it stay still?"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from storymodels.storydalle.pretraining.discriminator import hinge
from storymodels.storydalle.pretraining.sharpening import Coded, Sharpening, SharpWeights
from storymodels.storydalle.pretraining.stage1 import edge_distance
from storymodels.storydalle.sizes import VqganSize
from storymodels.storydalle.vqgan import Vqgan

SIZE = VqganSize(
    side=16,
    channels=16,
    widths=(1, 1, 2),
    n_blocks=1,
    attention_side=4,
    latent_width=16,
    code_width=4,
    n_codes=4,
    n_groups=4,
)
WEIGHTS = SharpWeights(channels=8)


def sharpening(weights: SharpWeights = WEIGHTS) -> Sharpening:
    """Small, with seeded weights."""
    torch.manual_seed(0)
    return Sharpening(Vqgan(SIZE), weights)


def stripes(n: int, *, seed: int) -> Coded:
    """Stripes, upright or level by their codes, whose phase no code tells: blurred on average."""
    generator = torch.Generator().manual_seed(seed)
    phases = torch.randint(4, (n, 1), generator=generator)
    kinds = torch.randint(2, (n,), generator=generator)
    rows = ((torch.arange(16) + phases) % 4 < 2).float() * 2 - 1
    upright = rows[:, None, None, :].expand(n, 3, 16, 16)
    images = torch.where(kinds[:, None, None, None] == 0, upright, upright.transpose(2, 3))
    return Coded(kinds[:, None].expand(n, 16).clone(), images)


def gradients(module: Sharpening, loss: Tensor) -> dict[str, Tensor | None]:
    """By name, of the parameters that move."""
    parameters = {name: p for name, p in module.named_parameters() if name in module.moved}
    found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    return dict(zip(parameters, found, strict=True))


def test_encoder_and_codebook_stay() -> None:
    """Else all that learned from the codes would have to learn again."""
    module = sharpening()
    still = {name for name, _ in module.named_parameters()} - set(module.moved)
    assert {name.split(".")[1] for name in still} == {"encoder", "to_code", "codebook"}


def test_the_judge_learns_from_its_own_loss_alone() -> None:
    """Its gradient is that of the hinge, and the decoder's has nothing of that."""
    module, batch = sharpening(), stripes(4, seed=0)
    whole = gradients(module, module(batch)["loss"])
    drawn = module.vqgan.decode(batch.codes).detach()
    own = gradients(
        module, hinge(module.discriminator(batch.images)[0], module.discriminator(drawn)[0])
    )
    for name, found in whole.items():
        assert found is not None
        if name.startswith("discriminator."):
            assert own[name] is not None
            assert torch.allclose(found, own[name], atol=1e-6)  # pyright: ignore[reportArgumentType]
        else:
            assert own[name] is None


def test_the_decoder_is_told_by_the_judge() -> None:
    """Its gradient changes with the weight of being taken for real."""
    batch = stripes(4, seed=0)
    found = []
    for weights in (WEIGHTS, replace(WEIGHTS, realness=0.0)):
        module = sharpening(weights)
        found.append(gradients(module, module(batch)["loss"])["vqgan.decoder.last.weight"])
    assert (found[0] - found[1]).abs().max() > 1e-5


def sharpness_after(weights: SharpWeights, *, n_steps: int) -> float:
    """How much neighbours differ in what is drawn of new codes; 1 in real stripes."""
    module = sharpening(weights)
    parameters = dict(module.named_parameters())
    moved = [parameters[name] for name in module.moved]
    optimiser = torch.optim.Adam(moved, lr=2e-3, betas=(0.5, 0.9))
    for step in range(n_steps):
        optimiser.zero_grad()
        module(stripes(16, seed=step))["loss"].backward()
        optimiser.step()
    batch = stripes(16, seed=10_000)
    with torch.inference_mode():
        drawn = module.vqgan.decode(batch.codes)
        both = [edge_distance(x, torch.zeros_like(x)) for x in (drawn, batch.images)]
    return float(both[0] / both[1])


def test_what_no_code_tells_is_drawn_sharp_with_a_judge_alone() -> None:
    """Without one the mean of all phases comes back, which is grey."""
    blurred = sharpness_after(SharpWeights(channels=8, features=0, realness=0), n_steps=60)
    sharp = sharpness_after(SharpWeights(channels=8, features=0, realness=1), n_steps=60)
    assert blurred < 0.3 < 0.5 < sharp
