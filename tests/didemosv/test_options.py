"""Options are checked once, before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError
from storydata.didemosv.options import Options, parse


def test_absent_and_none_take_the_default() -> None:
    """A None is as good as nothing, and a folder may be text."""
    assert parse({"stories": None}) == Options()
    assert parse({"videos": "clips", "story_len": 5}) == Options(videos=Path("clips"), story_len=5)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("stories", "all", "--stories to be first or windows or disjoint, found 'all'"),
        ("channel_order", "bgr", "--channel-order to be release or fixed, found 'bgr'"),
        ("image", "gif", "--image to be png or jpeg, found 'gif'"),
        ("story_len", 1, "--story-len to be a whole number from 2 to 8, found 1"),
        ("short_side", 0, "--short-side to be a whole number from 16"),
        ("stories_per_shard", 0, "--stories-per-shard to be a whole number from 1"),
        ("frames", 3, "an option among videos, stories, .* found 'frames'"),
    ],
)
def test_a_bad_option_says_what_is_allowed(name: str, value: object, message: str) -> None:
    """The sentence has the flag as it is typed, the choices, and what was found."""
    with pytest.raises(InputError, match=message):
        parse({name: value})
