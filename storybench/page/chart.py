"""Numbers as text and intervals on a shared axis: the arithmetic behind the page's small charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MAX_DECIMALS = 6
SMALLEST = 0.5 * 10**-MAX_DECIMALS
"""What is below this rounds to zero with the most decimals that are shown."""

N_STEPS = 4
FLAT = 1e-9
"""A spread below this share of the values is none: one number, or rounding."""


@dataclass(frozen=True)
class Axis:
    """A linear axis from the first tick to the last."""

    ticks: tuple[float, ...]
    decimals: int

    def at(self, value: float) -> str:
        """Where a value stands, in per cent of the width.

        >>> Axis(ticks=(0.0, 5.0, 10.0), decimals=0).at(2.5)
        '25.00%'
        """
        low, high = self.ticks[0], self.ticks[-1]
        return f"{100 * (value - low) / (high - low):.2f}%"


def axis(values: Sequence[float]) -> Axis:
    """A round axis that holds all values, up to rounding; it crosses zero only if they do.

    >>> axis([21.3, 24.9]).ticks
    (21.0, 22.0, 23.0, 24.0, 25.0)
    >>> axis([-2e-17, 0.19]).ticks
    (0.0, 0.05, 0.1, 0.15, 0.2)
    """
    low, high = min(values), max(values)
    size = max(abs(low), abs(high), 1e-3)
    spread = high - low if high - low > FLAT * size else size
    mantissa, exponent = _round_up(spread / N_STEPS)
    step = mantissa * 10.0**exponent
    first = math.floor(low / step + FLAT)
    last = max(math.ceil(high / step - FLAT), first + 1)
    decimals = max(0, -exponent + (mantissa == 2.5))
    return Axis(
        ticks=tuple(round(k * step, decimals) for k in range(first, last + 1)), decimals=decimals
    )


def decimals_for(value: float, standard_error: float | None) -> int:
    """Decimals that show two digits of the standard error, or four of the value without one.

    An error too small to be seen with `MAX_DECIMALS`, such as the rounding of a sum of equal
    numbers, is as good as none; a value as small has two decimals.

    >>> decimals_for(23.4123, 0.62), decimals_for(158.06, 12.3), decimals_for(23.4123, None)
    (2, 0, 2)
    >>> decimals_for(1.0, 3e-17), decimals_for(2e-16, 3e-17)
    (3, 2)
    """
    error = standard_error or 0.0
    size, digits = (error, 2) if error >= SMALLEST else (abs(value), 4)
    if size < SMALLEST:
        return 2
    return min(MAX_DECIMALS, max(0, digits - 1 - math.floor(math.log10(size))))


def number(value: float, decimals: int) -> str:
    """A number with a real minus sign and thousands apart; what rounds to zero has no sign.

    >>> number(-1234.5, 1), number(-0.04, 1)
    ('−1,234.5', '0.0')
    """
    text = f"{value:,.{decimals}f}"
    return text.replace("-", "−" if text.strip("-0.") else "")


def signed(value: float, decimals: int) -> str:
    """A number with its sign, also where it is positive.

    >>> signed(1.5, 1), signed(-1.5, 1), signed(0.0, 1)
    ('+1.5', '−1.5', '0.0')
    """
    text = number(value + 0.0, decimals)
    return f"+{text}" if value > 0 else text


def _round_up(step: float) -> tuple[float, int]:
    """The next of 1, 2, 2.5, 5, 10 times a power of ten, as mantissa and exponent."""
    exponent = math.floor(math.log10(step))
    scaled = step / 10.0**exponent
    mantissa = next(m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m >= scaled * (1 - FLAT))
    return (1.0, exponent + 1) if mantissa == 10.0 else (mantissa, exponent)
