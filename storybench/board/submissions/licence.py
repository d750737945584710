"""Which licences let a frame be shown as a small copy on the board.

A thumbnail in a strip is a derivative: only licences that allow one count, and a licence that is
not recognised counts as none. Pictures of the toy world are drawn by this project: whatever
licence they imitate, they are free.
"""

from __future__ import annotations

import re

DERIVATIVES = frozenset({"by", "by-sa", "by-nc", "by-nc-sa", "cc0"})
_KIND = r"(?P<kind>by(?:-nc)?(?:-nd|-sa)?)"
_URL = re.compile(
    rf"https?://(?:www\.)?creativecommons\.org/licenses/{_KIND}/(?P<version>\d\.\d)(?:/.*)?"
)
_LABEL = re.compile(rf"cc[ -]{_KIND}(?:[ -](?P<version>\d\.\d))?")
_ZERO = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/publicdomain/zero/.*|cc[ -]?0(?:[ -]1\.0)?"
)


def allows_derivatives(licence: str | None) -> bool:
    """Whether a frame under this licence may be shown scaled down.

    >>> allows_derivatives("http://creativecommons.org/licenses/by-nc-sa/2.0/")
    True
    >>> allows_derivatives("http://creativecommons.org/licenses/by-nd/2.0/")
    False
    >>> allows_derivatives(None)
    False
    """
    kind, _ = _parse(licence)
    return kind in DERIVATIVES


def label(licence: str | None) -> str:
    """The short name of a licence, for people.

    >>> label("http://creativecommons.org/licenses/by-nc/2.0/"), label("CC0"), label(None)
    ('CC BY-NC 2.0', 'CC0', 'no known licence')
    """
    kind, version = _parse(licence)
    if kind is None:
        return licence.strip() if licence and licence.strip() else "no known licence"
    return "CC0" if kind == "cc0" else f"CC {kind.upper()} {version or ''}".strip()


def _parse(licence: str | None) -> tuple[str | None, str | None]:
    text = (licence or "").strip().lower()
    if _ZERO.fullmatch(text):
        return "cc0", None
    match = _URL.fullmatch(text) or _LABEL.fullmatch(text)
    return (match["kind"], match["version"]) if match else (None, None)
