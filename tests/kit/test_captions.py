"""Captions on one line."""

from __future__ import annotations

from storydata.kit.captions import normalise


def test_white_space_is_single_spaces() -> None:
    """Line breaks, tabs, runs and edges; nothing else changes."""
    assert normalise("\tThe  Dog,\n runs.. ") == "The Dog, runs.."
    assert normalise(" \n ") == ""
    assert normalise("a\u00a0b") == "a b"
