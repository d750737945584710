"""Tiny raw FlintstonesSV releases, byte for byte in the form of the real one.

from tests.flintstonessv.releases import write_release
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ANNOTATIONS = "flintstones_annotations_v1-0.json"
SPLIT = "train-val-test_split.json"
SAMPLED = "video_frames_sampled"
SIDE = 16
EPISODES = {"train": {1: 9}, "val": {2: 6}, "test": {3: 7}}
"""Clips of each episode: 5, 2 and 3 stories, and a cache of 14 entries, 4 of them too short."""

NAMES = ("wilma", "fred", "betty", "barney", "dino", "pebbles", "mr slate")


def clip_ids(episode: int, n_clips: int, *, season: int = 1) -> list[str]:
    """Ids of an episode's clips, with gaps of no regularity between them."""
    starts = [75 * k + (k * k * 13) % 60 for k in range(1, 3 * n_clips, 3)]
    return [f"s_{season:02d}_e_{episode:02d}_shot_{one:06d}_{one + 74:06d}" for one in starts]


def array(clip_id: str, *, k: int = 5, side: int = SIDE) -> NDArray[np.uint8]:
    """Frames of one clip: red and blue differ, and no two frames are alike."""
    seed = int("".join(filter(str.isdigit, clip_id))) % 2**32
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (k, side, side, 3), dtype=np.uint8)
    frames[..., 0] |= 128
    frames[..., 2] &= 127
    return frames


def npy(frames: NDArray[Any]) -> bytes:
    """An array as the bytes of a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, frames, allow_pickle=frames.dtype.hasobject)
    return buffer.getvalue()


def record(clip_id: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """One annotation as AI2 writes it, with keys that nobody reads."""
    name = NAMES[number % len(NAMES)]
    return {
        "globalID": clip_id,
        "description": f"{name.title()} is in scene {number}.",
        "setting": "living room",
        "characters": [{"entityLabel": name, "labelNPC": name, "entityType": "character"}],
        "objects": [{"entityLabel": "rock", "localizations": [[0, 0, 1, 1]]}],
        **more,
    }


def followings(ids: Sequence[str]) -> dict[str, list[str]]:
    """The cache, written out by hand: four after each clip, fewer at the end of the list."""
    cache = {}
    for k, clip_id in enumerate(sorted(ids)):
        after = sorted(ids)[k + 1 : k + 5]
        if all(one.split("_")[1:4:2] == clip_id.split("_")[1:4:2] for one in after):
            cache[clip_id] = after
    return cache


def labels(records: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """The file of labels, by the official rule."""
    seen = {
        one["globalID"]: {c["entityLabel"].strip().lower() for c in one["characters"]}
        for one in records
    }
    return {clip_id: [int(name in names) for name in NAMES] for clip_id, names in seen.items()}


def splits(episodes: Mapping[str, Mapping[int, int]] = EPISODES) -> dict[str, list[str]]:
    """Lists of ids as the split file holds them: not in the order of the ids."""
    lists = {}
    for split, clips in episodes.items():
        ids = [one for episode, n in clips.items() for one in clip_ids(episode, n)]
        lists[split] = ids[1::2] + ids[::2]
    return lists


def write_release(
    raw: Path,
    *,
    lists: Mapping[str, Sequence[str]] | None = None,
    records: Sequence[Any] | None = None,
    caches: bool = True,
    side: int = SIDE,
) -> Path:
    """Write a whole release into a folder; returns the folder."""
    lists = splits() if lists is None else lists
    ids = sorted({one for listed in lists.values() for one in listed})
    records = (
        [record(one, number) for number, one in enumerate(ids)] if records is None else records
    )
    (raw / SAMPLED).mkdir(parents=True)
    write_json(raw / ANNOTATIONS, records)
    write_json(raw / SPLIT, lists)
    for one in ids:
        (raw / SAMPLED / f"{one}.npy").write_bytes(npy(array(one, side=side)))
    if caches:
        write_pickle(raw / "following_cache4.pkl", followings(ids))
        write_pickle(raw / "labels.pkl", labels(records))
    return raw


def write_json(path: Path, value: Any) -> None:
    """Write JSON as Python's `json` does, NaN and all."""
    path.write_text(json.dumps(value))


def write_pickle(path: Path, value: Any) -> None:
    """Write a pickle of the protocol that the official code leaves behind."""
    path.write_bytes(pickle.dumps(value, protocol=4))


def zip_frames(raw: Path, *, inside: str = f"{SAMPLED}/") -> Path:
    """Move the folder of arrays into a zip of the same name; members stand under `inside`."""
    path = raw / f"{SAMPLED}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((raw / SAMPLED).iterdir()):
            archive.write(file, f"{inside}{file.name}")
            file.unlink()
    (raw / SAMPLED).rmdir()
    return path
