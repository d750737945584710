"""The codes of all pictures that an epoch of a dataset shows.

Every picture is decoded once to learn its hash, and encoded if nobody has encoded one like it. Of a
dataset that shows the same in every epoch the hashes are kept, so a later run decodes nothing.
Under torchrun each process encodes its share of what is new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from storybench.files import sha256_json
from storybench.loader import StoryDataset, Transform
from storybench.memo import Memo
from storybench.types import Progress
from storymodels.storydalle.inputs.codes import BATCH, Codes, Planes, key_of

Keys = list[list[str]]
"""The hash of every picture of every story, source first."""


@dataclass(frozen=True, eq=False)
class CodeTable:
    """Codes of u distinct pictures, int32 (u, codes), and which are those of n stories, (n, t + 1).

    Pictures of a story have its source first.
    """

    distinct: Tensor
    rows: Tensor

    def of(self, stories: Iterable[int]) -> Tensor:
        """The codes of some stories by number, int64 (b, t + 1, codes)."""
        return self.distinct[self.rows[list(stories)]].to(torch.int64)


def code_table(
    dataset: StoryDataset,
    codes: Codes,
    *,
    is_fixed: bool,
    on_progress: Progress | None = None,
) -> CodeTable:
    """The codes of the epoch that a dataset shows, whose items must be bytes.

    `is_fixed` says that all epochs show the same pictures.

    Raises:
        VerificationError: a shard is damaged.
        NoSpaceError: the disk is full; what was encoded before is kept.
    """
    memo = Memo("pixels")
    name = memo.key(**_identity(dataset)) if is_fixed else None
    keys: Keys = [[] for _ in range(len(dataset))]
    if name is not None:
        keys = memo.recall(name) or keys
    walk = _Walk(dataset, codes, keys, on_progress)
    walk.encode(share=True)
    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()
        codes.save()
    walk.encode(share=False)  # what others should have encoded, if they write elsewhere
    if name is not None and walk.has_looked:
        memo.keep(name, keys)
    return _table(codes, keys)


class _Walk:
    """Looks at the stories that have a picture without codes, and fills in `keys`."""

    def __init__(
        self, dataset: StoryDataset, codes: Codes, keys: Keys, on_progress: Progress | None
    ) -> None:
        self._dataset, self._codes, self._keys = dataset, codes, keys
        self._on_progress = on_progress
        self._waiting: dict[str, Planes] = {}
        self.has_looked = False

    def encode(self, *, share: bool) -> None:
        """Encode all that is new, or with `share` this process's part of it."""
        for row in range(len(self._keys)):
            if not self._keys[row] or not all(map(self._codes.has, self._keys[row])):
                self._look(row, share=share)
                self.has_looked = True
            if share and self._on_progress is not None:
                self._on_progress(row + 1, len(self._keys), "stories")
        self._run()
        self._codes.save()

    def _look(self, row: int, *, share: bool) -> None:
        item = self._dataset[row]
        pictures = [item["source"], *item["targets"]]
        self._keys[row] = [key_of(picture) for picture in pictures]
        for key, picture in zip(self._keys[row], pictures, strict=True):
            is_wanted = not share or _is_mine(key)
            if is_wanted and key not in self._waiting and not self._codes.has(key):
                self._waiting[key] = picture
        if len(self._waiting) >= BATCH:
            self._run()

    def _run(self) -> None:
        self._codes.encode(self._waiting)
        self._waiting = {}


def _is_mine(key: str) -> bool:
    """Whether a picture is in the share of this process, which is alone without torchrun."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return True
    return int(key[:8], 16) % distributed.get_world_size() == distributed.get_rank()


def _table(codes: Codes, keys: Keys) -> CodeTable:
    places = {key: place for place, key in enumerate(dict.fromkeys(k for row in keys for k in row))}
    rows = torch.tensor([[places[key] for key in row] for row in keys], dtype=torch.int64)
    return CodeTable(codes.of(places).to(torch.int32), rows)


def _identity(dataset: StoryDataset) -> dict[str, object]:
    """What the pictures of a dataset depend on that shows the same in every epoch."""
    assert isinstance(dataset.transform, Transform)
    return {
        "data": dataset.stories.digest,
        "stories": sha256_json(dataset.ids),
        "transform": dataset.transform,
    }
