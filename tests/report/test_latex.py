"""Tables to paste: right numbers, and nothing from outside that a typesetter would run."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from storybench.report.latex import latex
from storybench.report.markdown import markdown
from storybench.types import Absent, Report
from tests.report.evaluations import World, make_evaluation

HOSTILE = "a_b & 100% $x$ \\input{/etc/passwd} #1 ~^{}\n\\end{table}|<script>`x`"


@pytest.fixture
def report(world: World) -> Report:
    """A report whose model has the worst of names."""
    found = make_evaluation(world.stories, absent=(Absent("clip_t", "No `weights` | file."),))
    return replace(found.report, model={"name": HOSTILE})


def test_values_stand_with_error_and_interval(world: World):
    """FID 20 with its error to two digits, shares in per cent."""
    text = latex(make_evaluation(world.stories, fid=20.0).report)
    assert re.search(r"FID \$\\downarrow\$ & \$20\.\d+ \\pm \d\.\d+\$ & \$\[\d+\.\d+, ", text)
    assert re.search(r"Frame accuracy, \\% \$\\uparrow\$ & \$\d\d", text)
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule")


def test_no_name_can_run_in_tex(report: Report):
    """Every special character of a name is escaped, and a line break cannot leave a comment."""
    text = latex(report)
    assert r"\input" not in text
    assert text.count(r"\end{table*}") == 1
    comments = [line for line in text.splitlines() if "One row" in line]
    assert len(comments) == 1
    assert comments[0].startswith("% ")
    body = [line for line in text.splitlines() if not line.startswith("%")]
    assert sum(line.count("&") - line.count(r"\&") for line in body) == 2 * (1 + 3)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_the_table_compiles(report: Report, tmp_path):
    """LaTeX sets the table without an error, whatever the name."""
    document = (
        r"\documentclass{article}\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}"
        r"\usepackage{booktabs}\begin{document}\input{table}\end{document}"
    )
    (tmp_path / "main.tex").write_text(document, "utf-8")
    (tmp_path / "table.tex").write_text(latex(report), "utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_too_few_clusters_leave_a_dash(report: Report):
    """A score without an interval has none in the table."""
    bare = replace(report, scores=(replace(report.scores[0], standard_error=None, interval=None),))
    assert r"$20.00$ & -- \\" in latex(bare)
    assert "no interval" in markdown(bare)


def test_markdown_keeps_its_columns(report: Report):
    """A name or reason with bars breaks no row; absences say why, commands in them as code."""
    lines = markdown(report).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}
    assert r"- Absent: `clip_t`. No `weights` \| file." in lines
    assert "<script>" not in markdown(report)
