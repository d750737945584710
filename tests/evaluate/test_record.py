"""What the doctor said goes into the report, in brief."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.evaluate.record import examination
from storybench.predictions.doctor.alignment import Alignment, Fitted
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.problem import Fault, Note
from storybench.types import Examination

CLAIM = Fitted("as claimed", "", "", 0.11, 0.0)
SHIFTED = Fitted("the next story", "A02", "", 2.5, 31.0)
PROBLEMS = (
    Fault("misaligned", "Another order."),
    Note("lossy pictures", "JPEG."),
    Fault("changed", "One."),
    Fault("changed", "Another."),
)


def diagnosis(found: Alignment | None) -> Diagnosis:
    return Diagnosis(Path("preds"), 4, 16, PROBLEMS, {}, alignment=found)


def test_verdict_numbers_and_problems_by_kind() -> None:
    """The claim's gain beside the best one's, and every problem counted."""
    found = Alignment("misaligned", CLAIM, SHIFTED, (), 0.02, 40.5, None, 9)
    assert examination(diagnosis(found)) == Examination(
        verdict="misaligned",
        gain=0.11,
        best=2.5,
        chance=0.02,
        score=40.5,
        faults={"misaligned": 1, "changed": 2},
        notes={"lossy pictures": 1},
    )


@pytest.mark.parametrize("unknown", [float("nan"), float("inf")])
def test_what_is_not_known_is_none(unknown: float) -> None:
    """JSON has neither NaN nor infinity."""
    found = Alignment("cannot tell", CLAIM, CLAIM, (), unknown, unknown, None, 9)
    said = examination(diagnosis(found))
    assert (said.verdict, said.gain, said.chance, said.score) == ("cannot tell", 0.11, None, None)


def test_too_few_stories_are_not_examined() -> None:
    """No verdict is none, and its problems are counted all the same."""
    said = examination(diagnosis(None))
    assert (said.verdict, said.gain, said.notes) == ("not examined", None, {"lossy pictures": 1})
