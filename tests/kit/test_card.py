"""The dataset card."""

from __future__ import annotations

from dataclasses import replace

from storybench.types import StorySpec
from storydata.kit.building.card import Tallies, card

SPEC = StorySpec(
    "didemosv-rebuilt-twin",
    "1",
    2,
    licence="Each frame stands under the licence of its video.",
    citation="@inproceedings{maharana2022}",
)
TALLIES = Tallies(
    stories={"val": 1200, "test": 30},
    shards={"val": 10, "test": 1},
    n_clips=0,
    licences={"": 60, "CC-BY": 3630},
    n_raw_files=410,
    raw_bytes=123456,
    n_planned=1234,
    n_dropped=4,
    drops={"story: video missing": 4, "description: duplicate": 3},
)


def test_the_card_says_what_is_there_and_what_is_not() -> None:
    """Name, counts, losses, licences, options and citation, each in its place."""
    text = card(SPEC, options={"stories": "windows", "short_side": None}, tallies=TALLIES)
    assert text.startswith("# didemosv-rebuilt-twin\n")
    for line in (
        "**Rebuilt.**",
        "**Twin.**",
        "one source frame and 2 target frames of varying size",
        "| val | 1,200 | 10 |",
        "| all | 1,230 | 11 |",
        "4 of 1,234 planned stories",
        "| description: duplicate | 3 |",
        "Each frame stands under the licence of its video.",
        "| CC-BY | 3,630 |",
        "| none stated | 60 |",
        "| `stories` | `windows` |",
        "410 raw files (123,456 bytes",
        "@inproceedings{maharana2022}",
    ):
        assert line in text, line


def test_a_plain_name_carries_no_warning() -> None:
    """Only what is rebuilt, or a twin, is called so; without losses nothing is listed."""
    spec = StorySpec("pororosv", "1", 4, size=128, characters=("pororo", "loopy"))
    tallies = Tallies({"test": 5}, {"test": 1}, 0, {}, 1, 10, 5, 0, {})
    text = card(spec, options={}, tallies=tallies)
    assert "**Rebuilt.**" not in text
    assert "**Twin.**" not in text
    assert "Nothing: all 5 planned stories are there." in text
    assert "of 128 x 128 pixels" in text
    assert "pororo, loopy" in text
    assert "states no licence" in text
    assert "## Citation" not in text


def test_clips_are_told_of_where_they_are_kept() -> None:
    """Whoever reads the card learns that stories show one frame of each."""
    text = card(SPEC, options={}, tallies=replace(TALLIES, n_clips=1234))
    assert "`clips-*.tar` keep the 1,234 clips whole" in text
    assert "clips-*.tar" not in card(SPEC, options={}, tallies=TALLIES)
