"""Captions on one line."""

from __future__ import annotations

from storydata.kit.captions import folded, normalise


def test_white_space_is_single_spaces() -> None:
    """Line breaks, tabs, runs and edges; nothing else changes."""
    assert normalise("\tThe  Dog,\n runs.. ") == "The Dog, runs.."
    assert normalise(" \n ") == ""
    assert normalise("a\u00a0b") == "a b"


def test_captions_count_as_the_same_up_to_case_and_full_stops() -> None:
    """Only full stops at the end are dropped."""
    assert folded("A dog runs..") == folded("a dog\nruns") == "a dog runs"
    assert folded("mr. dog runs") == "mr. dog runs"
    assert folded("a dog runs!") != folded("a dog runs")
