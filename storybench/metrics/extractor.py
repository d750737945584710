"""What turns pictures into features: a network, its weights, and the pixel path in front of it.

Registered under `storybench.extractors` as a function `load(weights: Path | None = None)`. Network,
weights and pixel path together say which numbers may be compared, so all three are part of every
metric id and of every cache key.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.pixels import PixelPath
from storybench.types import Image

Features = NDArray[np.float32]
"""Features of n pictures: float32, shape (n, d)."""

Network = Callable[[NDArray[np.float32]], Features]
"""Pixels (n, 3, s, s) to features (n, d)."""


@dataclass(frozen=True, eq=False)
class Extractor:
    """A network with its weights and pixel path; call it with pictures.

    `arch` is the short name used in metric ids, `layer` says where the features are taken. `batch`
    pictures go through the network at once, always exactly that many. `is_published` claims that
    the weights are the ones that everybody's FID is computed with. `names_path` says that `pixels`
    is not the extractor's own path, so metric ids name it. `dtype` is the number format inside the
    network; one that is not float32 gives other features, so `arch` names it too.
    """

    arch: str
    layer: str
    weights_sha256: str
    dim: int
    pixels: PixelPath
    network: Network = field(repr=False)
    batch: int = 8
    is_published: bool = False
    names_path: bool = False
    dtype: str = "float32"

    def __call__(self, images: Sequence[Image]) -> Features:
        """Features (n, d) of n pictures of any size.

        A short batch is filled up, so every picture goes through the same arithmetic and its
        features don't depend, to the last bit, on which others came with it.
        """
        chunks = [images[at : at + self.batch] for at in range(0, len(images), self.batch)]
        parts = [self._features(chunk) for chunk in chunks]
        return np.concatenate(parts) if parts else np.zeros((0, self.dim), np.float32)

    @property
    def key(self) -> str:
        """Everything that fixes the features of a picture, as the name of a folder."""
        return f"{self.arch}-{self.pixels.name}-{self.weights_sha256}"

    @property
    def device(self) -> str:
        """Where the network runs, which moves features by less than 1e-4 of their norm."""
        return getattr(self.network, "device", "cpu")

    @property
    def network_id(self) -> str:
        """Network, weights, and the pixel path if it is not its own, as metric ids have them."""
        path = f".{self.pixels.name}" if self.names_path else ""
        return f"{self.arch}.{self.weights_sha256[:8]}{path}"

    def through(self, path: PixelPath) -> Extractor:
        """The same network behind another pixel path, which its metric ids then name."""
        side = self.pixels.side
        return dataclasses.replace(
            self, pixels=path.to(side), names_path=path.name != self.pixels.name
        )

    def describe(self) -> dict[str, Any]:
        """The extractor in words, for the record of a score."""
        return {
            "arch": self.arch,
            "layer": self.layer,
            "weights_sha256": self.weights_sha256,
            "dim": self.dim,
            "dtype": self.dtype,
            "device": self.device,
            "batch": self.batch,
        }

    def _features(self, images: Sequence[Image]) -> Features:
        side = self.pixels.side
        batch = np.zeros((self.batch, 3, side, side), np.float32)

        def place(slot: int) -> None:
            batch[slot] = self.pixels(images[slot])

        with ThreadPoolExecutor(os.cpu_count()) as threads:  # Pillow resizes outside of the lock
            list(threads.map(place, range(len(images))))
        return self.network(batch)[: len(images)]


def distance_id(distance: str, extractor: Extractor, *, frames: str, version: int = 1) -> str:
    """The id of a distance between features: `fid`, `fid_inf` or `kid`.

    Those names are kept for the published weights on the 299-pixel path; through any other network,
    weights or path the distance is `fd`, `fd_inf` or `kd`, and the weights are named by their hash;
    so is a pixel path that is not the network's own.
    """
    if extractor.is_published:
        return f"{distance}.{extractor.pixels.name}.{frames}.v{version}"
    plain = distance.replace("id", "d", 1)
    return f"{plain}.{extractor.network_id}.{frames}.v{version}"
