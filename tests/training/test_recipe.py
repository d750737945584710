"""Does a recipe refuse what makes no sense, in a sentence with the option's name?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from storybench.errors import InputError
from storymodels.training.recipe import Recipe


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("n_epochs", 0, "Expected --epochs to be at least 1, found 0."),
        ("n_steps", 0, "Expected --steps to be at least 1, found 0."),
        ("batch", 0, "Expected --batch to be at least 1, found 0."),
        ("accumulate", -1, "Expected --accumulate to be at least 1, found -1."),
        ("rate", 0.0, "Expected --lr to be above 0 and at most 1, found 0.0."),
        ("rate", float("nan"), "Expected --lr to be above 0 and at most 1, found nan."),
        ("rate", float("inf"), "Expected --lr to be above 0 and at most 1, found inf."),
        ("rate", 1e39, "Expected --lr to be above 0 and at most 1, found 1e+39."),
        ("clip", 0.0, "Expected --clip to be above 0 and finite, found 0.0."),
        ("clip", float("inf"), "Expected --clip to be above 0 and finite, found inf."),
        ("average", float("nan"), "Expected --ema to be between 0 and 1, found nan."),
        (
            "seed",
            1 << 63,
            "Expected --seed to be at most 9,223,372,036,854,775,807, found 9223372036854775808.",
        ),
        ("batch", 99_999_999, "Expected --batch to be at most 65,536, found 99999999."),
        ("average", 1.0, "Expected --ema to be between 0 and 1, found 1.0."),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(field: str, value: Any, sentence: str) -> None:
    """Before anything starts."""
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}$"):
        Recipe(**{field: value})


def test_a_warm_up_must_end_before_the_training_does() -> None:
    """With a sentence, where the schedule alone has an error of its own."""
    assert Recipe(n_warm_up=3).rates(4).n_warm_up == 3
    with pytest.raises(InputError, match="than the 3 of the training, found 3"):
        Recipe(n_warm_up=3).rates(3)
