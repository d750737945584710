"""Options of `build-pororo`."""

from __future__ import annotations

from typing import Any

import pytest

from storybench.errors import InputError
from storydata.kit.options import parse
from storydata.pororosv.options import Options


def test_what_is_not_given_is_the_default() -> None:
    """None and absent names take the default."""
    assert parse(Options, {"caption": None, "frame_seed": 3}) == Options(frame_seed=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"captoin": "first"}, "Expected an option among caption, frame_seed, .* found 'captoin'"),
        ({"caption": "random"}, "--caption to be first or last, found 'random'"),
        ({"frame_choice": "x"}, "--frame-choice to be per-clip or per-story, found 'x'"),
        ({"frame_seed": -1}, "--frame-seed to be a whole number from 0 to 4294967295, found -1"),
        ({"frame_seed": True}, "--frame-seed to be a whole number"),
        ({"stories_per_shard": 0}, "--stories-per-shard to be a whole number from 1"),
        ({"clips_per_shard": 1.5}, "--clips-per-shard to be a whole number from 1"),
        ({"recover_lost": "yes"}, "--recover-lost to be true or false"),
        (
            {"recover_lost": True, "substitute_split": True},
            "--recover-lost with the released split, found it with --substitute-split",
        ),
        (
            {"trust_caches": True, "substitute_split": True},
            "--trust-caches with the released split, .* which reads no caches",
        ),
    ],
)
def test_a_wrong_option_says_what_is_allowed(options: dict[str, Any], message: str) -> None:
    """An unknown name or value is an input error that names the flag."""
    with pytest.raises(InputError, match=message):
        parse(Options, options)
