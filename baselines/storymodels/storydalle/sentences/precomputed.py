"""The vectors of a release by caption: which caption each is of, the shards know.

A file says "the second caption of clip X"; the shards have that caption. Captions are compared
without regard to case and spaces, since readers lower-case them.

DiDeMoSV's file has one vector for a frame, of the last caption that its lists give the frame
(adymaharana/storydalle@132dd19:story-dalle/get_use_embeddings.py:18-20). An earlier caption of the
same frame is given that vector where no other frame has its own. Where one caption was given
several vectors, the first by the name of its clip counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from torch import Tensor

from storybench.errors import InputError
from storybench.loader.samples import Samples
from storybench.memo import Memo
from storybench.shards.reader import Stories
from storymodels.storydalle.sentences.releases import (
    Release,
    Vectors,
    find_release,
    hashes,
    read_release,
)


class Precomputed:
    """The captions of a build and the vectors that its release has of them.

    Args:
        path: a file of vectors, or a folder that holds one (`releases.NAMES`).
        stories: a build of that release; all of its splits are looked at.

    Raises:
        MissingError: no such file, or no build.
        InputError: the file is damaged, or has no vector for any clip of the build.
    """

    def __init__(self, path: Path, stories: Stories | Path) -> None:
        self._files = find_release(path)
        self._stories = stories if isinstance(stories, Path) else stories.directory
        self._hashes = hashes(self._files)

    @cached_property
    def _release(self) -> Release:
        return read_release(self._files)

    @cached_property
    def _by_caption(self) -> Mapping[str, Vectors]:
        found = by_caption(self._release.vectors, Stories(self._stories))
        if not found:
            raise InputError(
                f"Expected vectors for the clips of {self._stories} in {self._files[0]}, found "
                "none of theirs. Do both come from the same release?"
            )
        return found

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return self._width

    @cached_property
    def _width(self) -> int:
        """Kept, since a release takes a while to read."""
        memo = Memo("sentences")
        key = memo.key(files=self._hashes)
        width = memo.recall(key)
        if width is None:
            width = self._release.width
            memo.keep(key, width)
        return int(width)

    def record(self) -> dict[str, Any]:
        """Kind, width, and the SHA-256 of each file."""
        return {"kind": "precomputed", "width": self.width, "files": dict(self._hashes)}

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """The vectors, (n, width).

        Raises:
            InputError: a caption is none of the build's, or its clip has no vector.
        """
        rows = [self._find(caption) for caption in captions]
        return torch.from_numpy(np.array(rows, np.float32).reshape(len(rows), self.width))

    def _find(self, caption: str) -> Vectors:
        row = self._by_caption.get(plain(caption))
        if row is None:
            raise InputError(
                f"Expected a vector for the caption {caption[:80]!r} in {self._files[0].name}, "
                "found none: only captions of the release were encoded. For others, train with "
                "another sentence encoder."
            )
        return row


def by_caption(vectors: Mapping[str, Vectors], stories: Stories) -> dict[str, Vectors]:
    """From captions (`plain`) to vectors (width,), for all that the file has of the stories."""
    named = {_name(key): rows for key, rows in vectors.items()}
    told = list(dict.fromkeys(_captions(stories, named)))
    last = set(dict(told).items())
    found: dict[str, Vectors] = {}
    for key, captions in sorted(told, key=lambda pair: (pair not in last, pair)):
        for caption, row in zip(captions, named[key], strict=False):
            found.setdefault(plain(caption), row)
    return found


def plain(caption: str) -> str:
    r"""A caption in lower case, with single spaces.

    >>> plain("  Loopy\n runs. ")
    'loopy runs.'
    """
    return " ".join(caption.lower().split())


def _captions(stories: Stories, named: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the file calls a frame, and all captions of it, for frames that it has."""
    samples = Samples(stories)
    for index in range(len(samples)):
        for frame in samples.document(index).frames:
            for key in (_name(frame.origin.clip), _name(frame.origin.file)):
                if key in named:
                    yield key, frame.captions
                    break


def _name(key: str) -> str:
    """A clip's id or a path, written in one way."""
    return PurePosixPath(key).as_posix().lstrip("/")
