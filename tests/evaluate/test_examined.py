"""The doctor's findings are kept for the very same files, with all that a report says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.evaluate import Subject, examined
from storybench.evaluate.record import examination
from storybench.predictions.doctor.alignment import Alignment, Fitted
from storybench.predictions.doctor.alignment.shuffle import Shuffle
from storybench.predictions.doctor.diagnosis import Diagnosis

CLAIM = Fitted("as claimed", "", "", 0.11, 0.0)
NEXT = Fitted("the next story", "A02", "--first-index 1", 2.5, 31.0)
VERDICTS = (
    None,
    Alignment("aligned", NEXT, NEXT, (), 0.02, 40.5, None, 9),
    Alignment("misaligned", CLAIM, NEXT, (NEXT, CLAIM), 0.02, 40.5, None, 9),
    Alignment("misaligned", CLAIM, CLAIM, (), 0.02, 1.5, Shuffle("runs", 31.0, 1.2, 200), 9),
)


def look(subject: Subject, fingerprint: str) -> Diagnosis:
    stories = subject.stories
    return examined.examined(
        subject.predictions, stories, stories.ids, truth=stories, fingerprint=fingerprint
    )


@pytest.mark.parametrize("alignment", VERDICTS)
def test_findings_come_back_as_they_were(
    subject: Subject, alignment: Alignment | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor is asked once; its verdict, numbers and problems are the same afterwards."""
    said = replace(subject.diagnosis, alignment=alignment)
    monkeypatch.setattr(examined, "examine", lambda *_, **__: said)
    assert look(subject, "a" * 64) is said
    monkeypatch.setattr(examined, "examine", unwanted)
    again = look(subject, "a" * 64)
    assert again == said
    assert examination(again) == examination(said)
    with pytest.raises(AssertionError, match="asked again"):
        look(subject, "b" * 64)


def unwanted(*_: object, **__: object) -> Diagnosis:
    raise AssertionError("asked again")
