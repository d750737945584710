"""Options of every build command are checked in one way."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from storybench.errors import InputError
from storydata.kit.options import check_choice, check_limits, flag, parse


@dataclass(frozen=True)
class Toy:
    colour: str = "red"
    n_frames: int = 5


def test_absent_and_none_take_the_default() -> None:
    """A command passes None for what was not given."""
    assert parse(Toy, {"colour": None, "n_frames": 3}) == Toy(n_frames=3)
    assert parse(Toy, {}) == Toy()


def test_an_unknown_name_lists_the_known_ones() -> None:
    """Nothing is ignored in silence."""
    with pytest.raises(InputError, match="among colour, n_frames, found 'color'"):
        parse(Toy, {"color": "blue"})


def test_values_are_held_to_choices_and_limits() -> None:
    """Each message names the option as the command line does; True is no number."""
    check_choice("colour", None, (None, "red"))
    check_limits("n_frames", 5, low=5, high=5)
    with pytest.raises(InputError, match="Expected --colour to be red or blue, found 'pink'"):
        check_choice("colour", "pink", (None, "red", "blue"))
    for value in (4, 6, True, 5.0, "5", None):
        with pytest.raises(InputError, match="--n-frames to be a whole number from 5 to 5"):
            check_limits("n_frames", value, low=5, high=5)
    assert flag("n_frames") == "--n-frames"
