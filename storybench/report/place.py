"""Where an evaluation lies unless said otherwise, `PREDS.report/<protocol>/`, and which is meant.

A set of predictions has one folder of reports beside it, and in it a folder a protocol: what was
scored under one never takes the place of what was scored under another. The time machine has
`PREDS.report/all/`, with a folder a protocol in its turn.
"""

from __future__ import annotations

from pathlib import Path

from storybench.errors import InputError

REPORT = "report.json"
ENDING = ".report"


def home_of(predictions: Path) -> Path:
    """The folder of all reports on a set of predictions.

    >>> home_of(Path("/preds/mine")).name
    'mine.report'
    """
    whole = predictions.resolve()
    return whole.with_name(f"{whole.name}{ENDING}")


def folder_of(path: Path) -> Path:
    """The folder of the evaluation that a path means.

    That is the folder itself, the one of a report.json, or the only one in `PREDS.report/`.

    >>> folder_of(Path("mine.report/sb-v1/report.json")).as_posix()
    'mine.report/sb-v1'

    Raises:
        InputError: several evaluations lie there; names them.
    """
    if path.name == REPORT:
        return path.parent
    found = [one.parent for one in (path / REPORT, *sorted(path.glob(f"*/{REPORT}")))]
    found = [folder for folder in found if (folder / REPORT).is_file()]
    if len(found) > 1:
        names = ", ".join((folder / REPORT).relative_to(path).as_posix() for folder in found)
        raise InputError(
            f"Expected one evaluation in {path}, found {len(found)}: {names}. Name one of them, "
            f"such as {found[-1]}."
        )
    return found[0] if found else path
