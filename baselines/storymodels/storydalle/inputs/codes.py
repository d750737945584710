"""The codes of pictures: each distinct picture goes through the VQGAN once, ever.

Pictures are told apart by a hash of their pixels, so a frame that stands in several stories, or was
encoded yesterday, costs a hash. Codes lie among the features that `storybench cache` lists, in a
folder for each set of weights, and any number of processes may fill it at once
(`storybench.packs`).

They are computed in float32, without the shortcuts that graphics cards take by default: a code is
the nearest of thousands, and roundings choose another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storybench.home import features_dir
from storybench.packs import Packs
from storymodels.storydalle.exact import exact
from storymodels.storydalle.vqgan import Vqgan

BATCH = 16
"""Pictures that are encoded at a time."""

PACK = 1_024
"""Codes of so many pictures are written at a time."""

DRAWS_ONLY = ("decoder.", "from_code.")
"""What the names of weights start with on which no code depends."""

Planes = NDArray[np.uint8]
"""One picture with its channels first: uint8 RGB, 0..255, (3, side, side)."""

Row = NDArray[np.integer]


class Codes:
    """Codes by picture, under the weights that a VQGAN has when this is made.

    Raises:
        ValueError: the weights are not float32.
    """

    def __init__(self, vqgan: Vqgan, *, batch: int = BATCH, folder: Path | None = None) -> None:
        if vqgan.codebook.weight.dtype != torch.float32:
            raise ValueError(f"Expected a VQGAN in float32, found {vqgan.codebook.weight.dtype}.")
        self.n_codes = vqgan.grid**2
        self._vqgan, self._batch = vqgan, batch
        fits = vqgan.codebook.num_embeddings <= 2**16
        self._packs = Packs(
            folder or features_dir() / f"codes-{weights_sha256(vqgan)}",
            width=self.n_codes,
            dtype="<u2" if fits else "<i4",
        )
        self._unsaved: dict[str, Row] = {}

    def __call__(self, pictures: Iterable[Planes]) -> Tensor:
        """The codes of pictures, int64 (n, codes); new ones are on disk when this returns."""
        keyed: list[str] = []
        waiting: dict[str, Planes] = {}
        for picture in pictures:
            keyed.append(key_of(picture))
            waiting[keyed[-1]] = picture
        self.encode(waiting)
        self.save()
        return self.of(keyed)

    def has(self, key: str) -> bool:
        """Whether the codes of a picture are known; `key_of` gives the key."""
        return key in self._unsaved or self._packs.find(key) is not None

    def of(self, keys: Iterable[str]) -> Tensor:
        """The codes of pictures that are known, int64 (n, codes).

        Raises:
            KeyError: one is not.
        """
        rows = [self._find(key) for key in keys]
        flat = np.array(rows, np.int64).reshape(len(rows), self.n_codes)
        return torch.from_numpy(flat)

    def encode(self, pictures: Mapping[str, Planes]) -> None:
        """Compute what is not known of pictures by key; `save` writes it.

        Raises:
            NoSpaceError: the disk is full; what was written before is kept.
        """
        new = [key for key in pictures if not self.has(key)]
        for start in range(0, len(new), self._batch):
            keys = new[start : start + self._batch]
            codes = self._run(np.stack([pictures[key] for key in keys]))
            self._unsaved |= dict(zip(keys, codes, strict=True))
            if len(self._unsaved) >= PACK:
                self.save()

    def save(self) -> None:
        """Write what is not written, and see what other processes have written."""
        self._packs.add(self._unsaved)
        self._packs.refresh()
        self._unsaved = {}

    def _find(self, key: str) -> Row:
        row = self._unsaved.get(key)
        row = self._packs.find(key) if row is None else row
        if row is None:
            raise KeyError(key)
        return row

    @torch.no_grad()
    def _run(self, pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
        device = self._vqgan.codebook.weight.device
        with exact(device):
            floats = torch.from_numpy(pictures).to(device).float() / 127.5 - 1
            return self._vqgan.encode(floats).cpu().numpy()


def key_of(picture: Planes) -> str:
    """SHA-256 over shape and pixels."""
    digest = hashlib.sha256(repr(picture.shape).encode())
    digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()


def weights_sha256(vqgan: Vqgan) -> str:
    """SHA-256 over what codes depend on: the encoder's layers, and weights by name and shape."""
    digest = hashlib.sha256(repr(vqgan.encoder).encode())
    for name, tensor in sorted(vqgan.state_dict().items()):
        if not name.startswith(DRAWS_ONLY):
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()
