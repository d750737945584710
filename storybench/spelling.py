"""What a wrong name may have been meant for."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str], *, most: int = 3) -> str:
    """A question to put behind a sentence, if something known is spelt nearly so, else nothing.

    The likeliest comes first; upper and lower case are the same.

    >>> did_you_mean("Lenght", ["length", "rule"])
    ' Did you mean length?'
    >>> did_you_mean("colour", ["length", "rule"])
    ''
    """
    spelt = {one.casefold(): one for one in known}
    close = [spelt[one] for one in get_close_matches(name.casefold(), spelt, n=most)]
    return f" Did you mean {' or '.join(close)}?" if close else ""
