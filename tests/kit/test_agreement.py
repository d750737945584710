"""Labels against captions: the counts are those of a count by hand, empty columns have no share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storydata.kit.agreement import CharacterAgreement, agreement

NAMES = ("Fred", "Wilma", "Dino")
BITS = st.tuples(*[st.integers(0, 1)] * len(NAMES))


def test_a_report_by_hand() -> None:
    """Four clips, three characters: every number as counted on paper."""
    labels = [(1, 0, 0), (1, 1, 0), (0, 0, 0), (1, 0, 0)]
    named = [(1, 0, 0), (0, 1, 0), (1, 0, 0), (1, 0, 0)]
    report = agreement(zip(labels, named, strict=True), NAMES)
    assert (report.n_clips, report.n_equal) == (4, 2)
    fred, wilma, dino = report.characters
    assert fred == CharacterAgreement("Fred", both=2, labels_only=1, captions_only=1, neither=0)
    assert (fred.labelled, fred.named) == (3, 3)
    assert fred.precision == pytest.approx(2 / 3)
    assert fred.recall == pytest.approx(2 / 3)
    assert fred.kappa == pytest.approx((2 / 4 - 10 / 16) / (1 - 10 / 16))
    assert wilma.kappa == 1
    assert (dino.precision, dino.recall, dino.kappa) == (None, None, None)


def test_a_report_reads_as_sentences() -> None:
    """What a person sees: the whole in one sentence, and a line for each character."""
    report = agreement([((1, 0, 0), (1, 0, 0)), ((1, 1, 0), (0, 1, 0))], NAMES)
    assert str(report) == ("Labels and captions agree on every character in 1 of 2 clips (50.0%).")
    assert str(report.characters[0]) == (
        "Fred: labels 2, captions 1, both 1, precision 100.0%, recall 50.0%"
    )
    assert str(report.characters[2]).endswith("precision none, recall none")


def test_no_clips_agree_on_nothing() -> None:
    """An empty release has an empty report, not a division by zero."""
    report = agreement([], NAMES)
    assert (report.n_clips, report.n_equal) == (0, 0)
    assert str(report).endswith("in 0 of 0 clips (none).")


@given(st.lists(st.tuples(BITS, BITS), max_size=30))
def test_every_clip_is_in_one_cell(pairs: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> None:
    """Whatever the labels, the four counts of a character add up, and agreeing is symmetric."""
    report = agreement(pairs, NAMES)
    turned = agreement([(named, labels) for labels, named in pairs], NAMES)
    for one, other in zip(report.characters, turned.characters, strict=True):
        assert one.both + one.labels_only + one.captions_only + one.neither == len(pairs)
        assert (one.precision, one.recall, one.kappa) == (
            other.recall,
            other.precision,
            other.kappa,
        )
    assert report.n_equal == sum(labels == named for labels, named in pairs)
