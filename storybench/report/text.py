"""A score as a reader sees it: named, scaled, and rounded to what its error allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from storybench.flags import SENTENCES
from storybench.page.chart import decimals_for, number
from storybench.page.families import Family, family
from storybench.report.beside import on_real_frames
from storybench.types import Score

ARROWS = {"lower": "↓", "higher": "↑"}


@dataclass(frozen=True)
class Shown:
    """The numbers of one score as text, two digits of the standard error; None where there is none.

    `real` is the same number on real frames; `flags` are the sentences of the score's flags.
    """

    label: str
    arrow: str
    value: str
    error: str | None
    low: str | None
    high: str | None
    real: str | None
    flags: tuple[str, ...]


def shown(score: Score) -> Shown:
    """The score as text.

    >>> score = Score("kid.clean299.targets.v1", 0.01234, 0.0021, (0.0081, 0.0166), 8, 3, "lower")
    >>> shown(score).value, shown(score).error, shown(score).high
    ('12.3', '2.1', '16.6')
    """
    of = family(score.metric)
    error = None if score.standard_error is None else score.standard_error * of.scale
    decimals = decimals_for(score.value * of.scale, error)
    low, high = score.interval if score.interval is not None else (None, None)
    return Shown(
        label=of.label,
        arrow=ARROWS[score.direction],
        value=number(score.value * of.scale, decimals),
        error=None if error is None else number(error, decimals),
        low=_scaled(low, of, decimals),
        high=_scaled(high, of, decimals),
        real=_scaled(on_real_frames(score), of, decimals),
        flags=tuple(map(sentence, score.settings.get("flags", ()))),
    )


def sentence(flag: str) -> str:
    """A flag in words; one that is not known here under its own name.

    >>> sentence("made_up")
    'Made up.'
    """
    known = {str(name): text for name, text in SENTENCES.items()}
    return known.get(flag, f"{flag.replace('_', ' ').capitalize()}.")


def name_of(model: Mapping[str, Any]) -> str:
    r"""The name a model gives itself, as one printable line; "unknown" where it gives none.

    >>> name_of({"name": "mine\n"}), name_of({})
    ('mine', 'unknown')
    """
    name = str(model.get("name") or "")
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return line or "unknown"


def _scaled(value: float | None, of: Family, decimals: int) -> str | None:
    return None if value is None else number(value * of.scale, decimals)
