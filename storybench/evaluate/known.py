"""What an earlier run found out about the very same files, so that a repeat only hashes them.

Of a set on disk the doctor's findings and the evaluation are kept in `home.results_dir()`, under
everything that they depend on: the fingerprint of the set, the digest of the data, the rules, the
network, the weights files, this package's source, and the versions of what it stands on. Metrics
of other packages can change without our knowing, so an evaluation with one is never kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from storybench import registry
from storybench.evaluate.chosen import beside
from storybench.evaluate.described import found_weights, named
from storybench.evaluate.record import versions
from storybench.evaluate.subject import Subject
from storybench.memo import Memo
from storybench.metrics import ranks
from storybench.metrics.evidence import Options
from storybench.protocols.protocol import Protocol
from storybench.types import Evaluation, Report

_REPORT = TypeAdapter(Report)


class Known:
    """The evaluation of one subject under one protocol, if it was kept.

    `network` is what tells its network from others (`described.facts`).

    Nothing is recalled or kept unless the subject was prepared with `remember`, every metric is
    ours, and one process works alone.
    """

    def __init__(
        self,
        subject: Subject,
        rules: Protocol,
        network: Mapping[str, Any],
        *,
        options: Options,
        metrics: Sequence[str] = (),
    ) -> None:
        self._memo = Memo("evaluations")
        names = (*rules.metrics, *beside(rules, metrics))
        can = subject.fingerprint is not None and ranks.place()[1] == 1
        is_ours = all(registry.is_ours("metrics", name) for name in names)
        self._key = self._key_of(subject, rules, network, options, names) if can and is_ours else ""

    def recall(self) -> Evaluation | None:
        """What was kept; None where there is nothing."""
        value = self._memo.recall(self._key) if self._key else None
        return None if value is None else _evaluation(value)

    def keep(self, found: Evaluation) -> None:
        """Keep what was computed.

        Raises:
            NoSpaceError: the disk is full.
        """
        if self._key:
            self._memo.keep(self._key, _value(found))

    def _key_of(
        self,
        subject: Subject,
        rules: Protocol,
        network: Mapping[str, Any],
        options: Options,
        names: Sequence[str],
    ) -> str:
        stories = subject.stories
        return self._memo.key(
            predictions=subject.fingerprint,
            answers=dict(subject.answers),
            doctor=sorted({fault.kind for fault in subject.diagnosis.faults}),
            data=stories.digest,
            split=stories.split,
            rules=rules,
            network=dict(network),
            weights=_weights(options),
            metrics=list(names),
            versions=versions(),
        )


def _weights(options: Options) -> dict[str, Any]:
    """Files that networks of metrics are read from: those given, and those that may be found."""
    files = {"classifier": options.classifier, "clip": options.clip, "dino": options.dino}
    return {**{name: named(path) for name, path in files.items()}, "found": found_weights()}


def _value(found: Evaluation) -> dict[str, Any]:
    return {
        "report": _REPORT.dump_python(found.report, mode="json"),
        "stories": list(found.stories),
        "clusters": list(found.clusters),
        "per_story": _lists(found.per_story),
        "replicates": _lists(found.replicates),
    }


def _evaluation(value: Mapping[str, Any]) -> Evaluation:
    return Evaluation(
        report=_REPORT.validate_python(value["report"]),
        stories=tuple(value["stories"]),
        clusters=tuple(value["clusters"]),
        per_story=_arrays(value["per_story"]),
        replicates=_arrays(value["replicates"]),
    )


def _lists(arrays: Mapping[str, NDArray[np.float64]]) -> dict[str, list[float]]:
    return {name: array.tolist() for name, array in arrays.items()}


def _arrays(lists: Mapping[str, Sequence[float]]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array(values, np.float64) for name, values in lists.items()}
