"""Which code is taken: the likeliest few, by a number that belongs to the frame.

Every frame brings its own random numbers, one a code, made from its seed before anything is drawn;
so it comes out the same in any batch.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from storymodels.storydalle.decoding import Decoding
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.steps import Plain, Steps

if TYPE_CHECKING:
    from jaxtyping import Float, Int

OnStep = Callable[[int, int], None]
"""Called with how many codes of how many are drawn."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How a code is chosen: from the `top_k` likeliest, of these the fewest that hold `top_p`.

    Both are None for all. `temperature` divides the logits. `GREEDY` takes the likeliest.
    """

    top_k: int | None = None
    top_p: float | None = None
    temperature: float = 1.0


GREEDY = Choice(top_k=1)

PUBLISHED = {
    "code": Choice(top_k=96, top_p=0.5),
    "arxiv-pororo": Choice(top_k=32, top_p=0.2),
    "arxiv-flintstones": Choice(top_k=96, top_p=0.5),
    "camera-ready": Choice(top_k=256),
}
"""The settings of the public code and of the two versions of the paper
(adymaharana/storydalle@132dd19:story-dalle/infer_t2i.py:230)."""


@torch.inference_mode()
def sample(
    model: StoryDalle,
    given: Given,
    *,
    choice: Choice,
    numbers: Float[Tensor, "b t *drawings codes"],
    on_step: OnStep | None = None,
    steps: Steps = Plain,
) -> Int[Tensor, "b t *drawings codes"]:
    """The codes of every frame, as many times as there are numbers for, by a model in evaluation.

    Args:
        model: what draws.
        given: of the stories.
        choice: how a code is chosen.
        numbers: from 0 to 1, one for each code of each drawing; see `numbers_for`.
        on_step: told after every code.
        steps: makes what goes from code to code.

    Returns:
        Codes in the shape of `numbers`.
    """
    n_codes = model.size.transformer.n_codes
    drawn = numbers.flatten(0, -2)
    decoding = Decoding(model, given, copies=drawn.shape[0] // given.n_frames, steps=steps)
    codes = torch.empty(drawn.shape, dtype=torch.long, device=drawn.device)
    for step in range(n_codes):
        taken = pick(probabilities(decoding.logits, choice), drawn[:, step])
        codes[:, step] = taken
        if step + 1 < n_codes:
            decoding.take(taken)
        if on_step is not None:
            on_step(step + 1, n_codes)
    return codes.view(numbers.shape)


def probabilities(logits: Float[Tensor, "n v"], choice: Choice) -> Float[Tensor, "n v"]:
    """Probabilities after temperature, the top k (ties all stay), then the top p.

    The code that crosses `top_p` stays in
    (kakaobrain/minDALL-E@e548007:dalle/utils/sampling.py), so the likeliest does for any.

    >>> logits = torch.tensor([[3.0, 2.0, 2.0, 0.0]])
    >>> probabilities(logits, Choice(top_k=2)).gt(0).tolist()
    [[True, True, True, False]]
    """
    scores = logits.float() / choice.temperature
    if choice.top_k is not None and choice.top_k < scores.shape[1]:
        least = scores.topk(choice.top_k, dim=1).values[:, -1:]
        scores = scores.masked_fill(scores < least, -torch.inf)
    found = scores.softmax(1)
    if choice.top_p is None:
        return found
    ranked, order = found.sort(dim=1, descending=True)
    is_out = ranked.cumsum(1) - ranked >= choice.top_p
    is_out[:, 0] = False  # where top_p is nothing in float32
    found = found.masked_fill(torch.empty_like(is_out).scatter_(1, order, is_out), 0)
    return found / found.sum(1, keepdim=True)


def pick(chances: Float[Tensor, "n v"], numbers: Float[Tensor, " n"]) -> Int[Tensor, " n"]:
    """The code at which the probabilities, added up, pass the number.

    Likelier codes come first, so a small change of either seldom changes the code.

    >>> pick(torch.tensor([[0.2, 0.5, 0.3]] * 3), torch.tensor([0.4, 0.6, 0.9])).tolist()
    [1, 2, 0]
    """
    ranked, order = chances.sort(dim=1, descending=True, stable=True)
    passed = ranked.cumsum(1) <= numbers[:, None] * ranked.sum(1, keepdim=True)
    n_there = (ranked > 0).sum(1, keepdim=True)
    place = passed.sum(1, keepdim=True).minimum(n_there - 1)
    return order.gather(1, place)[:, 0]


def numbers_for(names: Iterable[str], n_codes: int, *, seed: int) -> Float[Tensor, "n codes"]:
    """Random numbers of frames by name, float32 in [0, 1): a hash decides, no order.

    >>> one, both = numbers_for(["b"], 4, seed=0), numbers_for(["a", "b"], 4, seed=0)
    >>> torch.equal(one[0], both[1])
    True
    """
    rows = [_generator(name, seed).random(n_codes, dtype=np.float32) for name in names]
    return torch.from_numpy(np.stack(rows))


def _generator(name: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}|{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))
