"""A diagnosis as plain JSON values."""

from __future__ import annotations

from typing import Any

from storybench.predictions.doctor.alignment import Alignment, Fitted
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.doctor.typed import Typed
from storybench.predictions.problem import Fault, Problem


def record(diagnosis: Diagnosis, *, typed: Typed) -> dict[str, Any]:
    """Everything but the pictures; `typed` names the shards that it was compared with."""
    return {
        "predictions": str(diagnosis.directory),
        "data": str(typed.data),
        "can_be_scored": not diagnosis.faults,
        "n_stories": diagnosis.n_stories,
        "n_frames": diagnosis.n_frames,
        "containers": dict(sorted(diagnosis.containers.items())),
        "alignment": None if diagnosis.alignment is None else _alignment(diagnosis.alignment),
        "problems": [_problem(one, diagnosis, typed) for one in diagnosis.problems],
    }


def _problem(one: Problem, diagnosis: Diagnosis, typed: Typed) -> dict[str, Any]:
    return {
        "severity": "error" if isinstance(one, Fault) else "warning",
        "kind": one.kind,
        "rule": one.rule or None,
        "message": one.message,
        "story": one.story_id if isinstance(one, Fault) else None,
        "evidence": {name: float(value) for name, value in one.evidence.items()},
        "fix": diagnosis.filled_in(one.fix, typed) or None,
        "slots": [list(slot) for slot in one.slots],
    }


def _alignment(found: Alignment) -> dict[str, Any]:
    return {
        "verdict": found.outcome,
        "claimed": _fitted(found.claimed),
        "best": _fitted(found.best),
        "ties": [_fitted(one) for one in found.ties],
        "chance": _number(found.chance),
        "score": _number(found.score),
        "n_tried": found.n_tried,
        "shuffle": None
        if found.shuffle is None
        else {
            "look": found.shuffle.look,
            "found": float(found.shuffle.found),
            "by_chance": float(found.shuffle.by_chance),
        },
    }


def _fitted(one: Fitted) -> dict[str, Any]:
    return {
        "name": one.name,
        "rule": one.rule or None,
        "gain": _number(one.gain),
        "over_claim": _number(one.over_claim),
    }


def _number(value: float) -> float | None:
    """A number as JSON has it; it has no NaN."""
    return float(value) if value == value else None
