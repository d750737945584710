"""What is known of the readable pictures whatever they show: containers, sizes, blank ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from storybench.predictions.container import LOSSY, Container
from storybench.predictions.doctor.material import Glances
from storybench.predictions.problem import Fault, Note, Problem

FLAT = 2.0
"""Largest standard deviation of a channel, in grey levels, of a picture that shows nothing."""

BLANK_SHARE = 0.002


def check_sizes(looks: Glances, story_ids: Sequence[str], index: int) -> Iterator[Fault]:
    """A story whose pictures are of several sizes cannot be scored."""
    sides = np.unique(looks.size[index, looks.there[index], 0])
    if len(sides) > 1:
        story_id, sizes = story_ids[index], ", ".join(map(str, sides))
        message = f"The pictures of story {story_id} are of several sizes: {sizes}."
        yield Fault("wrong size", message, story_id, rule="A20")


def check_containers(containers: Mapping[Container, int]) -> Iterator[Note]:
    """Pictures that a lossy container changed after the model drew them."""
    n, n_lossy = sum(containers.values()), sum(containers.get(one, 0) for one in LOSSY)
    if n_lossy:
        yield Note(
            "lossy pictures",
            f"{n_lossy:,} of {n:,} pictures are JPEG or lossy WebP, or were before they were "
            "converted, which changes what the model drew: this stands beside the score. Sample "
            "into PNG; converting brings nothing back.",
            rule="A20",
        )


def check_set(looks: Glances, real: Glances | None) -> Iterator[Problem]:
    """Mixed sizes over stories, and pictures of one colour (A33)."""
    sides = Counter(looks.size[looks.there][:, 0].tolist())
    if len(sides) > 1:
        sizes = ", ".join(f"{n:,} of {side} pixels" for side, n in sorted(sides.items()))
        message = f"The pictures are of several sizes: {sizes}."
        yield Note("mixed sizes", message, rule="A20")
    if not looks.there.any():
        return
    n_flat = int((looks.there & (looks.spread < FLAT)).sum())
    share = n_flat / looks.there.sum()
    usual = 0.0 if real is None else float((real.spread < FLAT).mean())
    if share > usual + BLANK_SHARE:
        yield Note(
            "blank pictures",
            f"{n_flat:,} of {looks.there.sum():,} pictures are of one colour.",
            rule="A33",
            evidence={"share": float(share), "real": usual},
            fix="Sample these again: NaN in a sampler and blocked outputs look like this.",
        )
