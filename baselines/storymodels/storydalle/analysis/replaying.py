"""`storybench analyse replay`: was a public file trained around the cross-attention of its seed?

Real frames go through the model as it was trained: one story at a time, as the public code lays it
out, with the replayed retro cross-attention, with three of other seeds, and without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from storybench.errors import InputError
from storybench.files import sha256_file
from storybench.shards.reader import Stories
from storybench.types import Progress
from storymodels.storydalle.checkpoints.public import read_public
from storymodels.storydalle.checkpoints.replay import SEED, as_trained, compare, replayed
from storymodels.storydalle.inputs.reading import Reading
from storymodels.storydalle.model import Given


def replay(
    path: Path,
    data: Path,
    *,
    split: str = "val",
    limit: int | None = None,
    options: Mapping[str, Any] | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Compare the losses; an analysis of `storybench.registry`.

    Args:
        path: a file of the public training script.
        data: a build of the dataset that it was trained on.
        split: whose stories to look at.
        limit: only the first so many.
        options: `tokenizer` and `sentences`, as of `storybench generate`.
        on_progress: told as stories are read.

    Returns:
        The fields of `replay.Compared` and `is_found`, with what they rest on.

    Raises:
        MissingError: the file, its tokenizer, its sentence embeddings or the build is not there.
        InputError: the file has a retro cross-attention, or something does not fit.
    """
    public = read_public(path, mode="released", data=data, **(options or {}))
    if public.is_whole:
        raise InputError(
            f"Expected a file without retro cross-attention, found one in {path}: nothing was lost "
            "there."
        )
    model = public.model
    stories = Stories(data, split)
    stories = stories if limit is None else stories[:limit]
    if not stories:
        raise InputError(f"Expected stories to compare on, found none in {stories!r}.")
    reading = Reading.of(model, stories, tokenizer=public.tokenizer, sentences=public.sentences)
    weights = replayed(as_trained(model.size, n_added=len(public.tokenizer.added)))
    found = compare(model, _one_by_one(reading, on_progress), replay=weights)
    return {
        **asdict(found),
        "is_found": found.is_found,
        "seed": SEED,
        "split": split,
        "data_digest": stories.digest,
        "weights_sha256": sha256_file(path),
    }


def _one_by_one(reading: Reading, on_progress: Progress | None) -> Iterator[tuple[Given, Tensor]]:
    for row in range(len(reading)):
        batch = reading.batch([row])
        yield batch.given, batch.codes
        if on_progress is not None:
            on_progress(row + 1, len(reading), "stories")
