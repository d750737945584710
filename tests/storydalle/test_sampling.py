"""Is a code taken as often as it should be, and the same picture drawn in any company?"""

from __future__ import annotations

import pytest
import torch

from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sampling import (
    GREEDY,
    Choice,
    numbers_for,
    pick,
    probabilities,
    sample,
)
from storymodels.storydalle.switches import PAPER
from tests.storydalle import official


def test_top_p_keeps_the_code_that_crosses_it() -> None:
    """And what is kept sums to one again."""
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    for top_p, kept in ((0.4, 1), (0.5, 1), (0.6, 2), (0.8, 2), (0.81, 3), (1.0, 4)):
        found = probabilities(logits, Choice(top_p=top_p))
        assert int((found > 0).sum()) == kept, top_p
        assert found.sum().item() == pytest.approx(1)


def test_top_p_keeps_the_likeliest_wherever_they_stand() -> None:
    """Of codes that are as likely as each other as many as it takes."""
    logits = torch.randint(6, (20, 99), generator=torch.Generator().manual_seed(0)).float()
    chances, kept = logits.softmax(1), probabilities(logits, Choice(top_p=0.5)) > 0
    likeliest = chances.sort(1, descending=True).values
    n_needed = (likeliest.cumsum(1) < 0.5).sum(1) + 1
    assert torch.equal(kept.sum(1), n_needed)
    assert all(c[k].min() >= c[~k].max() for c, k in zip(chances, kept, strict=True))


@pytest.mark.parametrize("top_p", [1e-9, 1e-46, 1e-300])
def test_the_likeliest_code_is_in_any_top_p(top_p: float) -> None:
    """In one that float32 takes for 0, too."""
    found = probabilities(torch.tensor([[0.1, 0.6, 0.3]]).log(), Choice(top_p=top_p))
    assert found.tolist() == [[0, 1, 0]]


def test_top_k_goes_before_top_p() -> None:
    """The share is of what the top k leave."""
    logits = torch.tensor([[0.4, 0.3, 0.2, 0.1]]).log()
    found = probabilities(logits, Choice(top_k=2, top_p=0.55))
    assert found[0].tolist() == pytest.approx([1, 0, 0, 0])
    assert int((probabilities(logits, Choice(top_p=0.55)) > 0).sum()) == 2


def test_the_temperature_divides_the_logits() -> None:
    """At half of it, probabilities are squared."""
    logits = torch.tensor([[0.6, 0.4]]).log()
    found = probabilities(logits, Choice(temperature=0.5))[0]
    assert found.tolist() == pytest.approx([0.36 / 0.52, 0.16 / 0.52])


def test_codes_are_taken_as_often_as_their_probability_says() -> None:
    """Over 20,000 draws, each within four standard errors; impossible ones never."""
    chances = torch.tensor([0.05, 0.5, 0.0, 0.3, 0.15])
    n = 20_000
    numbers = numbers_for(["a"], n, seed=3)[0]
    taken = torch.bincount(pick(chances.expand(n, -1), numbers), minlength=5) / n
    assert taken[2] == 0
    assert ((taken - chances).abs() <= 4 * (chances * (1 - chances) / n).sqrt()).all()


def test_the_largest_number_takes_a_code_that_is_possible() -> None:
    """Rounding doesn't lead past the last."""
    chances = torch.tensor([[1 / 3, 1 / 3, 1 / 3, 0.0, 0.0]])
    assert int(pick(chances, torch.tensor([1.0]))) < 3


@pytest.fixture(scope="module")
def model() -> StoryDalle:
    """With all that can be added."""
    return official.model(prompt=True, retro=True, switches=PAPER)


def test_greedy_codes_are_the_likeliest_of_the_whole_picture(model: StoryDalle) -> None:
    """Run over the codes that were drawn, the model likes each best."""
    numbers = torch.rand(2, 4, 256)
    drawn = sample(model, official.stories(), choice=GREEDY, numbers=numbers)
    with torch.no_grad():
        logits = model(official.stories(), drawn).codes
    best = logits.max(-1).values
    taken = logits.gather(-1, drawn.flatten(0, 1)[..., None])[..., 0]
    assert (best - taken).max() < 1e-4


def test_a_picture_is_the_same_whatever_the_batch(model: StoryDalle) -> None:
    """The first story alone is what it was beside the second."""
    names = [f"{story}/{k}" for story in "ab" for k in range(4)]
    numbers = numbers_for(names, 256, seed=1).view(2, 4, -1)
    choice = Choice(top_k=32, top_p=0.9)
    both = sample(model, official.stories(), choice=choice, numbers=numbers)
    alone = sample(model, official.stories(n=1), choice=choice, numbers=numbers[:1])
    assert torch.equal(both[0], alone[0])
    assert not torch.equal(both[0], both[1])


def test_a_candidate_is_the_same_however_many_there_are(model: StoryDalle) -> None:
    """Its numbers are its own, so the first of three is the only one of one."""
    names = [f"{story}/{k}/{c}" for story in "ab" for k in range(4) for c in range(3)]
    numbers = numbers_for(names, 256, seed=1).view(2, 4, 3, -1)
    choice = Choice(top_k=32, top_p=0.9)
    three = sample(model, official.stories(), choice=choice, numbers=numbers)
    one = sample(model, official.stories(), choice=choice, numbers=numbers[:, :, 0])
    assert torch.equal(three[:, :, 0], one)
    assert not torch.equal(three[:, :, 0], three[:, :, 1])


def test_another_seed_is_another_picture() -> None:
    """And the same one the same."""
    first, again, other = (numbers_for(["a/1"], 8, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
