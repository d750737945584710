"""How far a classifier is believed, and what its file says of its fitting."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.analysis.judge import DOUBTS, USELESS, doubt, fitting
from storybench.analysis.shares import Share
from storybench.errors import InputError
from storybench.metrics.classifier import document
from storybench.metrics.classifier.loading import load
from tests.metrics.classifier.casts import CAST


def test_the_file_says_how_often_it_was_shown_each(judge: Path) -> None:
    """In the order of the dataset, whatever the classifier's own and whatever the case."""
    _, described = document.read(judge)
    support = dict(zip(described.characters, described.data.train_support, strict=True))
    names = tuple(reversed(CAST))
    found = fitting(judge, load(judge), [name.upper() for name in names])
    assert found.frames == tuple(support[name] for name in names)
    assert min(support.values()) > 0
    assert found.record["data_digest"] == described.data.digest


def test_another_cast_is_refused(judge: Path) -> None:
    """Names are compared, not only their number."""
    with pytest.raises(InputError, match="Expected a classifier of Ada, Bo, Cleo, found one of"):
        fitting(judge, load(judge), ("Ada", "Bo", "Cleo"))


def test_a_ceiling_of_half_is_enough_and_less_is_not() -> None:
    """The cut is what the words say; not having been learnt outweighs any ceiling."""
    assert doubt(Share(USELESS), frames=1, learnt=1) is None
    assert doubt(Share(USELESS - 0.01), frames=1, learnt=1) == "not recognised"
    assert doubt(Share(None), frames=1, learnt=1) == "not recognised"
    assert doubt(Share(1.0), frames=1, learnt=0) == "never learnt"
    assert doubt(Share(1.0), frames=0, learnt=0) == "not in the split"
    assert "50%" in DOUBTS["not recognised"]
