"""Captions as the shards hold them: one line, single spaces, otherwise as people wrote them."""

from __future__ import annotations


def normalise(text: str) -> str:
    r"""Any run of white space becomes one space, none at the ends; case and punctuation stay.

    >>> normalise(" the baby\n is  first shown. ")
    'the baby is first shown.'
    """
    return " ".join(text.split())


def folded(text: str) -> str:
    """The form in which two captions count as the same: lower case, no full stops at the end.

    >>> folded("A dog runs. .") == folded("a  dog runs")
    True
    """
    return normalise(text).lower().rstrip(". ")
