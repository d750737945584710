"""Patterns of file names, as `*`, `?`, `[…]` and `**` have them in a shell; letters in any case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]|.", re.DOTALL)


def check_pattern(pattern: str) -> str:
    """The pattern itself, with forward slashes, if it stays below the folder it is for.

    >>> check_pattern("**/*.png")
    '**/*.png'

    Raises:
        ValueError: it is absolute, climbs out with "..", or is no pattern.
    """
    pattern = pattern.replace("\\", "/").removeprefix("./")
    if pattern.startswith(("/", "~")) or re.match(r"^[A-Za-z]:", pattern):
        raise ValueError("should lie below the recipe and not be an absolute path")
    if ".." in pattern.split("/"):
        raise ValueError('should lie below the recipe and not climb out with ".."')
    try:
        compiled(pattern)
    except re.error as error:
        raise ValueError(
            f"should be the name of a file, or a pattern of names ({error})"
        ) from error
    return pattern


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name, with forward slashes, fits any of the patterns.

    >>> fits("ep1/P01.PNG", ["**/*.png"]), fits("a.png", ["**/*.png"]), fits("ep1/a.png", ["*.png"])
    (True, True, False)
    """
    return any(compiled(pattern).fullmatch(name) for pattern in patterns)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression that a pattern stands for."""
    return re.compile("".join(map(_expression, _PARTS.findall(pattern))), re.IGNORECASE)


def _expression(part: str) -> str:
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in known:
        return known[part]
    if len(part) == 1:
        return re.escape(part)
    is_negated = part[1] in "!^"
    letters = re.sub(r"([\\\[&~|^])", r"\\\1", part[2:-1] if is_negated else part[1:-1])
    return f"[^/{letters}]" if is_negated else f"[{letters}]"
