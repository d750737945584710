"""Files below a recipe: patterns, natural order, and no way out."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import RawDataError
from storydata.own.folder import check_inside, natural
from storydata.own.globs import check_pattern, compiled, fits
from storydata.own.slugs import slugs


@pytest.mark.parametrize(
    ("name", "pattern", "does_fit"),
    [
        ("a.png", "*.png", True),
        ("A.PNG", "*.png", True),
        ("x/a.png", "*.png", False),
        ("x/y/a.png", "**/*.png", True),
        ("x/y/a.png", "x/**", True),
        ("x/a1.png", "?/a[0-9].png", True),
        ("x/a1.png", "x/a[!0-9].png", False),
        ("x/ab.png", "x/a[^0-9].png", True),
        ("a+b(1).png", "a+b(1).png", True),
        ("[a.png", "[a.png", True),
        ("a[.png", "a[[].png", True),
        ("a/png", "a[/x]png", False),
    ],
)
def test_patterns_are_those_of_a_shell(name: str, pattern: str, *, does_fit: bool) -> None:
    """`*` stays in its folder, `**` does not, and letters are in any case."""
    assert fits(name, [pattern]) is does_fit


@given(st.text(st.sampled_from("ab*?[]!^-/\\.+(&~|"), max_size=12))
@settings(deadline=None)
def test_any_pattern_is_one_or_is_refused(pattern: str) -> None:
    """Without a warning from the library of expressions."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            kept = check_pattern(pattern)
        except ValueError:
            return
        compiled(kept).fullmatch("a/b.png")


@pytest.mark.parametrize("path", ["/a", "..", "a/../../b", "C:\\a", "c:/a", "\\\\server\\a"])
def test_no_path_leads_out(path: str) -> None:
    """Neither of this system nor of another."""
    with pytest.raises(RawDataError, match="a path below the recipe, with neither a leading slash"):
        check_inside(path, place="line 2")


@given(st.lists(st.text(st.sampled_from("ab019é_ ."), max_size=6), max_size=6))
@settings(deadline=None)
def test_natural_order_is_an_order(names: list[str]) -> None:
    """The same for any order of the same names."""
    backwards = names[::-1]
    assert sorted(names, key=natural) == sorted(backwards, key=natural)


@given(st.lists(st.text(max_size=90), unique=True, max_size=8))
@settings(deadline=None)
def test_every_episode_has_a_slug_of_its_own(names: list[str]) -> None:
    """That may begin the id of a story."""
    found = slugs(names)
    assert len(set(found.values())) == len(names)
    assert all(0 < len(slug) <= 69 and slug.isascii() for slug in found.values())


def test_slugs_that_would_be_one_get_a_piece_of_their_hash() -> None:
    """The others stay as they are."""
    assert slugs(["Ep 1", "ep-1", "ep-2"]) == {
        "Ep 1": "ep-1-ea6f4d0f",
        "ep-1": "ep-1-25422834",
        "ep-2": "ep-2",
    }
