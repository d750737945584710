"""Do rates go up and down as they should, and as torch's do?"""

from __future__ import annotations

import itertools

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

from storymodels.training.schedule import Schedule


def test_a_cosine_is_that_of_torch() -> None:
    """Step by step."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=2.0)
    theirs = CosineAnnealingLR(optimiser, T_max=50)
    ours = Schedule("cosine", 50)
    for step in range(51):
        assert 2 * ours.factor(step) == pytest.approx(theirs.get_last_lr()[0], abs=1e-12)
        optimiser.step()
        theirs.step()


@pytest.mark.parametrize("shape", ["cosine", "linear", "constant"])
def test_a_warm_up_rises_to_the_highest_rate_and_no_further(shape: str) -> None:
    """In equal steps; then the rate never rises again."""
    schedule = Schedule(shape, 40, n_warm_up=8)  # type: ignore[arg-type]
    factors = [schedule.factor(step) for step in range(40)]
    assert factors[:8] == pytest.approx([(step + 1) / 8 for step in range(8)])
    assert max(factors) == 1
    assert all(b <= a for a, b in itertools.pairwise(factors[7:]))


def test_the_rate_stays_at_its_last_value_past_the_end() -> None:
    """A step too many is none with a negative rate."""
    assert Schedule("linear", 4).factor(9) == 0
    assert Schedule("cosine", 4).factor(9) == pytest.approx(0)


def test_a_warm_up_longer_than_the_training_is_refused() -> None:
    """Nothing would be left."""
    with pytest.raises(ValueError, match="Expected a warm-up of 0 to 3 steps, found 4"):
        Schedule("linear", 4, n_warm_up=4)
