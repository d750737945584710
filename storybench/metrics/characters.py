"""Do the right characters appear? F1, precision, recall and accuracies by a character classifier.

Logits and labels -> counts per cluster -> numbers. A character is predicted where sigmoid(z) > 0.5.
`charf1` is the micro F1 over all slots and characters; the other averages stand beside it, since
papers quote "the" F1 of a `classification_report` that prints four, and they differ by twenty
points. Frame accuracy wants the exact set; slots without a label count, right where nothing is
predicted, and are also listed apart.

No F1 means anything alone, so each comes with the classifier's hash (part of the metric's id), its
*ceiling* (the same number on the real frames of the same slots) and its *floor* (the labels dealt
to other stories: what is left when pictures and stories don't belong together). Where a paper fed a
published classifier otherwise than it was trained, its protocol does so on both sides, and the id
names the pixel path.

Definitions: sections 2.2, 2.4 and P.3 of the specification of metrics; as executed in
adymaharana/storydalle@132dd19:story-dalle/eval_char_clf.py:319-359.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from storybench.errors import InputError
from storybench.flags import Flag
from storybench.metrics import confusion
from storybench.metrics.confusion import FAMILY, Counts, Decisions
from storybench.metrics.evidence import Evidence, Side, Slots
from storybench.metrics.metric import Absent, Estimate
from storybench.metrics.tally import BOUNDS, Tally, shuffled

if TYPE_CHECKING:
    from storybench.metrics.classifier.classifier import Classifier


class Characters:
    """The character family; absent without labels, or without a classifier."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """Nine numbers, micro F1 first, and those that the protocol's paper has beside them.

        Raises:
            MissingError: there is no file where the classifier should be.
            InputError: the file is no classifier, or knows other characters than the dataset.
        """
        slots = evidence.slots
        if slots.labels is None or not slots.characters:
            reason = "The dataset has no character labels, so there is nothing to compare with."
            return (Absent("charf1", reason),)
        if evidence.options.classifier is None:
            return (Absent("charf1", _NO_CLASSIFIER),)
        from storybench.metrics.classifier.loading import load  # imports torch

        classifier = load(evidence.options.classifier).through(evidence.classifier_pixels)
        generated, real = (
            decisions(evidence, side, classifier) for side in ("generated", "reference")
        )
        tally = Tally.of(generated, slots)
        ceiling = Tally.of(real, slots)
        floor = shuffled(generated, slots)
        settings = _settings(classifier, evidence)
        averages = (confusion.AVERAGES[name] for name in (*confusion.ROWS, *evidence.averaging))
        return tuple(
            _estimate(name, tally, ceiling, floor.get(name), slots, settings)
            for name in dict.fromkeys((*averages, *FAMILY))
        )


def decisions(evidence: Evidence, side: Side, classifier: Classifier) -> Decisions:
    """Who is predicted in each slot of a side, (n, c), in the order of the dataset's characters.

    Raises:
        InputError: the classifier knows other characters, or a logit is not a number.
    """
    table = evidence.features(side, classifier.extractor)
    logits = table.rows[:, classifier.columns(evidence.slots.characters)]
    if not np.isfinite(logits).all():
        raise InputError(
            f"Expected finite logits of the {side} frames, found some that are not, from the "
            f"classifier {classifier.sha256[:8]}. Is its file damaged?"
        )
    return confusion.decide(logits)[table.slots]


def _settings(classifier: Classifier, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": f"{classifier.extractor.network_id}.{evidence.frames}.v1",
        "classifier": {
            **classifier.describe(),
            "episodes_trained_on": classifier.n_trained_on(evidence.slots.clusters),
            "pixels_of_protocol": evidence.classifier_pixels,
        },
        "extractor": classifier.extractor.describe(),
        "preprocess": classifier.extractor.pixels.describe(),
        "threshold": 0.5,
        "zero_division": 0,
    }


def _estimate(
    name: str,
    tally: Tally,
    ceiling: Tally,
    floor: Mapping[str, float] | None,
    slots: Slots,
    settings: Mapping[str, Any],
) -> Estimate:
    value, found = tally.value(name), ceiling.interval(name)
    details: dict[str, Any] = {key: one for key, one in settings.items() if key != "id"}
    details["ceiling"] = {
        "value": ceiling.value(name),
        "standard_error": None if found is None else found.standard_error,
        "interval": None if found is None else [found.low, found.high],
    }
    details["floor"] = None if floor is None else dict(floor)
    details["flags"] = _flags(value, floor, settings)
    if name == "charf1":
        details["averages"] = tally.report()
        details["characters"] = tally.per_character(slots.characters)
        details["ceiling"]["characters"] = ceiling.per_character(slots.characters)
    if name == "frame_acc":
        details["empty"] = _empty(tally.groups.total)
        details["ceiling"]["empty"] = _empty(ceiling.groups.total)
    return Estimate(
        metric=f"{name}.{settings['id']}",
        value=value,
        replicates=tally.replicates(name),
        n=slots.n,
        direction="higher",
        settings=details,
        spread="bootstrap",
        bounds=BOUNDS,
        per_story=tally.per_story(name),
        design_effect=tally.design_effect(name, beside=ceiling),
    )


def _empty(counts: Counts) -> dict[str, int]:
    """Slots without a label, and those of them where nothing is predicted."""
    return {"slots": int(counts.empty), "exact": int(counts.empty_exact)}


def _flags(
    value: float, floor: Mapping[str, float] | None, settings: Mapping[str, Any]
) -> list[Flag]:
    wanted = settings["classifier"]["pixels_of_protocol"]
    claims: dict[Flag, bool] = {
        "near_shuffled": floor is not None and value <= floor["highest"],
        "classifier_saw": settings["classifier"]["episodes_trained_on"] > 0,
        "classifier_own_pixels": wanted not in (None, settings["preprocess"]["path"]),
    }
    return [flag for flag, is_true in claims.items() if is_true]


_NO_CLASSIFIER = (
    "No character classifier was given. Fit one with `storybench classifier fit SHARDS --out "
    "characters.safetensors` and pass it by --classifier; official checkpoints load too."
)
