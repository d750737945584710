"""The model that a user means: a registered name, or a checkpoint on the disk."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from storybench.errors import InputError, MissingError, UnknownNameError
from storybench.registry import BatchModel, Checkpoint, Model, load, names
from storybench.types import Prediction, StoryPrompt


def find(
    model: str, options: Mapping[str, Any] | None = None, *, data: Path | None = None
) -> Model:
    """A registered model, or the one of a checkpoint; a name goes before a file of that name.

    Args:
        model: as in the entry-point group `storybench.models`, or a path.
        options: of a checkpoint, by name (`storybench generate --help`).
        data: the build of the stories that are to be drawn, if they are of one.

    Raises:
        UnknownNameError: no model of that name, and nothing of that path.
        MissingError: nothing is at that path, or something it needs is not there.
        InputError: no kind of checkpoint is recognised there, it cannot be read, or an option does
            not fit.
    """
    options = options or {}
    path, is_registered = Path(model), model in names("models")
    if not is_registered and (path.exists() or _looks_like_path(model)):
        return _open(path, options, data)
    if options and is_registered:
        raise InputError(
            f"Expected {', '.join(sorted(options))} with a checkpoint, found the registered model "
            f"{model!r}, which has no such options."
        )
    try:
        made = load("models", model)
    except UnknownNameError as error:
        raise UnknownNameError(f"{error} Nor is there a checkpoint at {path}.") from error
    return made()


class OneByOne:
    """Any model as one that draws in batches: of one story, once."""

    batch = 1
    n_candidates = 1

    def __init__(self, model: Model) -> None:
        self._model = model

    def generate_batch(
        self, prompts: Sequence[StoryPrompt], *, seeds: Sequence[int], on_step: Any = None
    ) -> Sequence[Sequence[Prediction]]:
        """One candidate of each story."""
        pairs = zip(prompts, seeds, strict=True)
        return [[self._model.generate(prompt, seed=seed)] for prompt, seed in pairs]


def in_batches(model: Model) -> BatchModel | OneByOne:
    """The model itself if it draws in batches, else one story at a time."""
    return model if isinstance(model, BatchModel) else OneByOne(model)


def _looks_like_path(model: str) -> bool:
    return os.sep in model or Path(model).suffix != ""


def _open(path: Path, options: Mapping[str, Any], data: Path | None) -> Model:
    if not path.exists():
        raise MissingError(f"Expected a checkpoint at {path}, found nothing there.")
    known = names("checkpoints")
    for name in known:
        kind: Checkpoint = load("checkpoints", name)
        if kind.recognise(path) is not None:
            return kind.open(path, options, data=data)
    raise InputError(
        f"Expected a checkpoint of a model at {path}, found none of a known kind "
        f"({', '.join(known) or 'none is registered'}). Is it the folder that training wrote?"
    )
