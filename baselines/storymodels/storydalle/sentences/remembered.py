"""Each caption encoded once, ever: vectors on disk by the SHA-256 of the caption.

They lie among the features that `storybench cache` lists, in a folder for each encoder, and any
number of processes may fill it at once (`storybench.packs`). The vectors of a release are looked up
by the captions of a build, and another build may look up others, so they have a folder for each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storybench.files import sha256_json
from storybench.home import features_dir
from storybench.packs import Packs
from storymodels.storydalle.sentences.encoder import SentenceEncoder

Row = NDArray[np.float32]


class Remembered:
    """An encoder that is asked only for captions which are not on disk yet."""

    def __init__(self, encoder: SentenceEncoder, *, folder: Path | None = None) -> None:
        self.encoder = encoder
        self._packs = Packs(folder or folder_of(encoder.record()), width=encoder.width)
        self._known: dict[str, Row] = {}

    @property
    def width(self) -> int:
        """Of the encoder."""
        return self.encoder.width

    def record(self) -> dict[str, Any]:
        """Of the encoder: remembering changes no vector."""
        return self.encoder.record()

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """The vectors; those of new captions are on disk when this returns."""
        keys = [hashlib.sha256(caption.encode()).hexdigest() for caption in captions]
        new = {
            key: caption
            for key, caption in zip(keys, captions, strict=True)
            if not self._recalls(key)
        }
        if new:
            self._encode(new)
        rows = [self._known[key] for key in keys]
        return torch.from_numpy(np.array(rows, np.float32).reshape(len(rows), self.width))

    def _recalls(self, key: str) -> bool:
        if key not in self._known and (row := self._packs.find(key)) is not None:
            self._known[key] = np.array(row)
        return key in self._known

    def _encode(self, new: dict[str, str]) -> None:
        self._packs.refresh()  # another process may have been here
        missing = {key: caption for key, caption in new.items() if not self._recalls(key)}
        if not missing:
            return
        rows = dict(zip(missing, self.encoder(list(missing.values())).numpy(), strict=True))
        self._packs.add(rows)
        self._known |= rows


def folder_of(record: Mapping[str, Any], *, build: str | None = None) -> Path:
    """Where the vectors of an encoder lie, whatever it is called.

    `build` is the digest of the build whose captions they are of, where they depend on it.
    """
    made_of = {name: value for name, value in record.items() if name != "name"}
    if build is not None:
        made_of["build"] = build
    return features_dir() / f"sentences-{record['kind']}-{sha256_json(made_of)}"
