"""Options are checked once, before any work."""

from __future__ import annotations

import pytest

from storybench.errors import InputError
from storydata.flintstonessv.options import Options
from storydata.kit.options import parse


def test_absent_and_none_take_the_default() -> None:
    """A None is as good as nothing."""
    assert parse(Options, {"frames": None, "subset": None}) == Options()
    assert parse(Options, {"frame_seed": -3, "subset": "vlcstorygan"}) == Options(
        frame_seed=-3, subset="vlcstorygan"
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("frames", "all", "--frames to be sampled or full, found 'all'"),
        ("subset", "1900", "--subset to be storydalle-1900 or vlcstorygan, found '1900'"),
        ("frame_seed", 2**63, "--frame-seed to be a whole number from -9223372036854775808"),
        ("frame_seed", True, "--frame-seed to be a whole number .* found True"),
        ("stories_per_shard", 0, "--stories-per-shard to be a whole number from 1"),
        ("clips_per_shard", 0.5, "--clips-per-shard to be a whole number from 1"),
        ("story_len", 5, "an option among frames, subset, .* found 'story_len'"),
    ],
)
def test_a_bad_option_says_what_is_allowed(name: str, value: object, message: str) -> None:
    """The sentence has the flag as it is typed, the choices, and what was found."""
    with pytest.raises(InputError, match=message):
        parse(Options, {name: value})
