"""Below a table of all protocols: which of their distances carries which flag."""

from __future__ import annotations

from dataclasses import replace

from storybench.flags import SENTENCES, Flag
from storybench.report.flagged import Flagged, flagged
from storybench.types import Report
from tests.report.evaluations import World, make_evaluation


def with_flags(report: Report, *flags: Flag) -> Report:
    """The same, its distance carrying these flags alone."""
    first, *rest = report.scores
    return replace(report, scores=(replace(first, settings={"flags": list(flags)}), *rest))


def test_a_flag_names_the_protocols_that_carry_it(world: World) -> None:
    """Once each, in the order of the sentences; "all" where there is none without."""
    report = make_evaluation(world.stories).report
    given = with_flags(report, "source_given", "below_floor")
    reports = {"sb-v1": with_flags(report, "below_floor"), "duco-2021": given, "vlc-2021": given}
    assert flagged(reports) == (
        Flagged("below_floor", "all", SENTENCES["below_floor"]),
        Flagged("source_given", "duco-2021, vlc-2021", SENTENCES["source_given"]),
    )


def test_no_flag_no_line(world: World) -> None:
    """A table without flags has nothing below it."""
    report = make_evaluation(world.stories).report
    assert flagged({"sb-v1": with_flags(report)}) == ()
