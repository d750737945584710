"""Shares for people."""

from __future__ import annotations


class Share(float):
    """A share from 0 to 1 that prints as a percentage, never rounded to none or to all.

    >>> print(Share(0.7826), Share(0.00004), Share(0.99999), Share(1), Share(0))
    78.3 % <0.1 % >99.9 % 100 % 0 %
    """

    def __str__(self) -> str:
        if self in (0.0, 1.0):
            return f"{self:.0%}".replace("%", " %")
        if self < 0.001:
            return "<0.1 %"
        return ">99.9 %" if self > 0.999 else f"{100 * self:.1f} %"


def share(part: int, whole: int) -> Share:
    """A part of a whole; of nothing it is none.

    >>> print(share(1, 3), share(0, 0))
    33.3 % 0 %
    """
    return Share(part / whole) if whole else Share(0)
