"""The card of a classifier: how good it is on real frames, split by split, and where it errs.

Judged as protocol `sb-v1` judges real frames: for every target of every story of a split the middle
frame of its clip, through the same pixel path, cache and counts, with intervals over episodes. So
the numbers of a split are the ceiling of every F1 on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.home import features_dir
from storybench.images import centre_square
from storybench.metrics import confusion
from storybench.metrics.classifier import calibration
from storybench.metrics.classifier.classifier import Classifier
from storybench.metrics.classifier.loading import load
from storybench.metrics.classifier.middle_frames import MiddleFrames
from storybench.metrics.confusion import FAMILY, Decisions
from storybench.metrics.evidence import Slots
from storybench.metrics.features import FeatureCache, FeatureTable, extract
from storybench.metrics.tally import Tally, shuffled
from storybench.shards.format import split_rank
from storybench.shards.reader import Stories
from storybench.stats import jackknife
from storybench.types import Image, Progress

MISTAKES = 12
CONFUSIONS = 6


@dataclass(frozen=True)
class Score:
    """A number with its 95 % interval over episodes; None where these do not tell.

    They do not where they are few, or where all draws of a number that is no accuracy agree.
    """

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Mistake:
    """A frame whose labels the classifier finds least likely: where it stands, who is said there.

    `nats` is how unlikely: minus the log of the probability that it gives to the labels. `shared`
    counts the slots that show the same picture.
    """

    story: str
    k: int
    labelled: tuple[str, ...]
    predicted: tuple[str, ...]
    nats: float
    shared: int


@dataclass(frozen=True)
class Confusion:
    """In how many slots one character was missed and another claimed who is not there."""

    missed: str
    claimed: str
    slots: int


@dataclass(frozen=True)
class SplitCard:
    """One split: sizes, the character family, each character, the floor, and the worst mistakes.

    `episodes_trained_on` says how many of the clusters the classifier learnt from: above 0 its
    numbers here are too high. `characters` and `floor` are as in the settings of a score.
    """

    split: str
    n_slots: int
    n_stories: int
    n_clusters: int
    episodes_trained_on: int
    scores: Mapping[str, Score]
    characters: Mapping[str, Mapping[str, Any]]
    floor: Mapping[str, Mapping[str, float]]
    n_empty: int
    n_empty_exact: int
    log_loss: float
    calibration_error: float
    confusions: tuple[Confusion, ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Card:
    """What a classifier is and how good it is on each split of a build."""

    classifier: Mapping[str, Any]
    dataset: str
    data_digest: str
    splits: tuple[SplitCard, ...]


def judge(path: Path, shards: Path, *, on_progress: Progress | None = None) -> Card:
    """The card of the classifier in a file, on the real frames of a build.

    Raises:
        MissingError: no such file, or no finished build.
        InputError: no classifier, or one of other characters; no labels in the build.
    """
    classifier = load(path)
    whole = Stories(shards)
    if not whole.spec.characters:
        raise InputError(f"Expected a dataset with character labels, found none in {whole!r}.")
    classifier.columns(whole.spec.characters)
    names = sorted((name for name, n in whole.manifest.splits.items() if n), key=split_rank)
    splits = [Stories(shards, name) for name in names]
    total = sum(len(stories) for stories in splits) * whole.spec.n_targets
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, total, "frames")

    cards = tuple(_judge_split(classifier, stories, tell) for stories in splits)
    return Card(
        classifier=classifier.describe(),
        dataset=whole.spec.name,
        data_digest=whole.digest,
        splits=tuple(card for card in cards if card is not None),
    )


def slots_of(stories: Stories) -> tuple[Slots, list[tuple[int, int]]]:
    """The labelled target frames of a split, and (number of the story, k) of each."""
    table = stories.table()
    of_frames = [
        (index, k, labels)
        for index, characters in enumerate(table["characters"])
        for k, labels in enumerate(characters)
        if k > 0 and labels is not None
    ]
    groups = jackknife.deal(stories.clusters)
    story = np.array([index for index, _, _ in of_frames], np.intp)
    slots = Slots(
        stories=stories.ids,
        clusters=stories.clusters,
        story=story,
        k=np.array([k for _, k, _ in of_frames], np.intp),
        groups=groups[story],
        characters=stories.spec.characters,
        labels=np.array([list(labels) for _, _, labels in of_frames], bool).reshape(
            len(of_frames), len(stories.spec.characters)
        ),
    )
    return slots, [(index, k) for index, k, _ in of_frames]


def _judge_split(classifier: Classifier, stories: Stories, tell: Any) -> SplitCard | None:
    slots, places = slots_of(stories)
    if not slots.n or slots.labels is None:
        return None

    real = MiddleFrames(stories)

    def picture(index: int, k: int) -> Image:
        tell()
        return centre_square(real.image(index, k))

    extractor = classifier.extractor
    cache = FeatureCache(features_dir() / extractor.key, dim=extractor.dim)
    table = extract((picture(*place) for place in places), extractor, cache)
    logits = table.rows[:, classifier.columns(slots.characters)][table.slots]
    decided = confusion.decide(logits)
    tally = Tally.of(decided, slots)
    total = tally.groups.total
    return SplitCard(
        split=str(stories.split),
        n_slots=slots.n,
        n_stories=len(stories),
        n_clusters=len(set(slots.clusters)),
        episodes_trained_on=classifier.n_trained_on(slots.clusters),
        scores={name: _score(tally, name) for name in FAMILY},
        characters=tally.per_character(slots.characters),
        floor=shuffled(decided, slots),
        n_empty=int(total.empty),
        n_empty_exact=int(total.empty_exact),
        log_loss=calibration.log_loss(logits, slots.labels),
        calibration_error=calibration.calibration_error(logits, slots.labels),
        confusions=_confusions(decided, slots.labels, slots.characters),
        mistakes=_mistakes(logits, decided, slots, table),
    )


def _score(tally: Tally, name: str) -> Score:
    found = tally.interval(name)
    return Score(tally.value(name), None if found is None else (found.low, found.high))


def _confusions(
    decided: Decisions, labels: Decisions, characters: tuple[str, ...]
) -> tuple[Confusion, ...]:
    """The commonest pairs of one who was missed and one who was claimed instead."""
    missed, claimed = labels & ~decided, decided & ~labels
    together = missed.T.astype(int) @ claimed.astype(int)  # (c missed, c claimed)
    order = np.argsort(-together, axis=None, kind="stable")[:CONFUSIONS]
    pairs = [(int(at) // len(characters), int(at) % len(characters)) for at in order]
    return tuple(
        Confusion(characters[a], characters[b], int(together[a, b]))
        for a, b in pairs
        if together[a, b]
    )


def _mistakes(
    logits: NDArray[np.float32], decided: Decisions, slots: Slots, table: FeatureTable
) -> tuple[Mistake, ...]:
    """The least likely of the frames that are not exact, each picture once."""
    assert slots.labels is not None
    z = logits.astype(np.float64)
    nats = (np.logaddexp(0, z) - slots.labels * z).sum(axis=1)
    wrong = np.flatnonzero((decided != slots.labels).any(axis=1))
    order = wrong[np.argsort(-nats[wrong], kind="stable")]
    _, first = np.unique(table.slots[order], return_index=True)
    shown = np.bincount(table.slots, minlength=table.n_unique)
    return tuple(
        Mistake(
            story=slots.stories[slots.story[slot]],
            k=int(slots.k[slot]),
            labelled=_names(slots.labels[slot], slots.characters),
            predicted=_names(decided[slot], slots.characters),
            nats=float(nats[slot]),
            shared=int(shown[table.slots[slot]]),
        )
        for slot in order[np.sort(first)][:MISTAKES]
    )


def _names(present: NDArray[np.bool_], characters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name, is_there in zip(characters, present, strict=True) if is_there)
