"""Look at predictions before anything is scored, and say everything that is wrong.

Names first, then every picture once, then the set as a whole beside the real frames. A partial or
damaged set is never filled up and never skipped over: the problems are collected and
`Diagnosis.require` refuses the set with all of them, not with one per run. What only has to be
known (JPEG pictures, repeated pictures, an unknown model) is a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from storybench.predictions.container import Container
from storybench.predictions.doctor.alignment import Alignment, alignment
from storybench.predictions.doctor.colour import check_colour
from storybench.predictions.doctor.completeness import (
    check_frames,
    check_run,
    check_stories,
    present,
)
from storybench.predictions.doctor.copies import (
    check_copies,
    check_repeated,
    check_training,
    source_included,
)
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.doctor.gathering import gathered, training_thumbs
from storybench.predictions.doctor.labels import check_labels
from storybench.predictions.doctor.looking import Seen, look
from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.other_split import check_other_splits, other_split_stated
from storybench.predictions.doctor.overwritten import overwritten
from storybench.predictions.doctor.pictures import check_containers, check_set, check_sizes
from storybench.predictions.doctor.references import check_references
from storybench.predictions.doctor.saying import check_frame_order, said
from storybench.predictions.doctor.shape import are_mosaics, check_shape
from storybench.predictions.doctor.truth import Truth
from storybench.predictions.problem import Problem
from storybench.predictions.reader import Predictions
from storybench.predictions.store import PredictionSet
from storybench.types import Progress


def examine(
    predictions: Predictions | Path | str,
    *,
    story_ids: Sequence[str],
    n_targets: int,
    data_digest: str | None = None,
    truth: Truth | None = None,
    others: Sequence[Truth] = (),
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Diagnosis:
    """Check that a set holds exactly targets 1…n_targets of exactly these stories, and shows them.

    Args:
        predictions: a folder in the canonical layout, with or without `predictions.json`, or a
            reader of any other (`Recognition.predictions()`).
        story_ids: every story of the split, in its order.
        n_targets: frames per story.
        data_digest: digest of the shards; compared with the one the predictions were made from.
        truth: the stories themselves (`Stories(data, split)`): pictures are then compared with
            real frames, sources and captions, and `Diagnosis.alignment` is set.
        others: other splits of the same build, looked at where a set fits nothing, and, if it is
            "train", for copies of training frames.
        workers: processes that decode; 0 means one a processor. The answer is the same.
        on_progress: called after each story.

    Raises:
        PredictionError: no such folder, an unfinished run, or a manifest that can't be read.
        VerificationError: the manifest was edited after it was written.
    """
    is_path = isinstance(predictions, str | Path)
    found = PredictionSet(predictions) if is_path else predictions
    problems = [*check_run(found, n_targets, data_digest), *_stories(found, story_ids, truth)]
    there = present(found, story_ids)
    place = {story_id: index for index, story_id in enumerate(story_ids)}
    looks = Glances(len(story_ids), n_targets)
    containers: Counter[Container] = Counter()
    seen_real: list[Seen] = []
    for seen in look(
        found,
        truth,
        [(place[story_id], story_id) for story_id in there],
        n_targets=n_targets,
        workers=workers,
        on_progress=on_progress,
    ):
        problems += [*check_frames(found, story_ids[seen.index], n_targets), *seen.faults]
        for one in seen.drawn:
            looks.put(seen.index, one.k - 1, one.look)
            containers.update([one.container] if one.container else [])
        problems += check_sizes(looks, story_ids, seen.index)
        seen_real.append(seen)
    material = gathered(truth, looks, seen_real) if truth is not None and there else None
    problems += check_containers(containers)
    problems += check_set(looks, None if material is None else material.real)
    problems += check_repeated(looks)
    verdict = None if material is None else alignment(material)
    if material is not None:
        problems += shown(material, verdict, others)
    return Diagnosis(
        directory=found.directory,
        n_stories=len(story_ids),
        n_frames=len(story_ids) * n_targets,
        problems=tuple(problems),
        containers=containers,
        alignment=None if are_mosaics(problems) else verdict,
    )


def shown(
    material: Material, verdict: Alignment | None, others: Sequence[Truth]
) -> Iterator[Problem]:
    """What the pictures show, beside what they should; `others` as of `examine`.

    Of mosaics nothing is said that takes a picture for one frame, in its place or another's.
    """
    shape = list(check_shape(material))
    is_one_frame = not are_mosaics(shape)
    verdict = verdict if is_one_frame else None
    outcome = None if verdict is None else verdict.outcome
    over = list(overwritten(material)) if is_one_frame else []
    first = list(source_included(material)) if is_one_frame and not over else []
    if verdict is not None:
        told = list(check_other_splits(material, others)) if outcome == "cannot tell" else []
        is_told = bool(over or (first and verdict.best.rule == "A07"))
        yield from told or ([] if is_told else said(verdict, material))
    yield from over
    yield from first
    if outcome != "misaligned":  # copies are looked for where they are in their places
        yield from check_copies(material, source_is_told=bool(first))
    colours = list(check_colour(material, aligned=outcome == "aligned"))
    yield from colours
    if outcome == "aligned" and not colours:
        yield from check_frame_order(material)
    yield from shape
    yield from check_labels(material)
    if outcome == "cannot tell":
        yield from check_references(material)
    for other in others:
        if other.split == "train":
            yield from check_training(material.drawn, material.real, training_thumbs(other))


def _stories(
    found: Predictions, story_ids: Sequence[str], truth: Truth | None
) -> Iterator[Problem]:
    """What is wrong with the stories that are there; that they are all of another split is one."""
    other = other_split_stated(found, None if truth is None else truth.split)
    if other is None:
        yield from check_stories(found, story_ids)
    else:
        yield other
