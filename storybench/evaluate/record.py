"""What fixes every number of a report, whatever the metric: the record of an evaluation."""

from __future__ import annotations

import math
import platform
from collections import Counter
from dataclasses import replace
from importlib import metadata
from typing import Any

from storybench.evaluate.drawn import shows_given
from storybench.evaluate.match import Match
from storybench.evaluate.subject import Subject
from storybench.files import sha256_json
from storybench.flags import Flag
from storybench.metrics.evidence import Evidence
from storybench.predictions.container import LOSSY
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.types import Examination

PACKAGES = ("storybench", "numpy", "scipy", "pillow", "torch", "torchvision", "open_clip_torch")


def versions() -> dict[str, str]:
    """Versions of Python and of the installed packages that a number can depend on."""
    installed = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


def record(subject: Subject, match: Match, evidence: Evidence, *, n_truth: int) -> dict[str, Any]:
    """Protocol, split, both sides and versions; JSON values."""
    plan, slots = match.plan, evidence.slots
    stories, rules = plan.stories, plan.rules
    n_clusters = len(set(slots.clusters))
    generated = evidence.features("generated")
    return {
        "protocol": rules.name,
        "task": rules.task,
        "frames": f"{rules.frames}[{_span(rules.numbers(stories.spec.n_targets))}]",
        "source_frame_scored": _scores_source(match),
        "source_frame_from": _source_from(subject, match),
        "averaging": list(rules.averaging),
        "n_stories": len(plan.chosen),
        "n_groups": slots.n_groups,
        "cluster_is_story": n_clusters == len(plan.chosen),
        "left_out": plan.left_out,
        "flags": _flags(subject, match, n_truth),
        "split": {
            "name": stories.split,
            "n_stories": len(stories),
            "ids_sha256": sha256_json(list(plan.ids)),
            "dataset_manifest_sha256": stories.digest,
        },
        "reference": {
            "frame_rule": rules.reference,
            "seed": rules.seed if rules.reference == "random" else None,
            "n_as_built": sum(pick.row is None for pick in match.picks),
            "counting": rules.counting,
            "native_px": sorted(match.sides["reference"]),
        },
        "generated": {
            "layout": subject.predictions.layout,
            "answers": dict(subject.answers),
            "container": dict(sorted(subject.diagnosis.containers.items())),
            "native_px": sorted(match.sides["generated"]),
            "files_merkle_sha256": subject.predictions.digest,
            "duplicates": slots.n - generated.n_unique,
            "equal_to_truth": n_truth,
            "doctor": sorted({fault.kind for fault in subject.diagnosis.faults}),
        },
        "versions": versions(),
    }


def examination(diagnosis: Diagnosis) -> Examination:
    """What the doctor said of a set, in brief."""
    found = diagnosis.alignment
    in_brief = Examination(
        "not examined",
        faults=dict(Counter(one.kind for one in diagnosis.faults)),
        notes=dict(Counter(one.kind for one in diagnosis.notes)),
    )
    if found is None:
        return in_brief
    return replace(
        in_brief,
        verdict=found.outcome,
        gain=_known(found.claimed.gain),
        best=_known(found.best.gain),
        chance=_known(found.chance),
        score=_known(found.score),
    )


def _known(value: float) -> float | None:
    """A number as JSON has it: neither NaN nor infinite."""
    return float(value) if math.isfinite(value) else None


def _span(numbers: tuple[int, ...]) -> str:
    return f"{numbers[0]}..{numbers[-1]}"


def _scores_source(match: Match) -> bool:
    return any(k == 0 for _, k in match.plan.slots)


def _source_from(subject: Subject, match: Match) -> str | None:
    """Whether frame 0 of the generated side was given or drawn; None where it is not scored."""
    if not _scores_source(match):
        return None
    return "given" if shows_given(subject) else "predictions"


def _flags(subject: Subject, match: Match, n_truth: int) -> list[Flag]:
    claims: dict[Flag, bool] = {
        "lossy_pictures": bool(LOSSY & subject.diagnosis.containers.keys()),
        "contains_truth": n_truth > 0,
        "refused_by_doctor": bool(subject.diagnosis.faults),
        "source_given": _source_from(subject, match) == "given",
    }
    return [*match.plan.rules.flags, *(flag for flag, is_true in claims.items() if is_true)]
