"""The targets of every story of a split: shards and a model in, canonical predictions out.

The model may look at the training stories once, and is then handed `StoryPrompt`s: source picture
and captions, never a target. The seed of a story is a hash of the run's seed and the story's id, so
its pictures are the same whatever the order, and a run that was stopped continues where it was.
Batches are always the same stories, those that are there already drawn along with the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from storybench.errors import InputError, PredictionError
from storybench.generate.finding import find, in_batches
from storybench.generate.rerank import Ranker, ranker
from storybench.predictions.check import check_frames
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionSet, PredictionWriter
from storybench.registry import Model
from storybench.shards.reader import Stories
from storybench.types import Prediction, Progress, Story, StoryPrompt


def generate(
    model: str | Model,
    data: Path | str,
    out: Path | str,
    *,
    split: str = "test",
    seed: int = 0,
    limit: int | None = None,
    options: Mapping[str, Any] | None = None,
    rerank: str | None = None,
    on_progress: Progress | None = None,
) -> PredictionSet:
    """Write a model's predictions for every story of a split.

    Args:
        model: as in the entry-point group `storybench.models`, the path of a checkpoint, or a model
            that was found already.
        data: the folder of a finished build.
        out: a new folder, or one where this very run was stopped.
        split: whose stories to continue.
        seed: seed of the run.
        limit: only the first so many stories, for a quick look; such a set can't be scored.
        options: of a checkpoint, by name.
        rerank: what chooses among candidates: `clip`, or the path of a CLIP's weights.
        on_progress: called after each batch.

    Raises:
        UnknownNameError: no model of that name.
        MissingError: no finished build or checkpoint there, or a package or weights are missing.
        InputError: no such split, no story in it, the model can't work with this data or these
            options, or another program is writing to `out`.
        PredictionError: `out` holds another run, or the model's frames are not what they must be.
    """
    stories = _first(Stories(data, split), limit)
    found = find(model, options, data=Path(data)) if isinstance(model, str) else model
    name = model if isinstance(model, str) else str(found.describe()["name"])
    drawer = in_batches(found)
    best = ranker(rerank, n_candidates=drawer.n_candidates)
    run = Run(
        dataset=stories.spec.name,
        split=split,
        data_digest=stories.digest,
        n_targets=stories.spec.n_targets,
        model=_described(found, best),
        seed=seed,
        n_candidates=drawer.n_candidates,
    )
    with PredictionWriter(out, run) as writer:
        batches = _unfinished(stories, writer, n=drawer.batch)
        if batches:
            found.prepare(_training_stories(stories))
        done = sum(writer.has(story_id) for story_id in stories.ids)
        for batch in batches:
            prompts = [stories.prompt(index) for index in batch]
            seeds = [story_seed(seed, prompt.id) for prompt in prompts]
            drawn = drawer.generate_batch(prompts, seeds=seeds)
            for prompt, candidates in zip(prompts, drawn, strict=True):
                if not writer.has(prompt.id):
                    checked = [_checked(one, prompt, name) for one in candidates]
                    writer.add(_best(checked, prompt, best))
                    done += 1
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


def _described(model: Model, best: Ranker | None) -> dict[str, Any]:
    chooser = {} if best is None else {"rerank": dict(best.record())}
    return {**model.describe(), **chooser}


def _unfinished(stories: Stories, writer: PredictionWriter, *, n: int) -> list[range]:
    """The batches of which a story is not there."""
    batches = [range(at, min(at + n, len(stories))) for at in range(0, len(stories), n)]
    return [
        batch for batch in batches if not all(writer.has(stories.ids[index]) for index in batch)
    ]


def _best(candidates: Sequence[Prediction], prompt: StoryPrompt, best: Ranker | None) -> Prediction:
    return candidates[0] if best is None else best.best(candidates, prompt.captions[1:])


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
