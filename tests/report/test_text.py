"""A score is shown with as many digits as its error allows, and no more where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.cli.scores import show_reports
from storybench.report.latex import latex
from storybench.report.markdown import markdown
from storybench.report.page import page
from storybench.report.text import Shown, shown
from storybench.types import Score
from tests.report.evaluations import World, make_evaluation

ROUNDING = 3.1e-17
"""The spread of a mean of equal numbers, as floats have it."""


def of(value: float, error: float | None, *, metric: str = "consistency.twin.v1") -> Score:
    interval = None if error is None else (value - error, value + error)
    settings = {"flags": [], "real_frames": 0.79917}
    return Score(metric, value, error, interval, 64, 4, "higher", settings)


def numbers(one: Shown) -> tuple[str | None, ...]:
    return (one.value, one.error, one.low, one.high, one.real)


@pytest.mark.parametrize("error", [0.0, ROUNDING, 4e-7])
def test_an_error_of_nothing_leaves_four_digits_of_the_value(error: float):
    """Zero, rounding, or less than any digit that is ever shown: all the same."""
    assert numbers(shown(of(1.0, error))) == ("1.000", "0.000", "1.000", "1.000", "0.799")
    assert numbers(shown(of(ROUNDING, error))) == ("0.00", "0.00", "0.00", "0.00", "0.80")
    share = shown(of(1.0, error / 100, metric="copy_exact_rate.pixels.v1"))
    assert numbers(share)[:4] == ("100.0", "0.0", "100.0", "100.0")


def test_an_error_that_can_be_seen_decides():
    """Two of its digits, however small it is."""
    assert numbers(shown(of(1.0, 0.000012)))[:2] == ("1.000000", "0.000012")
    assert numbers(shown(of(0.5, 0.031)))[:2] == ("0.500", "0.031")
    assert numbers(shown(of(0.5, None))) == ("0.5000", None, None, None, "0.7992")


def test_every_table_shows_the_same_digits(world: World, capsys):
    """Terminal, Markdown, LaTeX and page."""
    evaluation = make_evaluation(world.stories)
    report = replace(evaluation.report, scores=(of(1.0, ROUNDING),))
    evaluation = replace(evaluation, report=report, per_story={})
    show_reports([report])
    drawn = page(evaluation, predictions=world.predictions("mine"), stories=world.stories)
    tables = (capsys.readouterr().out, markdown(report), latex(report), drawn)
    for text, value in zip(
        tables,
        ("1.000 ± 0.000", "1.000 ± 0.000", r"$1.000 \pm 0.000$", ">± 0.000<"),
        strict=True,
    ):
        assert value in text
        assert "0.000000" not in text
