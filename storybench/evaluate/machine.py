"""The time machine: one set of predictions under every protocol, and what each difference moves.

Nothing is estimated: each bar of a waterfall is the distance computed anew with one more rule
changed, on the way from the project's protocol to that of a paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import InputError
from storybench.evaluate import network as networks
from storybench.evaluate.distance import distance
from storybench.evaluate.scoring import evaluate_prepared, gather
from storybench.evaluate.subject import Subject
from storybench.metrics.evidence import Options
from storybench.metrics.extractor import Extractor
from storybench.metrics.metric import Estimate
from storybench.protocols import catalogue
from storybench.protocols.differences import Step, Waterfall, changes
from storybench.protocols.protocol import Protocol
from storybench.types import Evaluation, Progress


@dataclass(frozen=True)
class Machine:
    """One set under many protocols.

    `evaluations` and `waterfalls` are by the name of the protocol, the project's own first;
    `left_out` says of the others why not.
    """

    evaluations: Mapping[str, Evaluation]
    waterfalls: tuple[Waterfall, ...]
    left_out: Mapping[str, str]


def run_machine(
    subject: Subject,
    *,
    extractor: str | None = None,
    weights: Path | None = None,
    options: Options | None = None,
    protocols: Sequence[Protocol] | None = None,
    on_progress: Progress | None = None,
) -> Machine:
    """Score a prepared set, whole, under every protocol that fits its dataset.

    Args:
        subject: what is scored; all stories of the split must be there.
        extractor: for all of them; that of the first protocol if None.
        weights: other weights for it.
        options: weights for the metrics that need a network of their own.
        protocols: the first is the one that waterfalls start from; all there are if None.
        on_progress: called after each protocol.

    Raises:
        UnknownNameError, MissingError, InputError, PredictionError: as `evaluate`.
    """
    dataset, protocols = subject.stories.spec.name, protocols or catalogue.PROTOCOLS
    network = networks.load(extractor or protocols[0].extractor, weights)
    fitting = [rules for rules in protocols if rules.fits(dataset)]
    left_out = {
        rules.name: f"made for {', '.join(rules.datasets)}"
        for rules in protocols
        if rules not in fitting
    }
    lab = _Lab(subject, network, options or Options())
    evaluations: dict[str, Evaluation] = {}
    waterfalls: list[Waterfall] = []
    for done, rules in enumerate(fitting, start=1):
        evaluations[rules.name] = lab.evaluate(rules)
        if rules is not fitting[0]:
            waterfalls.append(lab.waterfall(fitting[0], rules))
        if on_progress is not None:
            on_progress(done, len(fitting), "protocols")
    return Machine(evaluations, tuple(waterfalls), left_out)


class _Lab:
    """Scores one set under rules, the distance of equal rules once."""

    def __init__(self, subject: Subject, network: Extractor, options: Options) -> None:
        self._subject, self._network, self._options = subject, network, options
        self._known: list[tuple[tuple[object, ...], Estimate]] = []

    def evaluate(self, rules: Protocol) -> Evaluation:
        network = networks.behind(rules, self._network)
        return evaluate_prepared(self._subject, rules, network, options=self._options)

    def waterfall(self, first: Protocol, last: Protocol) -> Waterfall:
        stories = self._subject.stories
        where = {"dataset": stories.spec.name, "split": stories.split or ""}
        start = self._distance(first)
        steps = [Step(first.name, start.value, start.n)]
        for change in changes(first, last, **where):
            found = self._distance(change.rules)
            steps.append(Step(change.says, found.value, found.n))
        return Waterfall(first.name, last.name, start.metric.partition(".")[0], tuple(steps))

    def _distance(self, rules: Protocol) -> Estimate:
        key = _what_matters(rules)
        for known, found in self._known:
            if known == key:
                return found
        network = networks.behind(rules, self._network)
        _, evidence = gather(self._subject, rules, network, options=self._options)
        found = distance(evidence)
        self._known.append((key, found))
        return found


def _what_matters(rules: Protocol) -> tuple[object, ...]:
    """The fields that a distance depends on."""
    return (
        rules.cuts,
        rules.blocks,
        rules.frames,
        rules.n_frames,
        rules.reference,
        rules.seed,
        rules.pixels,
        rules.reference_pixels,
        rules.batch,
    )


def require_whole(subject: Subject) -> None:
    """Refuse a set that lacks stories which some protocol scores.

    Raises:
        InputError: it does.
    """
    missing = set(subject.stories.ids) - set(subject.predictions.story_ids)
    if missing:
        raise InputError(
            f"Expected all {len(subject.stories):,} stories of {subject.stories.split} for every "
            f"protocol, found {len(missing):,} missing (first: {min(missing)}). Name the protocol "
            "that these predictions were made for."
        )
