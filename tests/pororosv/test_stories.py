"""Story starts in the order that ids count."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from storydata.pororosv.names import Clip
from storydata.pororosv.stories import clips_of_story, story_starts
from tests.pororosv.releases import EPISODES, STARTS, write_clips, write_masks


def test_the_hand_made_release_has_the_known_starts() -> None:
    """Text order, none in an episode of four clips, one in an episode of five."""
    assert story_starts(EPISODES) == [Clip(*start) for start in STARTS]


def as_the_official_loader(root: Path, lengths: dict[str, int]) -> list[str]:
    """Keys in the order of an image folder that keeps n <= N - 4, written as it is there.

    (adymaharana/VLCStoryGan@7411240:vlcgan/pororo_data.py:140-160, torchvision's ImageFolder)
    """
    images = []
    for series in sorted(entry.name for entry in root.iterdir() if entry.is_dir()):
        for folder, _, files in sorted(os.walk(root / series)):
            images += [str(Path(folder, file).relative_to(root)) for file in sorted(files)]
    kept = []
    for image in images:
        *_, episode, file = image.split("/")
        number = int(file.removesuffix(".png"))
        if number <= lengths.get(episode, 0) - 4 and not image.startswith(("masks", "img_seg")):
            kept.append(image.removesuffix(".png"))
    return kept


def test_the_order_is_that_of_an_image_folder(tmp_path: Path) -> None:
    """A walk over the folders, as the official code does it, finds the same list."""
    lengths = {**EPISODES, "Pororo_ENGLISH1_1_ep10": 21, "Pororo_ENGLISH1_10_ep1": 6}
    write_clips(tmp_path, lengths)
    write_masks(tmp_path)
    assert [start.id for start in story_starts(lengths)] == as_the_official_loader(
        tmp_path, lengths
    )


@given(st.dictionaries(st.sampled_from(["A_ep1", "A_ep10", "A_ep2", "B_ep1"]), st.integers(0, 40)))
def test_every_window_starts_once(lengths: dict[str, int]) -> None:
    """An episode of N clips has N - 4 starts, and no story reaches over its end."""
    starts = story_starts(lengths)
    assert len(starts) == len(set(starts)) == sum(max(0, n - 4) for n in lengths.values())
    assert all(clips_of_story(start.n)[-1] <= lengths[start.episode] for start in starts)
