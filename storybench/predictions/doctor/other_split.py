"""Predictions of another split of the same data, by what they say or by what they show (A26)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from storybench.predictions.doctor.alignment import alignment
from storybench.predictions.doctor.gathering import gathered
from storybench.predictions.doctor.glance import glance
from storybench.predictions.doctor.looking import Seen
from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.truth import Truth
from storybench.predictions.problem import Fault
from storybench.predictions.reader import Predictions

MOST_STORIES = 400


def other_split_stated(found: Predictions, split: str | None) -> Fault | None:
    """That the manifest names another split; None where it does not, or none is asked for."""
    made = found.made
    if made is None or split is None or made.split == split:
        return None
    return Fault(
        "other run",
        f"Expected predictions of the split {split}, found ones of {made.split}.",
        rule="A26",
        fix=f"Use --split {made.split}, or generate again.",
    )


def check_other_splits(material: Material, others: Sequence[Truth]) -> Iterator[Fault]:
    """The first other split that the pictures fit, in its own order."""
    for other in others:
        n = min(material.n, len(other), MOST_STORIES)
        looks = Glances(n, material.t)
        vars(looks).update(vars(material.drawn.of(np.arange(n))))
        frames = range(material.t + 1)
        seen = [
            Seen(index, (), (), tuple(glance(other.image(index, k)) for k in frames))
            for index in range(n)
        ]
        verdict = alignment(gathered(other, looks, seen)) if n else None
        if verdict is not None and verdict.outcome == "aligned":
            yield Fault(
                "misaligned",
                f"Expected predictions of this split, found ones that fit {other.split}, story by "
                f"story (gain {verdict.claimed.gain:.2f} nats per slot, by chance "
                f"{verdict.chance:.2f}).",
                rule="A26",
                evidence={
                    "gain": verdict.claimed.gain,
                    "gain_chance": verdict.chance,
                    "score": verdict.score,
                },
                fix=f"Score them as what they are: --split {other.split}",
            )
            return
