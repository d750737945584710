"""SubRip and WebVTT as found in the wild: every cue is read, or lost by its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storydata.own.subtitles import Cue, Unreadable, clean_text, parse_subtitles

SRT = """1
00:00:01,000 --> 00:00:02,500 X1:1 X2:2
- <i>Hello!</i>
- Who is it?

2
00:00:03.0 --> 00:00:04.25
It is me.
3
00:01:05,000 --> 00:01:06,000
No blank line before.
"""

VTT = """WEBVTT - a title
Kind: captions

STYLE
::cue { color: red }

NOTE an arrow --> in a note
00:00.000 --> 00:09.000

intro
00:01.000 --> 00:02.000 align:start
<v Mina>Hello &amp; <c.loud>welcome</c></v>

01:00:00.000 --> 01:00:01.000
Late.
"""


def cue(line: int, start: float, end: float, text: str) -> Cue:
    return Cue(line, start, end, text)


def test_subrip_is_read() -> None:
    """Commas or points, coordinates, and numbers without a blank line before them."""
    assert parse_subtitles(SRT) == [
        cue(2, 1.0, 2.5, "- <i>Hello!</i>\n- Who is it?"),
        cue(7, 3.0, 4.25, "It is me."),
        cue(10, 65.0, 66.0, "No blank line before."),
    ]


def test_webvtt_is_read() -> None:
    """Headers, styles, notes and names of cues are passed over; hours may be left out."""
    assert parse_subtitles(VTT) == [
        cue(11, 1.0, 2.0, "<v Mina>Hello &amp; <c.loud>welcome</c></v>"),
        cue(14, 3600.0, 3601.0, "Late."),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("00:00:01,000 --> soon", "Expected two times with --> between them, found"),
        ("-->", "Expected two times with --> between them, found '-->'"),
        ("00:00:05,000 --> 00:00:04,000", "It ends before it starts"),
    ],
)
def test_a_cue_that_cannot_be_read_is_lost_by_its_line(line: str, reason: str) -> None:
    """The cues around it stay."""
    found = parse_subtitles(SRT.replace("00:00:03.0 --> 00:00:04.25", line))
    assert [type(one) for one in found] == [Cue, Unreadable, Cue]
    assert found[1].line == 7
    assert isinstance(found[1], Unreadable)
    assert found[1].reason.startswith(reason)


@pytest.mark.parametrize(
    ("text", "cleaning", "left"),
    [
        ("<i>Hi</i> {\\an8}there", ["tags"], "Hi there"),
        ("<i>Hi</i>", [], "<i>Hi</i>"),
        ("<v Mina>Hi &amp; bye</v>", ["tags"], "Mina: Hi & bye"),
        ("<v Mina>Hi</v>", ["tags", "speakers"], "Hi"),
        ("- Hi\n– Bye", ["dashes"], "Hi Bye"),
        ("- Hi\n- Bye", [], "- Hi - Bye"),
        ("MINA: Hi\nOLD TOM: Bye", ["speakers"], "Hi Bye"),
        ("Mina: Hi at 10:30", ["speakers"], "Mina: Hi at 10:30"),
        ("[door\nslams] Hi (softly) ♪ la la ♪", ["sounds"], "Hi"),
        ("- [gasps] MINA: Hi", ["dashes", "speakers", "sounds"], "Hi"),
        ("[wind]", ["sounds"], ""),
        ("2 < 3", ["tags"], "2 < 3"),
    ],
)
def test_what_is_asked_for_is_taken_out(text: str, cleaning: list[str], left: str) -> None:
    """And nothing else."""
    assert clean_text(text, cleaning) == left


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789:,.->\n \tabAB<>{}[]()♪&#;vNOTE\\"), max_size=200))
def test_any_text_is_cues_with_finite_times(text: str) -> None:
    """Whatever a download was, what comes out can be used or is named."""
    for one in parse_subtitles(text):
        assert 1 <= one.line <= text.count("\n") + 1
        if isinstance(one, Cue):
            assert 0 <= one.start <= one.end < 1e8
            clean_text(one.text, ["tags", "dashes", "speakers", "sounds"]).encode()


def test_a_hostile_text_takes_no_time() -> None:
    """Arrows without end, or brackets that never close, are read in one go."""
    assert len(parse_subtitles("-->\n" * 50_000)) == 50_000
    clean_text("[" * 50_000 + "<" * 50_000 + "♪(" * 50_000, ["tags", "speakers", "sounds"])
