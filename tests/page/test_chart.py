"""Axes and numbers of the pages' small charts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.page.chart import axis, decimals_for, number


def test_an_axis_is_round_and_holds_the_values():
    """Ticks are round numbers around the values, printed with the decimals they need."""
    assert axis([21.3, 24.9]).ticks == (21.0, 22.0, 23.0, 24.0, 25.0)
    assert axis([0.0, 9.0]).ticks == (0.0, 2.5, 5.0, 7.5, 10.0)
    assert axis([0.0, 9.0]).decimals == 1
    assert axis([0.0031, 0.0042]).decimals == 4


def test_an_axis_of_one_number_has_a_width():
    """A single value, zero too, still gets an axis with two ends."""
    for value in (7.0, 0.0, -3.0):
        scale = axis([value])
        assert scale.ticks[0] <= value <= scale.ticks[-1]
        assert scale.ticks[0] < scale.ticks[-1]


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=8))
def test_every_value_stands_on_the_axis(values):
    """Whatever the numbers, each one has a finite place between the ends (up to rounding)."""
    scale = axis(values)
    places = [float(scale.at(value).removesuffix("%")) for value in values]
    assert all(math.isfinite(place) and -1 <= place <= 101 for place in places)
    assert len(scale.ticks) <= 9


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (23.4, 0.62, 2),
        (158.06, 12.3, 0),
        (0.41, 0.0123, 3),
        (5.0, None, 3),
        (0.0, None, 2),
        (1.0, 0.0, 3),
        (1.0, 2e-17, 3),
        (2e-17, 2e-17, 2),
        (2e-17, None, 2),
        (1.0, 1e-6, 6),
    ],
)
def test_two_digits_of_the_error_are_shown(value, error, expected):
    """The error decides the decimals; without one that can be seen, four digits of the value do."""
    assert decimals_for(value, error) == expected


def test_rounding_below_zero_needs_no_tick():
    """A value that is zero but for its rounding does not stretch the axis below zero."""
    assert axis([-2e-17, 0.19]).ticks == (0.0, 0.05, 0.1, 0.15, 0.2)
    assert axis([-0.19, 2e-17]).ticks == (-0.2, -0.15, -0.1, -0.05, 0.0)


def test_numbers_have_a_real_minus_sign():
    """Negative numbers are set with a minus sign, not a hyphen; what rounds to zero has none."""
    assert number(-0.5, 2) == "−0.50"
    assert number(12345.0, 0) == "12,345"
    assert number(-0.0001, 2) == "0.00"
    assert number(-0.5, 0) == "0"
    assert number(-0.06, 1) == "−0.1"
