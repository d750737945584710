"""Ids are read as the official loaders read them, and judged by what is published."""

from __future__ import annotations

import pytest

from storybench.names import is_story_id
from storydata.flintstonessv.ids import EXAMPLE, cluster, episode, is_usable, key, oddity


def test_season_and_episode_are_the_second_and_fourth_parts() -> None:
    """As upstream splits them and reads them as numbers, whatever the other parts are."""
    assert episode(EXAMPLE) == (1, 1)
    assert episode("x_7_y_12_z") == episode("s_07_e_012_shot") == (7, 12)
    assert (cluster("S_6_E_23_shot_1_2"), key("S_06_E_23")) == ("s_06_e_23", "s_06_e_23")


@pytest.mark.parametrize(
    "clip_id",
    ["", "trailer", "s_01_e", "s__e_01_shot", "s_01_e_1a_shot", "s_-1_e_01",
     "../s_01_e_01", "s_01_e_01_a b", "s_01_e_01\n", "s_01_e_01_" + "0" * 80,
     "\N{KELVIN SIGN}_01_e_01", "s_01_e_\ud800"],
)  # fmt: skip
def test_what_cannot_be_placed_or_named_is_not_usable(clip_id: str) -> None:
    """No episode, or no safe name for a file: not an id that anything is built from."""
    assert not is_usable(clip_id)


@pytest.mark.parametrize("clip_id", [EXAMPLE, "s_1_e_1", "S_01_E_01_shot", "a_1_c_2_e_f"])
def test_other_forms_are_tolerated(clip_id: str) -> None:
    """An id with a season and an episode is built from, even if it is unlike the published ones."""
    assert is_usable(clip_id)
    assert is_story_id(key(clip_id))


def test_oddities_are_named() -> None:
    """Form and 75 frames are checked apart, since both are worth knowing."""
    assert oddity(EXAMPLE) is None
    assert oddity("s_01_e_01_shot_000055_000130") == "covers 76 frames"
    assert oddity("s_01_e_01_shot_000055_000001") == "covers -53 frames"
    assert oddity("s_1_e_01_shot_000055_000129") == "has another form"
    assert oddity(f"{EXAMPLE}\n") == "has another form"
