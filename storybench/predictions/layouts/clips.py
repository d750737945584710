"""Pictures named by clip: which frames of which stories a clip is."""

from __future__ import annotations

from collections.abc import Mapping

from storybench.predictions.layouts.split import Split

Places = Mapping[str, tuple[tuple[str, int], ...]]
"""(story id, frame) of every story that shows a clip, by the clip's plain name."""


def plain(clip: str) -> str:
    """A clip's name as files and folders spell it: lower case, without folders or suffix.

    >>> plain("Pororo_1/Pororo_1_ep2/13"), plain("s_01_e_01_SHOT_000055_000129")
    ('pororo_1_ep2-13', 's_01_e_01_shot_000055_000129')
    """
    parts = clip.strip("/").lower().split("/")
    return "-".join(parts[-2:]) if parts[-1].isdigit() and len(parts) > 1 else parts[-1]


def places_of(split: Split) -> Places:
    """Where every clip of the split is shown; empty where the clips are not known."""
    places: dict[str, list[tuple[str, int]]] = {}
    for story, clips in zip(split.ids, split.clips or (), strict=False):
        for k, clip in enumerate(clips):
            places.setdefault(plain(clip), []).append((story, k))
    return {clip: tuple(of) for clip, of in places.items()}


def shared_share(places: Places, clips: set[str]) -> tuple[int, int]:
    """How many of the named clips are known, and how many of those stand in several stories."""
    known = [places[clip] for clip in clips if clip in places]
    return len(known), sum(len({story for story, _ in of}) > 1 for of in known)
