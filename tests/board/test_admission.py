from pathlib import Path

import pytest

from storybench.board.submissions.admission import objections
from storybench.board.submissions.record import ReportRecord

WHERE = Path("mine/report.json")
MISALIGNED = {"verdict": "misaligned", "faults": {"misaligned": 1, "repeated story": 1200}}


@pytest.fixture
def result(report, score):
    """Makes the record of a report with other fields; `flags` are those of its second score."""

    def make(*flags, **changes):
        scores = [score(), score("kid.clean299.targets.v1", settings={"flags": flags})]
        return ReportRecord.model_validate(report("mine", scores, **changes))

    return make


@pytest.mark.parametrize(
    "changes", [{}, {"doctor": None}, {"doctor": {"verdict": "cannot tell", "notes": {"odd": 1}}}]
)
def test_a_named_set_that_the_doctor_passed_is_welcome(result, changes):
    """So is one of before the verdict was recorded, and one with mere notes."""
    assert list(objections(result("below_floor", "lossy_pictures", **changes), WHERE)) == []


def test_one_refused_number_speaks_for_all(result):
    """The flag is of the pictures: whichever score carries it, all are on the same."""
    (found,) = objections(result("refused_by_doctor"), WHERE)
    assert found == (
        "Expected a report on predictions that `storybench doctor` passes, found mine/report.json "
        "on predictions that it refused, scored by force. Mend what the doctor says of them, score "
        "them without --force and submit that report."
    )


@pytest.mark.parametrize("flags", [(), ("refused_by_doctor",)])
def test_what_the_doctor_found_is_named(result, flags):
    """Its faults refuse a report even where no number carries the flag."""
    (found,) = objections(result(*flags, doctor=MISALIGNED), WHERE)
    assert "that it refused (1 x misaligned, 1,200 x repeated story), scored by force." in found


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"name": "unknown", "converted_from": "gan-pictures"}, "found unknown"),
        ({"name": " unknown "}, "found unknown"),
        ({"name": ""}, "found none"),
        ({}, "found none"),
    ],
)
def test_a_model_has_a_name(result, model, words):
    """Without one nothing says what drew the pictures; the sentence says how to give it."""
    (found,) = objections(result(model=model), WHERE)
    assert f"Expected the name of the model in mine/report.json, {words}." in found
    assert "`storybench preds convert PREDS NAMED --data SHARDS --model NAME`" in found
