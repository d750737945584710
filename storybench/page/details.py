"""Nested settings as flat lines of name and text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

MAX_DETAIL = 240


def details(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names and short texts, long ones cut.

    >>> list(details({"name": "x", "optim": {"lr": 0.1}, "flags": []}))
    [('name', 'x'), ('optim.lr', '0.1'), ('flags', '[]')]
    """
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from details(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _short(value)


def _short(value: Any) -> str:
    if isinstance(value, str):
        text = value
    else:  # a report that was read has its keys sorted, one that was computed has not
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= MAX_DETAIL else f"{text[: MAX_DETAIL - 1]}…"
