"""What stands beside a number: real frames, the classifier, the spread over seeds, copies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.cli.scores import show_reports
from storybench.report.beside import absences, on_real_frames, remarks
from storybench.report.latex import latex
from storybench.report.markdown import markdown
from storybench.report.page import page
from storybench.types import Absent, Report, Score
from tests.report.evaluations import FID, World, make_evaluation

SHA = "0a1b2c3d" * 8
F1 = Score(
    metric="charf1.small.0a1b2c3d.targets.v1",
    value=0.4,
    standard_error=0.02,
    interval=(0.36, 0.44),
    n=24,
    n_clusters=6,
    direction="higher",
    settings={
        "flags": [],
        "classifier": {"arch": "small", "sha256": SHA},
        "ceiling": {"value": 0.812, "interval": [0.7, 0.9]},
        "floor": {"mean": 0.305},
    },
)


@pytest.fixture
def report(world: World) -> Report:
    """A report with an F1."""
    found = make_evaluation(world.stories).report
    return replace(found, scores=(*found.scores, F1))


def test_classifier_and_ceiling_stand_beside_every_f1(world: World, report: Report, capsys):
    """On the terminal, in Markdown, in LaTeX and on the page."""
    show_reports([report])
    evaluation = replace(make_evaluation(world.stories), report=report)
    drawn = page(evaluation, predictions=world.predictions("mine"), stories=world.stories)
    for told in (capsys.readouterr().out, markdown(report), latex(report), drawn):
        assert "small.0a1b2c3d" in told
        assert "81.2" in told
    assert r"& $81.2$ \\" in latex(report)
    assert f"(SHA-256 {SHA})" in markdown(report)
    assert "30.5 %" in drawn


def test_a_gap_has_no_number_on_real_frames(report: Report):
    """It is the distance to that number; a share of copies has one."""
    rate = replace(F1, metric="copy_source_rate.a.b", settings={"real_frames": 0.01})
    assert on_real_frames(rate) == 0.01
    assert on_real_frames(replace(rate, metric="dino_consistency_gap.a.b")) is None
    assert on_real_frames(report.scores[0]) is None


def test_the_spread_over_seeds_is_said(world: World):
    """Where real frames are drawn, how far the distance moves with the draw."""
    seeds = {"metric": FID, "values": {"0": 20.0, "1": 20.3, "2": 19.9}, "sd": 0.21}
    settings = {"reference": {"seed": 0, "seeds": seeds}}
    (text,) = remarks(make_evaluation(world.stories, settings=settings).report)
    assert text == (
        "Real frames are drawn with seed 0. Over the seeds 0 to 2 the FID goes from 19.90 to "
        "20.30, standard deviation 0.21."
    )


def test_the_score_without_copies_is_said(report: Report):
    """How many frames are copies, and the distance with and without them."""
    settings = {"flags": [], "n_copies": 5, "all_frames": 0.0071}
    less = replace(F1, metric="kid_without_copies.a.b", value=0.0123, settings=settings)
    (text,) = remarks(replace(report, scores=(replace(less, standard_error=0.001),)))
    assert "5 frames are near copies" in text
    assert "is 7.1, without them 12.3" in text


def test_metrics_absent_for_one_reason_are_told_together(report: Report):
    """One missing file, one sentence."""
    absent = (Absent("clip_t", "No file."), Absent("fsd", "Other."), Absent("clip_i", "No file."))
    assert absences([replace(report, absent=absent)]) == (
        ("clip_t, clip_i", "No file."),
        ("fsd", "Other."),
    )
