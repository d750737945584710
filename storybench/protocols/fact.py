"""Where a choice of a protocol was read: file and line of the code that makes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """What a protocol does about one thing, and the place that says so.

    `about` names a field of `Protocol`, or is "loader" or "note". `source` is
    owner/repository@commit:path:lines, or a section of the specification for our own decisions.
    """

    about: str
    says: str
    source: str
