"""The doctor's findings on a set that is to be scored, kept for the very same files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from storybench.memo import Memo
from storybench.predictions.doctor import examine
from storybench.predictions.doctor.alignment import Alignment, Fitted
from storybench.predictions.doctor.alignment.shuffle import Shuffle
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.problem import Fault, Note
from storybench.predictions.reader import Predictions
from storybench.shards.reader import Stories
from storybench.types import Progress

_PROBLEMS = TypeAdapter(tuple[Fault | Note, ...])


def examined(
    predictions: Predictions,
    stories: Stories,
    ids: Sequence[str],
    *,
    truth: Stories,
    fingerprint: str | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Diagnosis:
    """What the doctor finds in the predictions of the stories `ids`, beside `truth`.

    With the fingerprint of the set, findings that are known are not found out again; those come
    without what each picture shows (`Alignment.truly`), which only the doctor's own page needs.
    """
    memo = Memo("doctor")
    fixed = {"data": stories.digest, "split": stories.split, "ids": list(ids), "n": len(truth)}
    key = memo.key(predictions=fingerprint, **fixed)
    known = memo.recall(key) if fingerprint else None
    if known is not None:
        return _diagnosis(predictions, known)
    found = examine(
        predictions,
        story_ids=ids,
        n_targets=stories.spec.n_targets,
        data_digest=stories.digest,
        truth=truth,
        others=stories.other_splits(),
        workers=workers,
        on_progress=on_progress,
    )
    if fingerprint:
        memo.keep(key, _value(found))
    return found


def _value(found: Diagnosis) -> dict[str, Any]:
    return {
        "n_stories": found.n_stories,
        "n_frames": found.n_frames,
        "problems": _PROBLEMS.dump_python(found.problems, mode="json"),
        "containers": dict(found.containers),
        "alignment": None
        if found.alignment is None
        else asdict(replace(found.alignment, truly=None)),
    }


def _diagnosis(predictions: Predictions, value: Mapping[str, Any]) -> Diagnosis:
    return Diagnosis(
        directory=predictions.directory,
        n_stories=value["n_stories"],
        n_frames=value["n_frames"],
        problems=_PROBLEMS.validate_python(value["problems"]),
        containers=value["containers"],
        alignment=None if value["alignment"] is None else _alignment(value["alignment"]),
    )


def _alignment(value: Mapping[str, Any]) -> Alignment:
    return Alignment(
        outcome=value["outcome"],
        claimed=Fitted(**value["claimed"]),
        best=Fitted(**value["best"]),
        ties=tuple(Fitted(**one) for one in value["ties"]),
        chance=value["chance"],
        score=value["score"],
        shuffle=None if value["shuffle"] is None else Shuffle(**value["shuffle"]),
        n_tried=value["n_tried"],
    )
