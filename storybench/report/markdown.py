"""table.md: the scores of a report as a Markdown table, with what must be known beside them."""

from __future__ import annotations

import re

from storybench.report.beside import absences, doctor_says, remarks
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
        *(f"- {prose(line)}" for line in remarks(report)),
        *([] if report.doctor is None else [f"- {prose(doctor_says(report.doctor))}"]),
        *(f"- `{_code(flag)}`: {prose(sentence(flag))}" for flag in flags),
        *(f"- Absent: {_codes(names)}. {prose(why)}" for names, why in absences([report])),
        f"- Data `{_code(report.data_digest)}`, predictions `{_code(report.predictions_digest)}`.",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Text that Markdown prints as it is, on one line.

    >>> escape("a|b *c* <d>")
    'a\\|b \\*c\\* \\<d\\>'
    """
    return _escaped(_line(text))


def prose(text: str) -> str:
    r"""A sentence on one line: `commands` stay code, addresses links, the rest is as it is.

    >>> print(prose("Use `a_b --c` of https://example.org/a_b, not a_b."))
    Use `a_b --c` of <https://example.org/a_b>, not a\_b.
    """
    found = re.split(r"(`[^`]+`|https://[^\s<>`]*[^\s<>`.,;:)])", _line(text))
    return "".join(_kept(part) if at % 2 else _escaped(part) for at, part in enumerate(found))


def _kept(part: str) -> str:
    return part if part.startswith("`") else f"<{part}>"


def _escaped(part: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|#~!])", r"\\\1", part)


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _codes(names: str) -> str:
    return ", ".join(f"`{_code(name)}`" for name in names.split(", "))


def _code(text: str) -> str:
    return re.sub(r"[^\x21-\x7e]|[`|]", "", text)


def _value(one: Shown) -> str:
    return one.value if one.error is None else f"{one.value} ± {one.error}"


def _interval(one: Shown) -> str:
    return "no interval" if one.low is None else f"{one.low} … {one.high}"
