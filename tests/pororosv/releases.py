"""Tiny raw PororoSV releases by hand: flat colours, every file of the real layout and its forms.

from tests.pororosv.releases import EPISODES, colour, save_object, write_release
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from storybench.images import encode_png

EPISODES = {
    "Pororo_ENGLISH1_1_ep1": 15,
    "Pororo_ENGLISH1_1_ep2": 7,
    "Pororo_Rescue_ep1": 4,
    "Pororo_Rescue_ep2": 5,
}
"""15 clips, so that text order is not that of numbers; 4 make no story, 5 make one."""

STARTS = [
    *(("Pororo_ENGLISH1_1_ep1", n) for n in (1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9)),
    *(("Pororo_ENGLISH1_1_ep2", n) for n in (1, 2, 3)),
    ("Pororo_Rescue_ep2", 1),
]
"""The story starts of those episodes, by story id."""

TRAIN, SEEN, UNSEEN = [6, 0, 2, 9], [11, 1], [13, 12]
LOST = [3, 4, 5, 7, 8, 10, 14]
"""Ids of the splits in the order of their file, and those in none."""

SIDE = 8
LENGTHS = (1, 2, 5, 7)


def clip_id(episode: str, n: int) -> str:
    """`<series>/<episode>/<n>`."""
    return f"{episode.rpartition('_ep')[0]}/{episode}/{n}"


def clips(episodes: Mapping[str, int] = EPISODES) -> list[tuple[str, int]]:
    """Every clip, by episode and number."""
    return [(episode, n) for episode, length in episodes.items() for n in range(1, length + 1)]


def n_frames(episode: str, n: int) -> int:
    """How many frames the strip of a clip has."""
    return LENGTHS[(n + len(episode)) % len(LENGTHS)]


def colour(episode: str, n: int, k: int) -> tuple[int, int, int]:
    """The colour of frame `k` of a clip: another for every frame of the release."""
    return (
        10 * n,
        30 * k,
        60 * (sorted(EPISODES).index(episode) + 1) if episode in EPISODES else 7,
    )


def strip(episode: str, n: int, *, side: int = SIDE, extra_rows: int = 0) -> bytes:
    """The PNG of a clip."""
    frames = [np.full((side, side, 3), colour(episode, n, k)) for k in range(n_frames(episode, n))]
    rows = np.full((extra_rows, side, 3), 255)
    return encode_png(np.concatenate([*frames, rows]).astype(np.uint8))


def animation(episode: str, n: int, *, side: int = SIDE) -> bytes:
    """The GIF of a clip."""
    frames = [
        PIL.Image.new("RGB", (2 * side, side), colour(episode, n, k))
        for k in range(n_frames(episode, n))
    ]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return buffer.getvalue()


def captions(episode: str, n: int) -> list[str]:
    """One to three captions; some with a line end, a leading space, or a comma."""
    first = (
        f" Pororo sees\nLoopy, number {n} of {episode}." if n == 2 else f"Clip {n} of {episode}."
    )
    return [first, f"Crong is here {n}", f"Eddy and Poby {n}."][: 1 + n % 3]


def labels(n: int, dtype: Any = np.uint8) -> np.ndarray[Any, Any]:
    """Nine zeros and ones: whom the captions of clip n name, and Harry, whom none names."""
    shown = [n == 2, n == 2, n % 3 > 0, n % 3 > 1, n % 3 > 1, False, False, False, n % 4 == 0]
    return np.array(shown, dtype)


def save_object(path: Path, value: Any) -> None:
    """Save a dictionary as the release does: an array of one object without axes."""
    array = np.empty((), object)
    array[()] = value
    np.save(path, array, allow_pickle=True)


def save_lists(path: Path, lists: Sequence[Sequence[int]]) -> None:
    """Save lists of ids as an array of objects, also where they are equally long."""
    array = np.empty(len(lists), object)
    array[:] = [list(ids) for ids in lists]
    np.save(path, array, allow_pickle=True)


def caption_csv(rows: Iterable[tuple[str, int, str]]) -> str:
    """Rows as PororoQA writes them: no header, LF, quotes where needed."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def write_tables(folder: Path, episodes: Mapping[str, int] = EPISODES) -> None:
    """Every table of the release, in the forms that Python 2 gave them."""
    every = clips(episodes)
    folder.mkdir(parents=True, exist_ok=True)
    save_object(folder / "descriptions.npy", {clip_id(*one): captions(*one) for one in every})
    rows = [(episode, n, text) for episode, n in every for text in captions(episode, n)]
    (folder / "descriptions.csv").write_text(caption_csv(rows), "utf-8")
    forms = (np.uint8, np.int64)
    save_object(
        folder / "labels.npy",
        {clip_id(*one): labels(one[1], forms[one[1] % 2]) for one in every},
    )
    save_object(
        folder / "frames_counter.npy",
        {f"{clip_id(name, 1)[:-1]}": length for name, length in episodes.items()},
    )


def write_caches(folder: Path, starts: Sequence[tuple[str, int]] = tuple(STARTS)) -> None:
    """The two caches, as arrays of bytes."""
    first = [f"{clip_id(*start)}.png" for start in starts]
    after = [[f"{clip_id(name, n + k)}.png" for k in range(1, 5)] for name, n in starts]
    np.save(folder / "img_cache4.npy", np.array(first, "S"))
    np.save(folder / "following_cache4.npy", np.array(after, "S"))


def write_clips(folder: Path, episodes: Mapping[str, int] = EPISODES, **options: int) -> None:
    """Every strip."""
    for episode, n in clips(episodes):
        path = folder / f"{clip_id(episode, n)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(strip(episode, n, **options))


def write_masks(folder: Path) -> None:
    """Folders that look like episodes and are none."""
    for name in ("masks", "img_segment", "masks/Pororo_ENGLISH1_1_ep1"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "1.png").write_bytes(strip("Pororo_Rescue_ep1", 1))


def write_release(raw: Path, root: str = "pororo_png") -> Path:
    """A whole release in a raw folder; returns the folder that holds the series."""
    folder = raw / root
    write_clips(folder)
    write_tables(folder)
    write_caches(folder)
    save_lists(folder / "train_seen_unseen_ids.npy", [TRAIN, SEEN, UNSEEN])
    write_masks(folder)
    return folder


def write_originals(raw: Path) -> Path:
    """PororoQA as it is: GIFs, one other file an episode, and the table of captions."""
    folder = raw / "Scenes_Dialogues"
    for episode, n in clips():
        path = folder / f"{clip_id(episode, n)}.gif"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(animation(episode, n))
        (path.parent / "subtitles.txt").write_text("one\n")
    rows = [(episode, n, text) for episode, n in clips() for text in captions(episode, n)]
    (raw / "descriptions.csv").write_text(caption_csv(rows), "utf-8")
    return folder
