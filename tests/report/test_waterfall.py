import re
import xml.etree.ElementTree as ET

from storybench.protocols.differences import Step, Waterfall
from storybench.report.waterfall import DOWN, TOTAL, UP, bars, page, svg
from tests.report.evaluations import World, make_evaluation

FALL = Waterfall(
    "sb-v1",
    "storydalle-2022",
    "fd",
    (
        Step("sb-v1", 40.0, 100),
        Step("first 1,900 stories", 42.5, 80),
        Step("pixels <story64>", 26.25, 80),
    ),
)


def test_each_bar_reaches_from_one_distance_to_the_next():
    """Totals at both ends, signs and colours by the way it moves."""
    first, up, down, last = bars(FALL)
    assert (first.low, first.high, first.change) == (0.0, 40.0, "")
    assert (up.low, up.high, up.change, up.colour) == (40.0, 42.5, "+2.50", UP)
    assert (down.low, down.high, down.change, down.colour) == (26.25, 42.5, "−16.25", DOWN)
    assert (last.label, last.high, last.value) == ("storydalle-2022", 26.25, "26.25")


def test_a_rule_that_moves_nothing_has_no_colour_of_its_own():
    """Neither up nor down."""
    still = Waterfall("a", "b", "fd", (Step("a", 4.0, 10), Step("nothing cut", 4.0, 10)))
    assert bars(still)[1].colour == TOTAL


def test_the_chart_is_whole_svg_with_bars_to_scale():
    """Well-formed, everything escaped, widths in proportion to what moved."""
    root = ET.fromstring(svg(FALL))
    widths = [float(node.get("width", 0)) for node in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(widths) == 4
    assert abs(widths[0] / widths[3] - 40 / 26.25) < 0.01
    assert abs(widths[2] / widths[1] - 16.25 / 2.5) < 0.05
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "pixels <story64>" in texts


def test_equal_charts_are_equal_text():
    """A pure function of the waterfall."""
    assert svg(FALL) == svg(FALL)


def test_the_page_stands_alone(world: World):
    """One file, no address outside, every protocol in the table and every chart in it."""
    report = make_evaluation(world.stories).report
    text = page([FALL], {"sb-v1": report, "duco-2021": report}, {"cmota-2023": "made for <x>"})
    assert text.count("<svg xmlns") == 1
    assert "duco-2021" in text
    assert "made for &lt;x&gt;" in text
    assert not re.search(r"(src|href)=[\"']https?:", text)


def test_the_spread_over_seeds_is_told_for_each_protocol_that_draws(world: World):
    """How far the draw of the real frames moves the distance, by the protocol's name."""
    fid = "fid.story64.targets4.v1"
    seeds = {"metric": fid, "values": {"0": 20.0, "1": 20.3}, "sd": 0.21}
    drawn = make_evaluation(world.stories, settings={"reference": {"seed": 0, "seeds": seeds}})
    plain = make_evaluation(world.stories)
    text = page([FALL], {"sb-v1": plain.report, "duco-2021": drawn.report}, {})
    assert text.count("20.00 … 20.30 (0.21)") == 1
    assert "drawn with seed 0" in text
    assert "seeds 0 to 1" in text
