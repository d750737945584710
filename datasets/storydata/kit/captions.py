"""Captions as the shards hold them: one line, single spaces, otherwise as people wrote them."""

from __future__ import annotations


def normalise(text: str) -> str:
    r"""Any run of white space becomes one space, none at the ends; case and punctuation stay.

    >>> normalise(" the baby\n is  first shown. ")
    'the baby is first shown.'
    """
    return " ".join(text.split())
