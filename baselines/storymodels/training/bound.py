"""The memory that a container may use, as Linux's control groups tell it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bound:
    """Files that tell of a container's memory.

    Attributes:
        limit: bytes that it may use, or a word for any number.
        used: bytes that it uses, among them copies of files that make way when room is needed.
        parts: of what is used, a name and bytes in each line.
        copies: the name of those copies that nothing has asked for of late.
    """

    limit: Path
    used: Path
    parts: Path
    copies: str

    def left(self) -> int | None:
        """Bytes that the container can still take; None where there is no bound."""
        if not (self.limit.is_file() and self.used.is_file()):
            return None
        limit = self.limit.read_text().strip()
        if not limit.isdigit():
            return None
        return int(limit) - int(self.used.read_text()) + self._copied()

    def _copied(self) -> int:
        lines = self.parts.read_text().splitlines() if self.parts.is_file() else []
        found = dict(line.split(maxsplit=1) for line in lines)
        return int(found.get(self.copies, 0))


_CGROUP = Path("/sys/fs/cgroup")
_FIRST = _CGROUP / "memory"

BOUNDS = (
    Bound(
        limit=_CGROUP / "memory.max",
        used=_CGROUP / "memory.current",
        parts=_CGROUP / "memory.stat",
        copies="inactive_file",
    ),
    Bound(
        limit=_FIRST / "memory.limit_in_bytes",
        used=_FIRST / "memory.usage_in_bytes",
        parts=_FIRST / "memory.stat",
        copies="total_inactive_file",
    ),
)
"""Of the second and of the first version of control groups."""
