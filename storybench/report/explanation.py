"""A number beside a published one, and the explanation in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storybench.page.chart import decimals_for, number, signed
from storybench.page.families import family
from storybench.report.published import PublishedRow
from storybench.types import Score


@dataclass(frozen=True)
class Difference:
    """One choice that differs: what is done here, there, how much it moves, and who says so.

    `effect` is empty where nothing was measured, `source` where the choice is the report's own.
    """

    about: str
    here: str
    there: str
    effect: str = ""
    source: str = ""


@dataclass(frozen=True)
class Explanation:
    """A number beside a published one.

    `differences` are certain as far as code tells; `unknown` is what could not be found out of the
    published number; `remarks` are what else is known of either; `advice` says how to come nearer,
    or why no command does, or nothing.
    """

    row: PublishedRow
    system: str
    score: Score
    protocol: str | None
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...]
    remarks: tuple[str, ...]
    advice: str

    @property
    def here(self) -> float:
        """The report's number on the published one's scale."""
        return self.score.value * self.row.scale

    @property
    def gap(self) -> float:
        """The report's number minus the published one."""
        return self.here - self.row.value


def sentences(found: Explanation) -> Iterator[str]:
    """The explanation, one sentence or two a line."""
    yield headline(found)
    yield from found.remarks
    yield from map(difference_line, found.differences)
    yield from found.unknown
    if found.advice:
        yield found.advice


def difference_line(one: Difference) -> str:
    """A difference as a sentence, its size, and where it was read.

    >>> difference_line(Difference("Stories", "2,309", "1,900", source="code.py:3"))
    'Stories: here 2,309; there 1,900. (code.py:3)'
    """
    effect = f" {one.effect}" if one.effect else ""
    source = f" ({one.source})" if one.source else ""
    return f"{one.about}: here {one.here}; there {one.there}.{effect}{source}"


def headline(found: Explanation) -> str:
    """Both numbers and how far apart they are."""
    row, error = found.row, found.score.standard_error
    error = None if error is None else error * row.scale
    digits = decimals_for(found.here, error)
    here = number(found.here, digits) + (f" ± {number(error, digits)}" if error else "")
    return (
        f"{found.system} has {here} {family(found.score.metric).label} ({found.score.metric}); "
        f"{row.model} is printed with {row.value:g} {row.metric}, without an interval: "
        f"{signed(found.gap, digits)}."
    )
