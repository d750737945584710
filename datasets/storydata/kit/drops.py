"""What did not make it, as data: one line of drops.jsonl for each loss, with its step and reason.

A story that was planned and is not in the shards is a drop of kind "story" under the story's own
id, so the number of dropped stories is a count of lines. Lost clips, descriptions and files are
kinds of their own. `step` is a short fixed phrase that names the class of the loss ("duplicate",
"video missing"), `reason` the sentence with the particulars; tallies count by kind and step.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from storybench.files import replacing

Kind = Literal["story", "clip", "description", "file"]


@dataclass(frozen=True)
class Drop:
    """One thing that was promised and is not in the shards."""

    id: str
    kind: Kind
    split: str
    step: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """The line of drops.jsonl as a plain object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Drop:
        """The drop that `to_json` wrote."""
        return cls(**value)


def tally(drops: Iterable[Drop]) -> dict[str, int]:
    """How many drops there are of each kind and step, most frequent first.

    >>> tally([Drop("a", "story", "val", "video missing", "no a.mp4")])
    {'story: video missing': 1}
    """
    return ordered(Counter(f"{drop.kind}: {drop.step}" for drop in drops))


def ordered(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by cause, most frequent first."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def write_drops(path: Path, drops: Iterable[Drop]) -> None:
    """Write drops.jsonl in the order given, one drop at a time, whole or not at all."""
    with replacing(path) as file:
        for drop in drops:
            file.write(json.dumps(drop.to_json(), sort_keys=True, ensure_ascii=False).encode())
            file.write(b"\n")


def read_drops(path: Path) -> list[Drop]:
    """The drops of a build, in file order."""
    with path.open(encoding="utf-8") as file:
        return [Drop.from_json(json.loads(line)) for line in file]
