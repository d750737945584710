r"""table.tex: the scores of a report as a booktabs table to paste into a paper.

Whatever came from outside (the model's name, flags) is escaped, so that it can neither break the
table nor be run by TeX. Needs `\usepackage{booktabs}` and UTF-8 input. `table*` is as wide
as the page where a document has two columns, and an ordinary table where it has one.
"""

from __future__ import annotations

import re

from storybench.report.beside import classifier_of
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
    has_real = any(one.real is not None for _, one in rows)
    caption = (
        f"{name} on {escape(report.dataset)} {escape(report.split)} "
        f"({thousands(report.n_stories)} stories, {thousands(n_clusters)} clusters), protocol "
        f"{escape(report.protocol)}: value $\\pm$ standard error and 95\\,\\% interval, clustered "
        f"by episode or video.{_of_classifiers(report)}"
        + (" Real frames: the same number on the real frames of the same slots." * has_real)
    )
    lines = [
        "% Needs \\usepackage{booktabs}.",
        f"% data {comment(report.data_digest)}, predictions {comment(report.predictions_digest)}",
        *(f"% {comment(metric)}" for metric, _ in rows),
        f"% One row: {name} & {' & '.join(_value(one) for _, one in rows)} \\\\",
        r"\begin{table*}[t]",
        r"  \centering",
        f"  \\caption{{{caption}}}",
        rf"  \begin{{tabular}}{{lrr{'r' * has_real}}}",
        r"    \toprule",
        rf"    Metric & Value & 95\,\% interval{' & Real frames' * has_real} \\",
        r"    \midrule",
        *(f"    {_row(one, has_real=has_real)}" for _, one in rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table*}",
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


def _of_classifiers(report: Report) -> str:
    """Which classifiers gave the character scores; empty where none did."""
    names = dict.fromkeys(name for name in map(classifier_of, report.scores) if name is not None)
    if not names:
        return ""
    told = ", ".join(rf"\texttt{{{escape(name)}}}" for name in names)
    return f" Characters by the classifier {told}."


def _row(one: Shown, *, has_real: bool) -> str:
    cells = [f"{escape(one.label)} {escape(one.arrow)}", _value(one), _interval(one)]
    if has_real:
        cells.append("--" if one.real is None else f"${_number(one.real)}$")
    return f"{' & '.join(cells)} \\\\"


def _value(one: Shown) -> str:
    error = "" if one.error is None else f" \\pm {_number(one.error)}"
    return f"${_number(one.value)}{error}$"


def _interval(one: Shown) -> str:
    if one.low is None or one.high is None:
        return "--"
    return f"$[{_number(one.low)}, {_number(one.high)}]$"


def _number(text: str) -> str:
    return text.replace("−", "-").replace(",", "{,}")
