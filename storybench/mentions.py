r"""Which characters a caption names: the documented fallback where a release has no labels.

A name counts where it stands as words of its own, in any case, in any of a clip's captions:
"Pororo's ball" names Pororo, "poporo" does not. Between the words of a longer name any white space
may stand, or a full stop, or both: the Flintstones captions say both "mr slate" and "mr. slate",
and where they say "slate" alone they mean the stone. A pronoun names nobody.

>>> mentions(["Pororo's ball falls.", "LOOPY\n laughs"], ["Pororo", "Loopy", "Crong"])
(1, 1, 0)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from storybench.errors import InputError

_BETWEEN_WORDS = r"(?:\.\s*|\s+)"


def mentions(captions: Iterable[str], characters: Sequence[str]) -> tuple[int, ...]:
    """Multi-hot over `characters`, in their order: 1 where any caption names the character.

    No captions name nobody.

    Raises:
        InputError: a name has no letter or digit in it.
    """
    texts = tuple(captions)
    return tuple(int(any(map(_pattern(name).search, texts))) for name in characters)


@lru_cache(maxsize=1024)
def _pattern(name: str) -> re.Pattern[str]:
    """The name as a run of words: not inside a longer word, each with or without a full stop."""
    words = [re.escape(word.rstrip(".")) for word in name.split()]
    if not re.search(r"[^\W_]", name) or not all(words):
        raise InputError(
            f"Expected the name of a character, found {name!r}. Write it in letters or digits."
        )
    return re.compile(rf"(?<!\w){_BETWEEN_WORDS.join(words)}(?!\w)", re.IGNORECASE)
