"""table.md renders as it is meant: commands as code, addresses as links, the rest as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.report.markdown import markdown, prose
from storybench.types import Absent, Examination
from tests.report.evaluations import World, make_evaluation

ABSENT = Absent(
    "clip_t", "No a_b.pt. Get it with `storybench weights fetch a_b`, or from its page."
)


def test_commands_are_code_and_nothing_in_them_is_escaped(world: World):
    """A reason's command can be copied from the file and from the rendered page."""
    lines = markdown(make_evaluation(world.stories, absent=(ABSENT,)).report).splitlines()
    said = r"No a\_b.pt. Get it with `storybench weights fetch a_b`, or from its page."
    assert f"- Absent: `clip_t`. {said}" in lines
    assert any(line.startswith("- `below_floor`: ") for line in lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("half a `code", r"half a \`code"),
        ("`a|b` and a|b", r"`a|b` and a\|b"),
        ("`one\nline` *only*", r"`one line` \*only\*"),
        ("see https://example.org/a_b.pth.", "see <https://example.org/a_b.pth>."),
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("http://example.org/a_b", r"http://example.org/a\_b"),
    ],
)
def test_only_whole_code_and_safe_addresses_are_kept(text: str, expected: str):
    """Half a backtick, a bar or a tag is shown as it is, on one line."""
    assert prose(text) == expected


def test_the_doctor_is_quoted(world: World):
    """Its verdict stands below the table, where the report has one."""
    report = make_evaluation(world.stories).report
    assert "belong to their stories" not in markdown(report)
    examined = replace(report, doctor=Examination("aligned", gain=7.8, best=7.8, chance=0.02))
    assert "- Do the pictures belong to their stories? Aligned: 7.80 nats" in markdown(examined)
