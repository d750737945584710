"""Which frame of a raw clip a story shows: a hash of names, never a draw.

The official loaders draw a frame anew at every access, in training and in evaluation
(adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:150-153), so no two runs score
the same pictures. Here the choice is a pure function of the dataset, the clip and a seed that the
manifest records: every story that shows a clip shows the same frame of it, whoever builds.
"""

from __future__ import annotations

import hashlib

from storybench.errors import InputError


def chosen(dataset: str, clip_id: str, *, seed: int, n_frames: int) -> int:
    """The frame of a clip to show, from 0: SHA-256 of "dataset|clip id|seed" modulo the count.

    >>> chosen("flintstonessv", "s_01_e_01_shot_000055_000129", seed=0, n_frames=5)
    1

    Raises:
        InputError: the clip has no frame.
    """
    if n_frames < 1:
        raise InputError(f"Expected at least one frame in clip {clip_id}, found {n_frames}.")
    digest = hashlib.sha256(f"{dataset}|{clip_id}|{seed}".encode()).digest()
    return int.from_bytes(digest, "big") % n_frames
