"""table.md: the scores of a report as a Markdown table, with what must be known beside them."""

from __future__ import annotations

import re

from storybench.report.beside import absences, remarks
from storybench.report.text import Shown, name_of, sentence, shown
from storybench.types import Report


def markdown(report: Report) -> str:
    """The table, flags and absences in words, and the digests that fix the numbers."""
    scores = [(score, shown(score)) for score in report.scores]
    flags = dict.fromkeys(f for score in report.scores for f in score.settings.get("flags", ()))
    lines = [
        f"**{escape(name_of(report.model))}** on {escape(report.dataset)} {escape(report.split)}, "
        f"{report.n_stories:,} stories, protocol {escape(report.protocol)}",
        "",
        "| metric | value ± SE | 95 % interval | real frames | frames | clusters | id |",
        "|---|---:|---:|---:|---:|---:|---|",
        *(
            f"| {escape(one.label)} {one.arrow} | {_value(one)} | {_interval(one)} "
            f"| {one.real or '–'} | {score.n:,} | {score.n_clusters:,} | `{_code(score.metric)}` |"
            for score, one in scores
        ),
        "",
        *(f"- {escape(line)}" for line in remarks(report)),
        *(f"- {escape(flag)}: {escape(sentence(flag))}" for flag in flags),
        *(f"- Absent: {escape(names)}. {escape(why)}" for names, why in absences([report])),
        f"- Data `{_code(report.data_digest)}`, predictions `{_code(report.predictions_digest)}`.",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Text that Markdown prints as it is, on one line.

    >>> escape("a|b *c* <d>")
    'a\\|b \\*c\\* \\<d\\>'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"([\\`*_{}\[\]<>|#~!])", r"\\\1", line)


def _code(text: str) -> str:
    return re.sub(r"[^\x21-\x7e]|[`|]", "", text)


def _value(one: Shown) -> str:
    return one.value if one.error is None else f"{one.value} ± {one.error}"


def _interval(one: Shown) -> str:
    return "too few clusters" if one.low is None else f"{one.low} … {one.high}"
