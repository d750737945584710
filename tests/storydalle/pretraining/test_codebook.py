"""Does a codebook find what there is, use itself whole, and leave gradients alone?"""

from __future__ import annotations

import torch
from torch import Tensor

from storymodels.storydalle.pretraining.codebook import CodebookLearner, nearest, perplexity


def clusters(n: int, *, seed: int) -> Tensor:
    """Latents (n, 2) close around the corners of a square, one corner far rarer."""
    generator = torch.Generator().manual_seed(seed)
    corners = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
    weights = torch.tensor([0.4, 0.35, 0.2, 0.05])
    chosen = torch.multinomial(weights, n, replacement=True, generator=generator)
    return corners[chosen] + 0.1 * torch.randn(n, 2, generator=generator)


def learned(n_codes: int, *, steps: int = 300) -> tuple[CodebookLearner, Tensor]:
    """A codebook that has seen the clusters."""
    torch.manual_seed(0)
    learner, codebook = CodebookLearner(n_codes, 2), torch.zeros(n_codes, 2)
    for step in range(steps):
        learner(clusters(64, seed=step), codebook)
    return learner, codebook


def test_every_cluster_gets_a_code_in_its_middle() -> None:
    """Codes come to lie on the means of the latents, however rare these are."""
    _, codebook = learned(8)
    corners = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
    assert torch.cdist(corners, codebook).min(dim=1).values.max() < 0.15


def test_hardly_a_code_stays_idle() -> None:
    """All start at one place; in the end nearly all are used."""
    _, codebook = learned(16)
    codes = nearest(clusters(4000, seed=-1), codebook)
    assert len(codes.unique()) >= 14
    assert perplexity(codes, 16) > 8


def test_gradients_pass_straight_through() -> None:
    """The gradient of the codes' vectors is that of the latents, and the distance pulls them."""
    learner, codebook = learned(8)
    latents = clusters(5, seed=1).requires_grad_()
    found = learner.eval()(latents, codebook)
    assert torch.allclose(found.rows, codebook[found.codes])
    weights = torch.arange(10.0).view(5, 2)
    (through,) = torch.autograd.grad((found.rows * weights).sum(), latents, retain_graph=True)
    assert torch.equal(through, weights)
    (pull,) = torch.autograd.grad(found.distance, latents)
    assert torch.allclose(pull, 2 * (latents - codebook[found.codes]) / latents.numel())


def test_in_evaluation_nothing_moves() -> None:
    """Averages and codes stay bit for bit."""
    learner, codebook = learned(8, steps=5)
    before = [codebook.clone(), learner.counts.clone(), learner.sums.clone()]
    learner.eval()(clusters(64, seed=9), codebook)
    after = [codebook, learner.counts, learner.sums]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
