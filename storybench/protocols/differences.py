"""What makes two protocols differ: rules changed one at a time from one to the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from storybench.protocols.protocol import Protocol

Rule = Literal["stories", "frames", "reference", "pixels", "sides", "batch"]


@dataclass(frozen=True)
class Change:
    """One rule changed: what it is about, what it says now, and the protocol that results."""

    rule: Rule
    says: str
    rules: Protocol


@dataclass(frozen=True)
class Step:
    """A bar of a waterfall: the distance after a change, and over how many frames."""

    label: str
    value: float
    n: int


@dataclass(frozen=True)
class Waterfall:
    """The distance from one protocol to another, one rule changed at a time.

    The first step is the distance under `first`, the last that under `last`. `metric` is the family
    of the ids, which change on the way: "fid", or "fd" through another network.
    """

    first: str
    last: str
    metric: str
    steps: tuple[Step, ...]


def changes(first: Protocol, last: Protocol, *, dataset: str, split: str) -> tuple[Change, ...]:
    """The rules in which `last` differs from `first` for a dataset, changed in a fixed order.

    Which frames come first, then how they are turned into numbers: stories, frames, real frame,
    pixels, the pixels of real frames where they differ, and the batch that a loader drops. What
    moves no distance (averages of F1, the pixels of the classifier) is no change here.
    """
    found: list[Change] = []
    rules = first
    for rule, fields, describe in _RULES:
        values = {name: getattr(last, name) for name in fields}
        if rule == "pixels":
            values["reference_pixels"] = None
        changed = dataclasses.replace(rules, **values)
        if changed != rules and _differ(rules, changed, rule, dataset, split):
            found.append(Change(rule, describe(changed, dataset, split), changed))
        rules = changed
    return tuple(found)


def _differ(before: Protocol, after: Protocol, rule: Rule, dataset: str, split: str) -> bool:
    """Whether a change can matter here: a cut of another split cannot, nor a new name of frames."""
    if rule == "stories":
        cuts = (before.cut(dataset, split), after.cut(dataset, split))
        return cuts[0] != cuts[1] or before.blocks != after.blocks
    if rule == "frames":
        return (before.frames, before.n_frames) != (after.frames, after.n_frames)
    return True


def _stories(rules: Protocol, dataset: str, split: str) -> str:
    if rules.blocks:
        return "blocks without a shared target"
    cut = rules.cut(dataset, split)
    if cut is None:
        return "all stories"
    order = "" if cut.order == "position" else f" of the {cut.order}"
    return f"first {cut.first:,} stories{order}"


def _frames(rules: Protocol, dataset: str, split: str) -> str:
    if rules.frames == "targets":
        return "targets only"
    if rules.n_frames is not None:
        return f"first {rules.n_frames} frames, source in"
    return "source in"


def _reference(rules: Protocol, dataset: str, split: str) -> str:
    says = {"as-built": "frame of the build", "middle": "middle frame"}
    return says.get(rules.reference, f"random frame, seed {rules.seed}")


def _pixels(rules: Protocol, dataset: str, split: str) -> str:
    return f"pixels {rules.pixels}"


def _sides(rules: Protocol, dataset: str, split: str) -> str:
    return f"real frames {rules.reference_pixels or rules.pixels}"


def _batch(rules: Protocol, dataset: str, split: str) -> str:
    if rules.batch is None:
        return "no batch dropped"
    return f"last batch of {rules.batch.size} {rules.batch.of} dropped"


_RULES: tuple[tuple[Rule, tuple[str, ...], Callable[[Protocol, str, str], str]], ...] = (
    ("stories", ("cuts", "blocks"), _stories),
    ("frames", ("frames", "n_frames", "frames_id"), _frames),
    ("reference", ("reference", "seed"), _reference),
    ("pixels", ("pixels",), _pixels),
    ("sides", ("reference_pixels",), _sides),
    ("batch", ("batch",), _batch),
)
