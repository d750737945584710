"""The card as a table: a row for each metric, a column for each corruption, a word in each cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from storybench.card.answers import BIG, MONOTONE, MOST, SMALL, Answer
from storybench.card.card import Card
from storybench.card.corruptions import by_name

LEGEND = (
    "The number is the largest change in standard errors of the paired difference over episodes, "
    "+ for worse; in brackets the least strength from which the metric notices, that is from which "
    f"on every change is at least {SMALL:g} standard errors for the worse.",
    f"**sees**: monotone (Spearman correlation of strength and worse at least {MONOTONE:g}) and at "
    f"least {BIG:g} standard errors worse at the greatest strength. **uneven**: at least {BIG:g} "
    f"worse somewhere, not monotone. **faint**: at least {SMALL:g} worse somewhere, {BIG:g} "
    f"nowhere. **fooled**: at least {BIG:g} *better* somewhere, worse by that nowhere. **blind**: "
    "none of these.",
)


def markdown(card: Card) -> str:
    """The whole card in Markdown: what it holds for, the table, and what the words mean."""
    rows = grid(card)
    columns = list(dict.fromkeys(answer.corruption for answer in card.answers))
    lines = [
        f"{card.dataset} {card.split}: {card.n_stories:,} stories, {card.n_slots:,} frames, "
        f"{card.n_clusters} episodes; data `{card.data_digest[:16]}…`, extractor "
        f"`{card.extractor}`, seed {card.seed}.",
        "",
        "| metric | " + " | ".join(columns) + " |",
        "|---|" + "---|" * len(columns),
        *(
            f"| {name} | " + " | ".join(cell(row[column]) for column in columns) + " |"
            for name, row in rows.items()
        ),
        "",
        *(line for paragraph in LEGEND for line in (paragraph, "")),
        *(f"- `{name}`: {_strengths(name)}" for name in columns),
        *(f"- left out: {reason}" for reason in card.left_out),
        *(f"- not here: `{absent.metric}`" for absent in card.absent),
    ]
    return "\n".join(lines) + "\n"


def grid(card: Card) -> dict[str, dict[str, Answer]]:
    """Answers by the short name of the metric, then by corruption."""
    names = short_names([answer.metric for answer in card.answers])
    rows: dict[str, dict[str, Answer]] = {}
    for answer in card.answers:
        rows.setdefault(names[answer.metric], {})[answer.corruption] = answer
    return rows


def short_names(metrics: Sequence[str]) -> Mapping[str, str]:
    """The first part of each metric id, or the whole id where two begin alike.

    >>> short_names(["fd.a.1.v1", "kd.a.1.v1", "kd.b.2.v1"])
    {'fd.a.1.v1': 'fd', 'kd.a.1.v1': 'kd.a.1.v1', 'kd.b.2.v1': 'kd.b.2.v1'}
    """
    distinct = dict.fromkeys(metrics)
    counts = Counter(metric.split(".")[0] for metric in distinct)
    return {
        metric: first if counts[first := metric.split(".")[0]] == 1 else metric
        for metric in distinct
    }


def cell(answer: Answer) -> str:
    """One answer in a few characters: `sees +12 (5 %)`."""
    word = f"**{answer.verdict}**" if answer.verdict == "fooled" else answer.verdict
    said = f"{word} {change(answer)}".rstrip()
    if answer.from_strength is None or answer.verdict == "blind":
        return said
    return f"{said} ({_number(by_name(answer.corruption).say(answer.from_strength))})"


def change(answer: Answer) -> str:
    """The largest change in standard errors, + for worse; nothing for a metric that is blind."""
    if answer.verdict == "blind":
        return ""
    found = min(answer.changes) if answer.verdict == "fooled" else max(answer.changes)
    return f"{'−' if found < 0 else '+'}{'∞' if abs(found) >= MOST else f'{abs(found):.0f}'}"


def _strengths(name: str) -> str:
    corruption = by_name(name)
    numbers = ", ".join(_number(corruption.say(strength)) for strength in corruption.strengths)
    return f"{corruption.what}; {numbers} {corruption.unit}."


def _number(said: str) -> str:
    """The number of a strength in words, without its unit.

    >>> _number("5 % of frames"), _number("8 grey levels")
    ('5 %', '8')
    """
    first, second, *_ = said.split()
    return f"{first} %" if second == "%" else first
