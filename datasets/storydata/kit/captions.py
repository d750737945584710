"""Captions as the shards hold them: one line, single spaces, otherwise as people wrote them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("should be Unicode text, without half a surrogate pair") from error
    return text


UnicodeText = Annotated[str, AfterValidator(_encodable)]
"""A text that UTF-8 can hold; JSON can hold others."""


def normalise(text: str) -> str:
    r"""Any run of white space becomes one space, none at the ends; case and punctuation stay.

    >>> normalise(" the baby\n is  first shown. ")
    'the baby is first shown.'
    """
    return " ".join(text.split())
