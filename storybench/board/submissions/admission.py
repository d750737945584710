"""What keeps a well-formed result off a board: pictures that were refused, or that nobody named.

`submit` and `leaderboard check` hold every result to the same rules, so that a folder made by hand
passes no more than one that was submitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from storybench.board.submissions.record import ReportRecord
from storybench.flags import BARRED
from storybench.predictions.store import UNKNOWN_MODEL


def objections(result: ReportRecord, where: Path) -> Iterator[str]:
    """Why a result may not stand on a board, one sentence each; none if it may.

    Args:
        result: what a report.json says.
        where: the file that says it, for the sentences.
    """
    faults = {} if result.doctor is None else result.doctor.faults
    flags = {flag for score in result.scores for flag in score.flags}
    if faults or not flags.isdisjoint(BARRED):
        yield (
            f"Expected a report on predictions that `storybench doctor` passes, found {where} on "
            f"predictions that it refused{_kinds(faults)}, scored by force. Mend what the doctor "
            "says of them, score them without --force and submit that report."
        )
    name = str(result.model.get("name") or "").strip()
    if name in ("", UNKNOWN_MODEL["name"]):
        yield (
            f"Expected the name of the model in {where}, found {name or 'none'}. Name it with "
            "`storybench preds convert PREDS NAMED --data SHARDS --model NAME`, score NAMED and "
            "submit that report."
        )


def _kinds(faults: dict[str, int]) -> str:
    """What the doctor found, in brackets; empty where the report does not say.

    >>> _kinds({"misaligned": 1, "missing": 3})
    ' (1 x misaligned, 3 x missing)'
    """
    named = ", ".join(f"{n:,} x {kind}" for kind, n in sorted(faults.items()))
    return f" ({named})" if named else ""
