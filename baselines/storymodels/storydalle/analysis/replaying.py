"""`storybench analyse replay`: was a public file trained around the cross-attention of its seed?

Real frames go through the model as it was trained: one story at a time, as the public code lays it
out, with the replayed retro cross-attention, with three of other seeds, and without. Where the
weights know the replayed one, they are written with it as a model of ours, to draw and train with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from storybench.errors import InputError
from storybench.files import sha256_file
from storybench.types import Progress
from storymodels.storydalle.analysis.chosen import chosen
from storymodels.storydalle.analysis.comparing import compare, with_weights
from storymodels.storydalle.checkpoints.public import Public, read_public
from storymodels.storydalle.checkpoints.replay import SEED, State, as_trained, replayed
from storymodels.storydalle.checkpoints.saved import expect_new, write_model
from storymodels.storydalle.inputs.reading import Reading
from storymodels.storydalle.model import Given

PRESET = "replayed"
"""What the model that is written says that it was made as."""


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
        limit: at most so many, spread evenly over the split.
        options: `out`, a new folder for the model; `tokenizer` and `sentences`, as of `storybench
            generate`.
        on_progress: told as stories are read.

    Returns:
        The fields of `comparing.Compared` and `is_found`, with what they rest on, and the folder of
        the `model` that was written, None where none was.

    Raises:
        MissingError: the file, its tokenizer, its sentence embeddings or the build is not there.
        InputError: the file has a retro cross-attention, `out` is there already, or something does
            not fit.
        NoSpaceError: the disk is full.
    """
    asked = dict(options or {})
    out = Path(asked.pop("out")) if "out" in asked else None
    if out is not None:
        expect_new(out)
    public = read_public(path, mode="released", data=data, **asked)
    if public.is_whole:
        raise InputError(
            f"Expected a file without retro cross-attention, found one in {path}: nothing was lost "
            "there."
        )
    model = public.model
    stories = chosen(data, split, limit=limit)
    if not stories:
        raise InputError(f"Expected stories to compare on, found none in {stories!r}.")
    reading = Reading.of(model, stories, tokenizer=public.tokenizer, sentences=public.sentences)
    weights = replayed(as_trained(model.size, n_added=len(public.tokenizer.added)))
    read = _one_by_one(reading, on_progress)
    found = compare(model, read, clusters=stories.clusters, replay=weights)
    written = None
    if out is not None and found.is_found:
        _write(out, public, weights)
        written = str(out)
    return {
        **asdict(found),
        "is_found": found.is_found,
        "seed": SEED,
        "split": split,
        "data_digest": stories.digest,
        "weights_sha256": sha256_file(path),
        "model": written,
    }


def _write(out: Path, public: Public, weights: State) -> None:
    """As a model of ours, with the retro cross-attention that was lost."""
    public.model.retro = with_weights(public.model, weights)
    write_model(
        out,
        public.model,
        tokenizer=public.tokenizer,
        sentences=public.sentences,
        preset=PRESET,
        data_digest=None,
    )


def _one_by_one(reading: Reading, on_progress: Progress | None) -> Iterator[tuple[Given, Tensor]]:
    for row in range(len(reading)):
        batch = reading.batch([row])
        yield batch.given, batch.codes
        if on_progress is not None:
            on_progress(row + 1, len(reading), "stories")
