"""Which protocols' distances carry which flags: one line a flag, below a table of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storybench.flags import SENTENCES
from storybench.types import Report

EVERY = "all"


@dataclass(frozen=True)
class Flagged:
    """A flag, what it says, and the protocols whose distance carries it, or "all"."""

    flag: str
    whose: str
    sentence: str


def flagged(reports: Mapping[str, Report]) -> tuple[Flagged, ...]:
    """The flags of each report's first score, by protocol, in the order of `flags.SENTENCES`."""
    marked = {name: report.scores[0].settings.get("flags", ()) for name, report in reports.items()}
    found: list[Flagged] = []
    for flag, sentence in SENTENCES.items():
        names = [name for name, flags in marked.items() if flag in flags]
        if names:
            whose = EVERY if len(names) == len(marked) else ", ".join(names)
            found.append(Flagged(flag, whose, sentence))
    return tuple(found)
