"""A verdict in words: what the pictures show instead, how surely, and what repairs it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from storybench.predictions.doctor.alignment import Alignment
from storybench.predictions.doctor.alignment.hypotheses import Hypothesis
from storybench.predictions.doctor.alignment.shuffle import Shuffle
from storybench.predictions.doctor.alignment.within import moved
from storybench.predictions.doctor.material import Material
from storybench.predictions.doctor.places import slots
from storybench.predictions.problem import Fault, Note, Problem

TIES = 3
REMAP = (
    "storybench doctor PREDS --data SHARDS ANSWERS --write-mapping order.csv; "
    "storybench preds convert PREDS FIXED --data SHARDS ANSWERS --mapping order.csv"
)
"""With placeholders: see `Typed.filled_in`."""

LOOKS = {
    "runs": "matched by their pictures, {found:.0f} pairs of neighbours are neighbours somewhere "
    "else ({by_chance:.1f} by chance)",
    "frames": "matched by their pictures, whatever the order, stories agree frame by frame "
    "({found:.1f} standard errors above chance)",
    "sources": "{found:.0%} show the source of another story "
    "({by_chance:.0%} of real frames are like one)",
}


def by_chance(gain: float | None) -> str:
    """What random orders gain; there are none where stories overlap or are of few films.

    >>> by_chance(0.031), by_chance(float("nan")), by_chance(None)
    ('0.03 by chance', 'by chance not known', 'by chance not known')
    """
    return "by chance not known" if gain is None or np.isnan(gain) else f"{gain:.2f} by chance"


def said(verdict: Alignment, material: Material) -> Iterator[Problem]:
    """The fault or note of a verdict; none where pictures are aligned."""
    if verdict.outcome == "cannot tell" and np.isnan(verdict.chance):
        yield Note(
            "alignment unknown",
            f"{material.n} stories that overlap or are of few films are too few for a permutation "
            "test: what fits by chance is not known, so it cannot be told whether the pictures are "
            "aligned.",
        )
    elif verdict.outcome == "cannot tell":
        yield Note(
            "alignment unknown",
            "The pictures fit their own stories no better than others (gain "
            f"{verdict.claimed.gain:.2f} nats per slot, by chance {verdict.chance:.2f}), nor in "
            f"any of {verdict.n_tried:,} known orders: it cannot be told whether they are "
            "aligned. A weak model looks like this.",
            evidence=_evidence(verdict),
        )
    elif verdict.shuffle is not None:
        yield _shuffled(verdict, verdict.shuffle)
    elif verdict.outcome == "misaligned":
        yield _misaligned(verdict, material)


def check_frame_order(material: Material) -> Iterator[Fault]:
    """Stories of an aligned set whose frames are in another order (A31)."""
    if (mixed := moved(material)) is not None:
        yield Fault(
            "frames mixed up",
            "Expected the frames of each story in order, found that of the stories whose order "
            f"can be told {mixed.share:.0%} fit another one.",
            rule="A31",
            evidence={"share": mixed.share, "nats": mixed.nats},
            fix="Number the frames of each story by its captions, from 1 on, when they are saved.",
            slots=slots(material, np.repeat(mixed.stories[:, None], material.t, axis=1)),
        )


def _misaligned(verdict: Alignment, material: Material) -> Fault:
    best, truly = verdict.best, verdict.truly
    names = [one.name for one in verdict.ties[:TIES]]
    ties = f" As good: {'; '.join(names)}." if names else ""
    where = np.ones((material.n, material.t), bool)
    if truly is not None:
        there = np.arange(material.n)[:, None] == truly.story
        where = ~(there & (truly.k == np.arange(1, material.t + 1)))
    return Fault(
        "misaligned",
        f"Expected each picture to fit its own slot, found that they fit as: {best.name} (gain "
        f"{best.gain:.2f} nats per slot; as claimed {verdict.claimed.gain:.2f}, by chance "
        f"{verdict.chance:.2f}; surer than {best.over_claim:.0f} standard errors).{ties}",
        rule=best.rule,
        evidence=_evidence(verdict),
        fix=_repair(best.answer, n_lost=_n_lost(truly, material)),
        slots=slots(material, where & material.drawn.there),
    )


def _repair(answer: str, *, n_lost: int) -> str:
    lost, own = "", ""
    if n_lost:
        lost = f"   (no picture shows {n_lost:,} of the slots: sample those again first)"
    if answer:
        own = f"   (or from the model's own files: storybench preds convert … {answer})"
    return f"{REMAP}{lost}{own}"


def _n_lost(truly: Hypothesis | None, material: Material) -> int:
    """How many slots no picture shows where the pictures show others than is claimed."""
    if truly is None:
        return 0
    inside = (truly.story >= 0) & (truly.story < material.n) & (truly.k >= 1)
    inside &= (truly.k <= material.t) & material.drawn.there
    return material.n * material.t - len(
        set(zip(truly.story[inside], truly.k[inside], strict=True))
    )


def _shuffled(verdict: Alignment, shuffle: Shuffle) -> Fault:
    seen = LOOKS[shuffle.look].format(found=shuffle.found, by_chance=shuffle.by_chance)
    return Fault(
        "misaligned",
        f"Expected each story under its own name, found stories in no order that is known: {seen}. "
        "Files were listed without sorting "
        "(adymaharana/storydalle@132dd19:story-dalle/utils.py:16).",
        rule="A01",
        evidence=_evidence(verdict)
        | {f"{shuffle.look}_found": shuffle.found, f"{shuffle.look}_by_chance": shuffle.by_chance},
        fix="The order cannot be won back from the pictures for sure. Convert the batch files that "
        "were merged: storybench preds convert BATCHES FIXED --data SHARDS",
    )


def _evidence(verdict: Alignment) -> dict[str, float]:
    return {
        "gain_best": verdict.best.gain,
        "gain_claimed": verdict.claimed.gain,
        "gain_chance": verdict.chance,
        "score": verdict.score,
        "over_claim": verdict.best.over_claim,
        "n_tried": float(verdict.n_tried),
    }
