"""Rows beside every score: what it is worth when nothing is generated, and the best there is.

These are controls of the evaluator. They are made of the pictures of the build while it is scored,
so no model ever sees a target; each goes the very way of the predictions, without the doctor and
without the check for real frames.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storybench import registry
from storybench.errors import MissingError, UnknownNameError
from storybench.evaluate import network as networks
from storybench.evaluate.chosen import beside, estimates
from storybench.evaluate.intervals import score
from storybench.evaluate.match import Draw, Match
from storybench.evaluate.references import clip_rows, other
from storybench.evaluate.scoring import gather
from storybench.evaluate.subject import TRAIN, Subject
from storybench.images import centre_square
from storybench.metrics.evidence import Evidence, Options
from storybench.metrics.extractor import Extractor
from storybench.metrics.metric import Estimate
from storybench.protocols.protocol import Protocol
from storybench.shards.reader import Stories
from storybench.types import Image, Score

GREY = 128
NEAREST_TRAIN = "nearest-train"


@dataclass(frozen=True)
class Control:
    """A control with one sentence on what it tells; `drawn` makes its pictures of a match."""

    name: str
    says: str
    drawn: Callable[[Match], Draw]


@dataclass(frozen=True)
class ControlRow:
    """The scores of one control, or why it has none."""

    name: str
    says: str
    scores: tuple[Score, ...] = ()
    reason: str | None = None


def evaluate_controls(
    subject: Subject,
    rules: Protocol,
    *,
    extractor: str | None = None,
    weights: Path | None = None,
    options: Options | None = None,
    metrics: Sequence[str] = (),
) -> tuple[ControlRow, ...]:
    """Every control under a protocol; `metrics` are those beside its own, as in `evaluate`.

    Raises:
        UnknownNameError, MissingError, InputError: as `evaluate`.
    """
    network = networks.load_behind(rules, extractor, weights)
    names = (*rules.metrics, *beside(rules, metrics))
    return tuple(
        _row(control, subject, rules, network, options or Options(), names) for control in CONTROLS
    )


def _row(
    control: Control,
    subject: Subject,
    rules: Protocol,
    network: Extractor,
    options: Options,
    names: Sequence[str],
) -> ControlRow:
    match, evidence = gather(subject, rules, network, options=options)
    try:
        match.draw = control.drawn(match)
    except (MissingError, UnknownNameError) as error:
        return ControlRow(control.name, control.says, reason=str(error))
    return ControlRow(control.name, control.says, scores=_scores(rules, evidence, names))


def _scores(rules: Protocol, evidence: Evidence, names: Sequence[str]) -> tuple[Score, ...]:
    found = estimates(names, evidence)
    record: Mapping[str, object] = {"protocol": rules.name, "flags": list(rules.flags)}
    return tuple(
        score(each, record=record, slots=evidence.slots)
        for each in found
        if isinstance(each, Estimate)
    )


def _other_frame(match: Match) -> Draw:
    """Another frame of the clip of each slot; the frame itself where the clip has but one."""
    rows, counts = clip_rows(match.plan, match.real.clips), match.real.clips.counts
    if all(row is None or counts[row] == 1 for row in rows):
        raise MissingError(
            "No clip of the build has a second frame. Build one that keeps clips of several."
        )
    slot_of = _slots(match)

    def draw(story_id: str, k: int) -> Image:
        at = slot_of[story_id, k]
        row, pick = rows[at], match.picks[at]
        if row is None or counts[row] == 1:
            return centre_square(match.real.image(at, pick))
        return centre_square(match.real.clips.frame(row, other(counts[row], pick.k)))

    return draw


def _shuffled(match: Match) -> Draw:
    """The real frames of another story for every story: a ring of all, in the order of hashes."""
    stories, chosen = match.plan.stories, match.plan.chosen
    if len(chosen) < 2:
        raise MissingError("One story cannot be shuffled. Score a split of several.")
    ring = sorted(chosen, key=lambda at: hashlib.sha256(stories.ids[at].encode()).digest())
    step = len(ring) // 2
    taken = {stories.ids[at]: ring[(n + step) % len(ring)] for n, at in enumerate(ring)}
    return lambda story_id, k: centre_square(stories.image(taken[story_id], k))


def _copied_source(match: Match) -> Draw:
    """The source frame in every slot."""
    stories, places = match.plan.stories, _places(match)
    return lambda story_id, k: centre_square(stories.image(places[story_id], 0))


def _blank(match: Match) -> Draw:
    """Even grey of the size of each source."""
    stories, places = match.plan.stories, _places(match)
    return lambda story_id, k: np.full_like(centre_square(stories.image(places[story_id], 0)), GREY)


def _nearest_train(match: Match) -> Draw:
    """What the registered model of that name draws, a story at a time."""
    stories, places = match.plan.stories, _places(match)
    if TRAIN not in stories.manifest.splits:
        raise MissingError("The build has no train split. Build it with one.")
    model: registry.Model = registry.load("models", NEAREST_TRAIN)()
    model.prepare(Stories(stories.directory, TRAIN))

    @lru_cache(maxsize=1)
    def frames(story_id: str) -> NDArray[np.uint8]:
        return model.generate(stories.prompt(places[story_id]), seed=0).frames

    def draw(story_id: str, k: int) -> Image:
        if k == 0:
            return centre_square(stories.image(places[story_id], 0))
        return frames(story_id)[k - 1]

    return draw


def _slots(match: Match) -> dict[tuple[str, int], int]:
    ids = match.plan.stories.ids
    return {(ids[index], k): at for at, (index, k) in enumerate(match.plan.slots)}


def _places(match: Match) -> dict[str, int]:
    return {match.plan.stories.ids[index]: index for index in match.plan.chosen}


CONTROLS = (
    Control(
        "other-frame",
        "another real frame of each clip: about the best that can be had",
        _other_frame,
    ),
    Control(
        NEAREST_TRAIN, "the training story with the nearest captions and source", _nearest_train
    ),
    Control("copy-source", "the source again: what nothing happening is worth", _copied_source),
    Control(
        "shuffled-truth",
        "the real frames of other stories: what a metric sees that is blind to the story",
        _shuffled,
    ),
    Control("blank", "even grey: the floor", _blank),
)
