"""One set of predictions under one protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from storybench.evaluate import network as networks
from storybench.evaluate.chosen import beside, estimates
from storybench.evaluate.drawn import reader
from storybench.evaluate.intervals import score
from storybench.evaluate.match import Draw, Match
from storybench.evaluate.plan import plan
from storybench.evaluate.record import examination, record, versions
from storybench.evaluate.references import RealFrames, picks
from storybench.evaluate.spread import reference_seeds
from storybench.evaluate.subject import OnRecognised, Subject, prepare, require_fit
from storybench.evaluate.truth import require_drawn, truth_shown
from storybench.images import centre_square
from storybench.metrics import paper_pixels
from storybench.metrics.evidence import Evidence, Options, Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.metric import Absent, Estimate
from storybench.predictions.reader import Predictions
from storybench.protocols import catalogue
from storybench.protocols.protocol import Protocol
from storybench.shards.reader import Stories
from storybench.types import Evaluation, Image, Progress, Report


def evaluate(
    predictions: Predictions | Path | str,
    data: Path | str,
    *,
    split: str = "test",
    protocol: str | Protocol = "sb-v1",
    extractor: str | None = None,
    weights: Path | None = None,
    options: Options | None = None,
    answers: Mapping[str, object] | None = None,
    metrics: Sequence[str] = (),
    force: bool = False,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Score a set of predictions of a split.

    Args:
        predictions: a folder in any layout that is recognised, or a reader of it.
        data: the shards they were made for.
        split: which split of the shards.
        protocol: a protocol or the name of one.
        extractor: a registered extractor; the protocol's own, which alone gives the published
            metric ids, if None.
        weights: other weights for it; their hash is then part of the metric ids.
        options: weights for the metrics that need a network of their own.
        answers: what the layout cannot know from names, by option.
        metrics: names of metrics beside those of the protocol; "all" for every one there is.
        force: score what the doctor calls misaligned or spoilt; its faults are then part of the
            record, and every score is flagged `refused_by_doctor`.
        workers: processes that decode for the doctor; 0 means one a processor.
        on_progress: called after each story that is examined and each picture that is scored.

    Raises:
        UnknownNameError: no protocol, extractor or metric of that name.
        MissingError: no finished build, or the extractor's weights are not there.
        InputError: no such split, no story in it, a protocol for other datasets, a weights file of
            another network, or an installed part that is not the one the protocol means.
        PredictionError: the set is not whole, was made for other data or another split, is not
            aligned with its stories, or holds the real frames: more than 5 % of the slots, and at
            least 2. Fewer are counted and flagged `contains_truth`.
        VerificationError: weights, shards or pictures are not the ones that their hash promises.
    """
    rules = catalogue.get(protocol) if isinstance(protocol, str) else protocol
    beside(rules, metrics)
    network = networks.load_behind(rules, extractor, weights)
    subject = prepare_for(
        rules,
        predictions,
        data,
        split=split,
        answers=answers,
        force=force,
        workers=workers,
        on_progress=on_progress,
    )
    return evaluate_prepared(
        subject,
        rules,
        network,
        options=options or Options(),
        metrics=metrics,
        on_progress=on_progress,
    )


def prepare_for(
    rules: Protocol,
    predictions: Predictions | Path | str,
    data: Path | str,
    *,
    split: str = "test",
    answers: Mapping[str, object] | None = None,
    force: bool = False,
    remember: bool = False,
    workers: int = 1,
    on_recognised: OnRecognised | None = None,
    on_progress: Progress | None = None,
) -> Subject:
    """`prepare` a set that may hold only the stories that a protocol scores.

    Raises:
        InputError: the protocol is made for other datasets; or as `prepare`.
    """
    stories = Stories(data, split)
    fitting = [each.name for each in catalogue.fitting(stories.spec.name)]
    require_fit(rules, stories.spec.name, fitting)
    return prepare(
        predictions,
        data,
        split=split,
        scored=plan(stories, rules).ids if len(stories) else None,
        answers=answers,
        force=force,
        remember=remember,
        workers=workers,
        on_recognised=on_recognised,
        on_progress=on_progress,
    )


def evaluate_prepared(
    subject: Subject,
    rules: Protocol,
    network: Extractor,
    *,
    options: Options,
    metrics: Sequence[str] = (),
    on_progress: Progress | None = None,
) -> Evaluation:
    """Score a prepared set; `network` stands behind the protocol's path (`network.behind`).

    Raises:
        UnknownNameError, InputError, PredictionError, VerificationError: as `evaluate`.
    """
    more = beside(rules, metrics)
    match, evidence = gather(subject, rules, network, options=options, on_progress=on_progress)
    shown = truth_shown(match, evidence)
    require_drawn(match, shown, subject.predictions.directory)
    facts = record(subject, match, evidence, n_truth=len(shown))
    facts["metrics"] = [*rules.metrics, *more]
    if rules.reference == "random":
        facts["reference"]["seeds"] = reference_seeds(match, evidence, subject.clips)
    return _evaluation(subject, rules, evidence, facts, more)


def gather(
    subject: Subject,
    rules: Protocol,
    network: Extractor,
    *,
    options: Options,
    draw: Draw | None = None,
    on_progress: Progress | None = None,
) -> tuple[Match, Evidence]:
    """The slots of a protocol with the pictures of both sides; no feature is computed yet."""
    scored = plan(subject.stories, rules)
    match = Match(
        plan=scored,
        real=RealFrames(scored, subject.clips),
        picks=picks(scored, subject.clips, rules.reference, rules.seed),
        draw=draw or reader(subject),
        crop=centre_square if networks.is_clean(paper_pixels.path(rules.pixels)) else _whole,
        on_progress=on_progress,
    )
    evidence = Evidence(
        slots=scored.described(),
        extractor=network,
        frames=rules.frames_name(subject.stories.spec.n_targets),
        options=options,
        pictures=match,
        paths=networks.side_paths(rules),
        averaging=rules.averaging,
        classifier_pixels=rules.classifier_path(subject.stories.spec.name),
    )
    return match, evidence


def _evaluation(
    subject: Subject,
    rules: Protocol,
    evidence: Evidence,
    facts: Mapping[str, Any],
    more: Sequence[str],
) -> Evaluation:
    stories, slots = subject.stories, evidence.slots
    found = estimates(rules.metrics, evidence)
    if evidence.extractor.is_published:
        ids = [each.metric for each in found if isinstance(each, Estimate)]
        networks.check_ids(rules, ids, n_targets=stories.spec.n_targets)
    found += estimates(more, evidence)
    numbers = [each for each in found if isinstance(each, Estimate)]
    scores = tuple(score(each, record=facts, slots=slots) for each in numbers)
    report = Report(
        dataset=stories.spec.name,
        split=stories.split or "all",
        data_digest=stories.digest,
        predictions_digest=subject.predictions.digest,
        model=dict(subject.predictions.model),
        protocol=rules.name,
        n_stories=len(slots.stories),
        scores=scores,
        versions=versions(),
        absent=tuple(each for each in found if isinstance(each, Absent)),
        doctor=examination(subject.diagnosis),
    )
    return _with_spread(report, slots, numbers)


def _with_spread(report: Report, slots: Slots, numbers: Sequence[Estimate]) -> Evaluation:
    return Evaluation(
        report=report,
        stories=slots.stories,
        clusters=slots.clusters,
        per_story={
            each.metric: np.asarray(each.per_story, np.float64)
            for each in numbers
            if each.per_story is not None
        },
        replicates={each.metric: np.asarray(each.replicates, np.float64) for each in numbers},
    )


def _whole(image: Image) -> Image:
    return image
