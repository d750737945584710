"""Carry out a study: draw its worlds, train with several seeds, draw, score, and judge its claims.

Every step is the function that its own command calls, and continues where it was stopped; nothing
that is finished is done again.
"""

from storybench.reproduce.reproducing import reproduce
from storybench.reproduce.results import Results

__all__ = ["Results", "reproduce"]
