"""Single frames of builds with their captions: what a text-to-image model is pretrained on.

Where a build keeps its raw clips, several frames of each are taken; else each frame that a story
shows, once. All splits are read: what is pretrained on a build is never scored on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storybench.errors import InputError
from storybench.loader import Transform, draw_of
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.types import Image, Progress

PER_CLIP = 4
"""Frames of one clip, at most, evenly spread."""


@dataclass(frozen=True, eq=False)
class Singles:
    """Frames of s scenes: `pictures` uint8 (n, 3, side, side), 0..255, in the order of the scenes.

    `scenes` (n,) says to which scene a frame belongs; `captions` has all that a scene is told by,
    `clusters` the episode or video it was cut from, and `characters` who it is labelled with.
    """

    pictures: Tensor
    scenes: Tensor
    captions: tuple[tuple[str, ...], ...]
    clusters: tuple[str, ...]
    characters: tuple[frozenset[str], ...]

    def __len__(self) -> int:
        return len(self.pictures)

    def floats(self, rows: Tensor) -> Tensor:
        """Some of the pictures as networks take them, -1..1."""
        return self.pictures[rows].float() / 127.5 - 1

    def spread(self, n: int) -> Tensor:
        """About `n` of the pictures, -1..1, evenly spread."""
        return self.floats(self._places(n))

    def spread_captions(self, n: int) -> list[str]:
        """The first caption of each picture of `spread`."""
        return [self.captions[int(scene)][0] for scene in self.scenes[self._places(n)]]

    def divided(self, share: float) -> tuple[Singles, Singles]:
        """The frames of most clusters, and of about a `share` of them that is held out by hash.

        At least those of one are.
        """
        places = [_place(cluster) for cluster in self.clusters]
        bound = max(share, min(places))
        is_held = [place <= bound for place in places]
        return self._those([not held for held in is_held]), self._those(is_held)

    def without(self, character: str) -> Singles:
        """The frames of the scenes that are not labelled with a character and do not name it."""
        name = character.lower()
        return self._those(
            [
                character not in those and not any(name in text.lower() for text in texts)
                for those, texts in zip(self.characters, self.captions, strict=True)
            ]
        )

    def _places(self, n: int) -> Tensor:
        return torch.linspace(0, len(self) - 1, min(n, len(self))).long()

    def _those(self, are_kept: Sequence[bool]) -> Singles:
        kept = torch.tensor(are_kept, dtype=torch.bool)
        numbers = kept.cumsum(0) - 1
        rows = kept[self.scenes]
        return Singles(
            self.pictures[rows],
            numbers[self.scenes[rows]],
            tuple(texts for texts, is_in in zip(self.captions, are_kept, strict=True) if is_in),
            tuple(name for name, is_in in zip(self.clusters, are_kept, strict=True) if is_in),
            tuple(those for those, is_in in zip(self.characters, are_kept, strict=True) if is_in),
        )


def read(folders: Sequence[Path], *, side: int, on_progress: Progress | None = None) -> Singles:
    """The single frames of some builds, cut as `Transform` cuts them, to `side` pixels.

    Raises:
        MissingError: no finished build in a folder.
        InputError: no frame in any.
    """
    pictures: list[NDArray[np.uint8]] = []
    captions: list[tuple[str, ...]] = []
    clusters: list[str] = []
    characters: list[frozenset[str]] = []
    transform = Transform(side, scale="bytes")
    for folder in folders:
        for done, of, scene in _scenes(folder):
            pictures.append(transform(scene.frames, draw_of(0, 0, scene.cluster)))
            captions.append(scene.captions)
            clusters.append(f"{folder.name}/{scene.cluster}")
            characters.append(scene.characters)
            if on_progress is not None:
                on_progress(done, of, f"scenes of {folder.name}")
    if not pictures:
        raise InputError("Expected frames to learn from, found none in any of the builds.")
    counts = torch.tensor([len(of) for of in pictures])
    return Singles(
        torch.from_numpy(np.concatenate(pictures)),
        torch.arange(len(pictures)).repeat_interleave(counts),
        tuple(captions),
        tuple(clusters),
        tuple(characters),
    )


@dataclass(frozen=True, eq=False)
class _Scene:
    frames: list[Image]
    captions: tuple[str, ...]
    cluster: str
    characters: frozenset[str]


def _scenes(folder: Path) -> Iterator[tuple[int, int, _Scene]]:
    """Every scene of a build, after how many of how many are done with it."""
    clips, stories = Clips(folder), Stories(folder)
    if not len(clips):
        yield from _scenes_of_stories(stories)
        return
    names = stories.spec.characters
    for k, clip in enumerate(clips):
        chosen = np.linspace(0, len(clip.frames) - 1, min(PER_CLIP, len(clip.frames)))
        frames = [clip.frames[int(place)] for place in chosen]
        shown = _named(clip.characters, names)
        yield k + 1, len(clips), _Scene(frames, clip.captions, clip.cluster, shown)


def _scenes_of_stories(stories: Stories) -> Iterator[tuple[int, int, _Scene]]:
    """Each frame that stories share once, with the captions of the first that shows it."""
    seen: set[tuple[str, float | int | None]] = set()
    for k, story in enumerate(stories):
        for frame in story.frames:
            name = (frame.origin.file, frame.origin.time or frame.origin.index)
            if name not in seen:
                seen.add(name)
                shown = _named(frame.characters, stories.spec.characters)
                scene = _Scene([frame.image], frame.captions, story.cluster, shown)
                yield k + 1, len(stories), scene


def _named(are_shown: Sequence[int] | None, names: Sequence[str]) -> frozenset[str]:
    """Whom a label means; nobody where there is none."""
    if are_shown is None:
        return frozenset()
    return frozenset(name for name, is_in in zip(names, are_shown, strict=True) if is_in)


def _place(cluster: str) -> float:
    """From 0 to 1, by a hash."""
    digest = hashlib.blake2b(cluster.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
