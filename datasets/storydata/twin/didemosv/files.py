"""The lists, caches and embeddings of a twin of DiDeMoSV, as the official code has them.

adymaharana/storydalle@132dd19: story-dalle/didemo_dataloader.py:83-110 (lists, caches), :133
(embeddings, by frame path) and story-dalle/get_use_embeddings.py:18-20 (of all three lists).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from storydata.twin.didemosv.frames import Frame, frames_of
from storydata.twin.didemosv.plan import (
    FOLDER,
    LONG_LENGTH,
    SEVERAL,
    SPLITS,
    STORY_LENGTH,
    VideoPlan,
)
from storydata.twin.pickled import npy, pickled
from storydata.twin.vectors import sentence_vector

EMBEDDINGS = f"{FOLDER}/didemo_use_embeds.pkl"
VECTOR_SIZE = 512

TEXTS = (
    *(f"{FOLDER}/{split}.json" for split in SPLITS),
    *(f"{FOLDER}/{cache}_cache2_{split}.npy" for split in SPLITS for cache in ("img", "following")),
    EMBEDDINGS,
)
"""The files of a release beside its frames."""

Fate = Literal["story", "too short", "frame missing", "frame broken"]


@dataclass(frozen=True)
class Listed:
    """One object of a list: [caption, path] pairs, and what becomes of it."""

    plan: VideoPlan
    pairs: tuple[tuple[str, str], ...]
    fate: Fate

    @property
    def record(self) -> dict[str, Any]:
        """As it stands in the list; no loader reads the other keys."""
        pairs = [list(pair) for pair in self.pairs]
        return {"video": self.plan.name, "num_frames": len(pairs), "desc_to_frame": pairs}

    @property
    def facts(self) -> dict[str, Any]:
        """For `twin.json`."""
        return {"frames": [path for _, path in self.pairs], "fate": self.fate}


def listed(plan: VideoPlan) -> tuple[Listed, ...]:
    """The objects of a video: its windows, the first of them longer in a long video, and others."""
    frames = frames_of(plan)
    found = []
    for start in range(plan.n_frames - STORY_LENGTH + 1):
        length = LONG_LENGTH if start == 0 and plan.is_long else STORY_LENGTH
        pairs = tuple(_pair(frame, start) for frame in frames[start : start + length])
        found.append(Listed(plan, pairs, "frame broken" if plan.is_broken else "story"))
    if plan.has_short:
        found.append(Listed(plan, found[0].pairs[:2], "too short"))
    if plan.has_missing:
        gone = (frames[0].captions[0], plan.file(plan.n_frames))
        found.append(Listed(plan, (*found[0].pairs[:STORY_LENGTH], gone), "frame missing"))
    return tuple(found)


def texts(plans: Sequence[VideoPlan]) -> dict[str, bytes]:
    """Every file of the release beside its frames, by path."""
    found: dict[str, bytes] = {}
    vectors: dict[str, np.ndarray] = {}
    for split in SPLITS:
        objects = [one for plan in plans if plan.split == split for one in listed(plan)]
        records = [one.record for one in objects]
        found[f"{FOLDER}/{split}.json"] = json.dumps(records).encode()
        for name, cache in _caches(objects).items():
            found[f"{FOLDER}/{name}_{split}.npy"] = npy(cache, era=3)
        for caption, path in (pair for one in objects for pair in one.pairs):
            vectors[path] = sentence_vector(caption, VECTOR_SIZE)
    found[EMBEDDINGS] = pickled(vectors, era=3)
    return found


def _pair(frame: Frame, start: int) -> tuple[str, str]:
    """A caption and a path; where a frame has two captions, the window that it opens has another.

    So the list gives one picture two captions, and whoever looks captions up by path has the last.
    """
    is_other = frame.index == SEVERAL and start == SEVERAL
    return frame.captions[-1 if is_other else 0], frame.file


def _caches(objects: Sequence[Listed]) -> Mapping[str, np.ndarray]:
    """Sources and targets that a loader finds: it looks whether files are there, not into them."""
    kept = [one for one in objects if one.fate in ("story", "frame broken")]
    paths = np.array([[path for _, path in one.pairs[:STORY_LENGTH]] for one in kept])
    return {"img_cache2": paths[:, 0].copy(), "following_cache2": paths[:, 1:].copy()}
