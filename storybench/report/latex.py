r"""table.tex: the scores of a report as a booktabs table to paste into a paper.

Whatever came from outside (the model's name, flags) is escaped, so that it can neither break the
table nor be run by TeX. Needs `\usepackage{booktabs}` and UTF-8 input.
"""

from __future__ import annotations

import re

from storybench.report.text import Shown, name_of, shown
from storybench.types import Report

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "×": r"$\times$",
    "∞": r"$_\infty$",
    "±": r"$\pm$",
    "−": r"$-$",
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "…": r"\ldots{}",
}


def latex(report: Report) -> str:
    """The table with its caption, a comment of what fixes the numbers, and a row to copy."""
    rows = [(score.metric, shown(score)) for score in report.scores]
    n_clusters = max((score.n_clusters for score in report.scores), default=0)
    name = escape(name_of(report.model))
    caption = (
        f"{name} on {escape(report.dataset)} {escape(report.split)} "
        f"({thousands(report.n_stories)} stories, {thousands(n_clusters)} clusters), protocol "
        f"{escape(report.protocol)}: value $\\pm$ standard error and 95\\,\\% interval, clustered "
        "by episode or video."
    )
    lines = [
        "% Needs \\usepackage{booktabs}.",
        f"% data {comment(report.data_digest)}, predictions {comment(report.predictions_digest)}",
        *(f"% {comment(metric)}" for metric, _ in rows),
        f"% One row: {name} & {' & '.join(_value(one) for _, one in rows)} \\\\",
        r"\begin{table}[t]",
        r"  \centering",
        f"  \\caption{{{caption}}}",
        r"  \begin{tabular}{lrr}",
        r"    \toprule",
        r"    Metric & Value & 95\,\% interval \\",
        r"    \midrule",
        *(f"    {_row(one)}" for _, one in rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Text that TeX prints as it is, on one line.

    >>> escape("100% of a_b\\input{x}")
    '100\\% of a\\_b\\textbackslash{}input\\{x\\}'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "".join(SPECIAL.get(c, c) for c in line)


def comment(text: str) -> str:
    """Text behind a per cent sign: one line of printable characters."""
    return re.sub(r"[^\x20-\x7e]+", " ", text)


def thousands(n: int) -> str:
    """A count with its thousands apart, without a space that TeX would put after the comma."""
    return f"{n:,}".replace(",", "{,}")


def _row(one: Shown) -> str:
    return f"{escape(one.label)} {escape(one.arrow)} & {_value(one)} & {_interval(one)} \\\\"


def _value(one: Shown) -> str:
    error = "" if one.error is None else f" \\pm {_number(one.error)}"
    return f"${_number(one.value)}{error}$"


def _interval(one: Shown) -> str:
    if one.low is None or one.high is None:
        return "--"
    return f"$[{_number(one.low)}, {_number(one.high)}]$"


def _number(text: str) -> str:
    return text.replace("−", "-").replace(",", "{,}")
