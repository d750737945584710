"""Have a model draw the targets of every story of a split.

Shards and the name of a model in, canonical predictions out.

The model is found by entry point, may look at the training stories once, and is then handed one
`StoryPrompt` at a time: source picture and captions, never a target. The seed of a story is a hash
of the run's seed and the story's id, so its pictures are the same whatever the order, and a run
that was stopped continues where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from storybench.errors import InputError, PredictionError
from storybench.predictions.check import check_frames
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionSet, PredictionWriter
from storybench.registry import Model, load
from storybench.shards.reader import Stories
from storybench.types import Prediction, Progress, Story, StoryPrompt


def generate(
    model_name: str,
    data: Path | str,
    out: Path | str,
    *,
    split: str = "test",
    seed: int = 0,
    limit: int | None = None,
    on_progress: Progress | None = None,
) -> PredictionSet:
    """Write the predictions of a registered model for every story of a split.

    Args:
        model_name: as in the entry-point group `storybench.models`.
        data: the folder of a finished build.
        out: a new folder, or one where this very run was stopped.
        split: whose stories to continue.
        seed: seed of the run.
        limit: only the first so many stories, for a quick look; such a set can't be scored.
        on_progress: called after each story.

    Raises:
        UnknownNameError: no model of that name.
        MissingError: no finished build there, or the model needs a package that is missing.
        InputError: no such split, no story in it, the model can't work with this data, or another
            program is writing to `out`.
        PredictionError: `out` holds another run, or the model's frames are not what they must be.
    """
    stories = _first(Stories(data, split), limit)
    model: Model = load("models", model_name)()
    run = Run(
        dataset=stories.spec.name,
        split=split,
        data_digest=stories.digest,
        n_targets=stories.spec.n_targets,
        model=dict(model.describe()),
        seed=seed,
    )
    with PredictionWriter(out, run) as writer:
        todo = [index for index, story_id in enumerate(stories.ids) if not writer.has(story_id)]
        if todo:
            model.prepare(_training_stories(stories))
        for done, index in enumerate(todo, start=len(stories) - len(todo) + 1):
            prompt = stories.prompt(index)
            prediction = model.generate(prompt, seed=story_seed(seed, prompt.id))
            writer.add(_checked(prediction, prompt, model_name))
            if on_progress is not None:
                on_progress(done, len(stories), "stories")
        return writer.finish()


def story_seed(seed: int, story_id: str) -> int:
    """The seed of one story in a run: 0 up to 2**63, whatever stories come before it.

    >>> story_seed(0, "p-0001") == story_seed(0, "p-0001") != story_seed(1, "p-0001")
    True
    """
    digest = hashlib.sha256(f"{seed}/{story_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _first(stories: Stories, limit: int | None) -> Stories:
    if limit is not None and limit < 1:
        raise InputError(f"Expected a limit of at least 1 story, found {limit}.")
    if not stories:
        raise InputError(f"Expected stories to continue, found none in {stories!r}.")
    return stories[:limit]


def _training_stories(stories: Stories) -> Sequence[Story]:
    """The training split of the same build; nothing where it has none."""
    has_train = "train" in stories.manifest.splits
    return Stories(stories.directory, "train") if has_train else ()


def _checked(prediction: Prediction, prompt: StoryPrompt, model_name: str) -> Prediction:
    owner = f"Model {model_name!r}, story {prompt.id}"
    if prediction.story_id != prompt.id:
        raise PredictionError(
            f"{owner}: expected a prediction of this story, found one of {prediction.story_id!r}."
        )
    check_frames(prediction.frames, n_targets=prompt.n_targets, owner=owner)
    return prediction
