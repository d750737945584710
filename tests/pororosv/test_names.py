"""Names of episodes, clips and stories, however a table spells them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.names import is_story_id
from storydata.pororosv.names import (
    Clip,
    clip_number,
    clip_of,
    episode_of,
    in_folder_order,
    is_episode_folder,
    text_of,
)

CLIP = Clip("Pororo_The_Racing_Adventure_ep2", 13)
ID = "Pororo_The_Racing_Adventure/Pororo_The_Racing_Adventure_ep2/13"


@pytest.mark.parametrize(
    "written",
    [ID, ID.encode(), f"/{ID}", f"{ID}.png", f"b'{ID}.png'", f'b"{ID}"', f"/{ID}/", np.str_(ID)],
)
def test_every_spelling_names_the_clip(written: object) -> None:
    """Bytes, text, text that shows bytes, slashes and suffixes: one clip."""
    assert clip_of(written) == CLIP
    assert CLIP.id == ID


@pytest.mark.parametrize(
    "written",
    [
        "",
        "masks/Pororo_ENGLISH1_1_ep1/1",
        "Pororo_A/Pororo_B_ep1/1",
        "Pororo_A/Pororo_A_ep1/0",
        "Pororo_A/Pororo_A_ep1/01",
        "Pororo_A/Pororo_A_ep1/10000",
        "Pororo_A/Pororo_A_ep1/1.gif",
        "Pororo_A/Pororo_A_ep1",
        "../Pororo_A/Pororo_A_ep1/1",
        "Pororo A/Pororo A_ep1/1",
        "Pororo_A/Pororo_A_ep1/1\n",
        7,
        None,
        b"\xff",
    ],
)
def test_what_names_no_clip_is_none(written: object) -> None:
    """Another folder, number or type is no clip, and no error either."""
    assert clip_of(written) is None


@pytest.mark.parametrize(
    "written",
    ["Pororo_Rescue/Pororo_Rescue_ep2/", b"/Pororo_Rescue/Pororo_Rescue_ep2", "Pororo_Rescue_ep2"],
)
def test_every_spelling_names_the_episode(written: object) -> None:
    """The counter has a slash at the end, the table of captions no series."""
    assert episode_of(written) == "Pororo_Rescue_ep2"


@given(
    series=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_]{0,49}", fullmatch=True),
    k=st.integers(0, 9999),
    n=st.integers(1, 9999),
)
def test_a_clip_is_found_again_and_can_name_a_story(series: str, k: int, n: int) -> None:
    """Whatever the series, the id parses back and the key fits the rule for story ids."""
    clip = Clip(f"{series}_ep{k}", n)
    assert clip_of(clip.id) == clip
    assert is_story_id(clip.key)


@given(st.one_of(st.text(), st.binary(), st.integers(), st.none()))
def test_any_key_is_a_name_or_none(written: object) -> None:
    """No key of any kind is an error."""
    clip_of(written)
    episode_of(written)
    text = text_of(written)
    assert text is None or isinstance(text.encode(), bytes)


def test_episodes_are_sorted_by_series_first() -> None:
    """A series whose name begins like another's comes after all of the other's episodes."""
    names = ["A_B_ep1", "A_ep2", "A_ep10", "A_ep1"]
    assert in_folder_order(names) == ["A_ep1", "A_ep10", "A_ep2", "A_B_ep1"]


def test_folders_of_masks_are_no_episodes() -> None:
    """An episode lies in its own series, whatever else is beside it."""
    assert is_episode_folder("Pororo_Rescue", "Pororo_Rescue_ep7")
    assert not is_episode_folder("masks", "Pororo_Rescue_ep7")
    assert not is_episode_folder("Pororo_Rescue", "Pororo_Rescue")


@pytest.mark.parametrize("file", ["0.png", "1.PNG", "1.png.bak", "a.png", "._1.png", "1", ".png"])
def test_other_files_hold_no_clip(file: str) -> None:
    """Only an unpadded number with the right suffix is a clip."""
    assert clip_number(file, "png") is None
