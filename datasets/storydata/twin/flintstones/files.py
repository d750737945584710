"""The files of the release beside its arrays: annotations, splits, labels, cache, embeddings.

Which file holds what: adymaharana/storydalle@132dd19 (story-dalle/flintstones_dataloader.py:17-112,
get_use_embeddings.py:54-55), adymaharana/VLCStoryGan@7411240 (vlcgan/flintstones_data.py:170-176).
The pickles are read without an encoding: Python 3 wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from storydata.twin.flintstones.clips import Clip
from storydata.twin.flintstones.plan import SPLITS, windows
from storydata.twin.pickled import npy, pickled
from storydata.twin.vectors import sentence_vector

ROOT = "flintstones"
SENTENCE = 512
"""Numbers of a sentence embedding."""

NAMES = (
    "flintstones_annotations_v1-0.json",
    "train-val-test_split.json",
    "following_cache4.pkl",
    "labels.pkl",
    "flintstones_use_embeddings.npy",
    "flintstones_use_embed_idxs.pkl",
)
TEXTS = tuple(f"{ROOT}/{name}" for name in NAMES)
"""Paths of these files in the raw folder."""

SPACED, EXTRA, TWICE = (9, 1), (7, 2), (23, 5)
"""Every how many clips with someone in them a label has spaces and capitals, someone else is named,
or one is named twice; and which is the first."""

OTHERS = ("policeman", "little bird", "Narrator")
"""Labels of no character of the seven."""

ORDER = 5


def texts(clips: Sequence[Clip], seed: int) -> dict[str, bytes]:
    """Every file beside the arrays, by path; clips sorted by id.

    Records stand in no order, and so do the ids of the train split; those of val and test are
    sorted.
    """
    rng = np.random.default_rng([seed, ORDER])
    order = [int(k) for k in rng.permutation(len(clips))]
    records = [clips[k] for k in order]
    n_before = list(accumulate((bool(clip.visible) for clip in clips), initial=0))
    splits = {
        split: [clip.plan.id for clip in clips if clip.plan.episode.split == split]
        for split in SPLITS
    }
    splits["train"] = [splits["train"][int(k)] for k in rng.permutation(len(splits["train"]))]
    files = (
        json.dumps([_record(clips[k], n_before[k]) for k in order]).encode(),
        json.dumps(splits).encode(),
        pickled(windows([clip.plan for clip in clips]), era=3),
        pickled({clip.plan.id: list(clip.labels) for clip in clips}, era=3),
        npy(np.stack([sentence_vector(clip.text, SENTENCE) for clip in records]), era=3),
        pickled({clip.plan.id: row for row, clip in enumerate(records)}, era=3),
    )
    return dict(zip(TEXTS, files, strict=True))


def _record(clip: Clip, turn: int) -> dict[str, Any]:
    """One annotation, with keys that no loader uses; `turn` counts clips with someone in them."""
    scene, first = clip.take.scene, clip.plan.first
    return {
        "globalID": clip.plan.id,
        "description": clip.text,
        "setting": scene.setting,
        "characters": _characters(clip, turn) if clip.visible else [],
        "objects": [{"entityLabel": thing.name} for thing in scene.things],
        "keyFrames": [first + 12, first + 37, first + 62],
    }


def _characters(clip: Clip, turn: int) -> list[dict[str, str]]:
    """Who is in the clip, as annotators wrote it."""
    labels = [name.lower() for name in clip.visible]
    if turn % SPACED[0] == SPACED[1]:
        labels[0] = f" {clip.visible[0]} "
    if turn % TWICE[0] == TWICE[1]:
        labels.append(labels[0])
    found = [{"entityLabel": label, "labelNPC": label.strip().lower()} for label in labels]
    if turn % EXTRA[0] == EXTRA[1]:
        found.append({"entityLabel": OTHERS[turn % len(OTHERS)], "labelNPC": "NPC"})
    return found
