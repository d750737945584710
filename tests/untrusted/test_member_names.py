"""A file in an archive may not be called by a path that leads out of its folder."""

from __future__ import annotations

import pytest

from storydata.kit.untrusted.member_names import name_problem, plain_name


@pytest.mark.parametrize("name", ["a", "a/b.npy", "./a", "a..b", "..a/b", "é/ü", "ab:c", "a/"])
def test_names_below_the_folder_are_fine(name: str) -> None:
    """Dots and colons within a name lead nowhere."""
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", "a" * 4_097, "..", "a/..", "a/../b", "/", "//a", "a\x00", "a\x7f", "Z:\\a", "z:a"]
)
def test_names_that_lead_elsewhere_are_not(name: str) -> None:
    """Up, to the root of a disk, or to where a terminal would be led."""
    assert name_problem(name) is not None


@pytest.mark.parametrize(("name", "path"), [("./a//b/", "a/b"), ("a/./b", "a/b"), ("a", "a")])
def test_names_of_one_path_are_one_name(name: str, path: str) -> None:
    """What would be written to one place is one file."""
    assert plain_name(name) == path
