"""Axes and numbers of the pages' small charts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storybench.page.chart import axis, decimals_for, number


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
def test_an_axis_holds_every_value(values):
    """Whatever is drawn stands between the first and the last tick, up to rounding of ticks."""
    found = axis(values)
    slack = 1e-6 * max(1.0, *map(abs, values))
    assert found.ticks[0] - slack <= min(values)
    assert max(values) <= found.ticks[-1] + slack
    assert len(found.ticks) <= 12


def test_zero_has_no_sign():
    """What rounds to zero is not below it."""
    assert number(-0.0001, 2) == "0.00"
    assert number(-0.5, 0) == "0"
    assert number(-0.06, 1) == "−0.1"


def test_two_digits_of_the_error_are_shown():
    """More would be noise."""
    assert decimals_for(23.4123, 0.62) == 2
    assert decimals_for(158.06, 12.3) == 0
