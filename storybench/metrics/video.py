"""R(2+1)D-18: a network that sees the frames of a story together, for FSD.

Torchvision's network with its Kinetics-400 weights (Tran et al., 2018), the 512 features before its
last layer. Pictures go to 112 x 112 by an antialiased bilinear resize, to 0..1, and are normalised
as the network was trained. Features of a story are cached by the hashes of its frames in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from torch import nn
from torchvision.models.video import r2plus1d_18

from storybench.files import sha256_bytes
from storybench.home import features_dir
from storybench.images import pixel_sha256
from storybench.metrics import parameters
from storybench.metrics.extractor import Features
from storybench.metrics.features import FeatureCache
from storybench.metrics.runner import Runner
from storybench.types import Image
from storybench.weights.known import VIDEO
from storybench.weights.place import require

WHAT = "the parameters of torchvision's r2plus1d_18"
ADVICE = "Without it FSD is left out."
ARCH = "r2plus1d112"
DIM, SIDE, BATCH = 512, 112, 8
MEAN = np.array([0.43216, 0.394666, 0.37645], np.float32)
DEVIATION = np.array([0.22803, 0.22145, 0.216989], np.float32)
PREPROCESS = {"to": SIDE, "resize": "PIL-bilinear", "antialias": True, "norm": "kinetics400"}


@dataclass(frozen=True, eq=False)
class VideoNetwork:
    """The network with the weights of a file."""

    weights_sha256: str
    network: Runner = field(repr=False)

    @property
    def is_published(self) -> bool:
        """Whether the weights are those of the literature."""
        return bool(VIDEO.matches(self.weights_sha256))

    def describe(self) -> dict[str, Any]:
        """The network in words, for the record of a score."""
        return {
            "arch": ARCH,
            "layer": "avgpool-512 of torchvision's r2plus1d_18",
            "weights_sha256": self.weights_sha256,
            "dim": DIM,
            "dtype": self.network.dtype,
            "device": self.network.device,
            "batch": BATCH,
        }

    def features(self, frames: Iterable[Image], *, t: int) -> Features:
        """Features (s, 512) of stories of t frames each, given as a stream of all frames.

        A batch of stories is in memory at a time; what was computed stays in the cache.
        """
        cache = FeatureCache(features_dir() / f"{ARCH}-{self.weights_sha256}", dim=DIM)
        found: list[Features] = []
        for batch in _batches(_stories(frames, t)):
            keys = [sha256_bytes("".join(map(pixel_sha256, story)).encode()) for story in batch]
            known = {key: row for key in keys if (row := cache.find(key)) is not None}
            if len(known) < len(set(keys)):
                known = dict(zip(keys, self._run(batch), strict=True))
                cache.add(known)
            found.extend(known[key] for key in keys)
        return np.stack(found)

    def _run(self, stories: Sequence[Sequence[Image]]) -> Features:
        """A short batch is filled up, so features don't depend on which others came with them."""
        batch = np.zeros((BATCH, 3, len(stories[0]), SIDE, SIDE), np.float32)
        for place, story in enumerate(stories):
            batch[place] = np.stack([pixels(image) for image in story], axis=1)
        return self.network(batch)[: len(stories)]


def load(weights: Path | None = None) -> VideoNetwork:
    """The network with the published parameters, or with those of a file of the same format.

    Raises:
        MissingError: there is no such file; names it, its SHA-256 and its place.
        VerificationError: the file in the published one's place is another.
        InputError: the file does not hold the parameters of this network.
    """
    path, sha256 = require(VIDEO, weights, advice=ADVICE)
    network = r2plus1d_18(weights=None)
    parameters.fill(network, parameters.read(path, what=WHAT), path=path, what=WHAT)
    network.register_module("fc", nn.Identity())
    return VideoNetwork(sha256, Runner(network.eval().requires_grad_(False)))


def pixels(image: Image) -> NDArray[np.float32]:
    """Normalised pixels (3, 112, 112) of a picture of any size."""
    small = PIL.Image.fromarray(image).resize((SIDE, SIDE), PIL.Image.Resampling.BILINEAR)
    values = (np.asarray(small, np.float32) / 255 - MEAN) / DEVIATION
    return values.transpose(2, 0, 1).astype(np.float32)


def _stories(frames: Iterable[Image], t: int) -> Iterator[list[Image]]:
    stream = iter(frames)
    while story := list(islice(stream, t)):
        yield story


def _batches(stories: Iterator[list[Image]]) -> Iterator[list[list[Image]]]:
    while batch := list(islice(stories, BATCH)):
        yield batch
