"""One run of several: told apart by folder or number, chosen by `--run`, never by guess."""

from __future__ import annotations

from collections.abc import Iterable

from storybench.errors import InputError
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.folder import numeric
from storybench.predictions.layouts.recognition import Question

SHOWN = 12


def choose_run(
    names: Iterable[str], answers: Answers, what: str
) -> tuple[str | None, tuple[Question, ...]]:
    """The run to read, or a question that lists them; `what` completes "several …".

    Raises:
        InputError: `--run` names none of them.
    """
    runs = sorted(set(names), key=numeric)
    wanted = answers.get("run")
    if wanted is None:
        if len(runs) == 1:
            return runs[0], ()
        shown = tuple(name or "." for name in runs[:SHOWN])
        more = f" (and {len(runs) - SHOWN:,} more)" if len(runs) > SHOWN else ""
        return None, (Question("run", f"there are several {what}{more}.", shown),)
    exact = [name for name in runs if wanted.strip("/") == (name or ".")]
    fitting = exact or [name for name in runs if wanted.strip("/") == name.rpartition("/")[2]]
    if len(fitting) != 1:
        listed = ", ".join(name or "." for name in runs[:SHOWN])
        raise InputError(f"Expected one of the {what} {listed}, found --run {wanted}.")
    return fitting[0], ()
