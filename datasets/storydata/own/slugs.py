"""Names of episodes as parts of story ids: a-z, 0-9 and hyphens, as close to the name as can be."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

MAX_LENGTH = 60
"""So that an id, with its number, stays within 80 characters."""


def slugs(names: Iterable[str]) -> dict[str, str]:
    """A slug for every name; names that would share one get a piece of their hash each.

    >>> slugs(["Épisode 1", "ep_2", "第一話"])
    {'Épisode 1': 'episode-1', 'ep_2': 'ep-2', '第一話': 'e-e7471710'}
    """
    plain = {name: _slug(name) for name in dict.fromkeys(names)}
    counts = Counter(plain.values())
    return {
        name: slug if slug and counts[slug] == 1 else f"{slug or 'e'}-{_hash(name)}"
        for name, slug in plain.items()
    }


def _slug(name: str) -> str:
    """Accents and everything else that is no letter, digit or hyphen taken out; maybe nothing."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:MAX_LENGTH].rstrip("-")


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
