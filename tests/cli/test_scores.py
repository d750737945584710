"""Tables of scores stay readable in a narrow terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.cli import console
from storybench.cli.scores import show_controls, show_reports
from storybench.evaluate.controls import ControlRow
from storybench.types import Report, Score
from tests.report.evaluations import make_evaluation, make_world

METRICS = ("kd.twin.v1", "consistency_neighbour.twin.v1", "copy_train_ratio.twin.v1")
LABELS = ("Kernel distance", "Consistency with the frame before", "Distance to training frames")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Scores with long names."""
    found = make_evaluation(make_world(tmp_path).stories).report
    scores = (Score(name, 0.5, 0.01, (0.48, 0.52), 64, 4, "lower") for name in METRICS)
    return Report(**{**vars(found), "scores": tuple(scores)})


@pytest.mark.parametrize("columns", [80, 120])
def test_an_arrow_stands_in_the_line_of_its_number(
    report: Report, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    """However long a name is; and every line of the tables fits."""
    monkeypatch.setattr(console.out, "_width", columns)
    rows = [ControlRow("shuffled-truth", "", report.scores), ControlRow("blank", "", ())]
    show_reports([report])
    show_controls(rows, report)
    lines = [line for line in capsys.readouterr().out.splitlines() if "  id " not in line]
    assert max(map(len, lines)) <= columns
    for label in LABELS:
        found = [line for line in lines if line.strip().startswith(label[:12])]
        assert len(found) == 2
        assert all("↓" in line and any(c.isdigit() for c in line) for line in found)
