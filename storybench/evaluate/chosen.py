"""Which metrics a run computes: those of its protocol, and any that are asked for beside them.

The protocol's are the numbers that are published and ranked. Consistency, the copy radar, precision
and recall, and distances of stories or through other networks are diagnostics: they explain such a
number, cost more, and run where they are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from storybench import registry
from storybench.errors import MissingError
from storybench.home import VARIABLE, weights_dir
from storybench.metrics.evidence import Evidence
from storybench.metrics.metric import Absent, Estimate, Metric
from storybench.protocols.protocol import Protocol

EVERY = "all"
"""Stands for every metric that is registered."""

OF_WHOLE_STORIES = ("consistency", "story-fd")


def beside(rules: Protocol, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The metrics beside those of a protocol, each once; "all" stands for every one there is.

    >>> from storybench.protocols import catalogue
    >>> beside(catalogue.get("sb-v1"), ["copying", "fid", "copying"])
    ('copying',)

    Raises:
        UnknownNameError: one is no metric; lists close matches.
    """
    wanted = registry.names("metrics") if EVERY in names else tuple(dict.fromkeys(names))
    for name in wanted:
        with suppress(MissingError):  # told by `estimates`
            registry.load("metrics", name)
    return tuple(name for name in wanted if name not in rules.metrics)


def estimates(names: Sequence[str], evidence: Evidence) -> list[Estimate | Absent]:
    """What metrics say by name, those absent that need what is not there.

    No reason names a folder of this machine: the same inputs give the same report anywhere.
    """
    return [
        one if isinstance(one, Estimate) else replace(one, reason=_anywhere(one.reason))
        for one in _estimates(names, evidence)
    ]


def _estimates(names: Sequence[str], evidence: Evidence) -> list[Estimate | Absent]:
    found: list[Estimate | Absent] = []
    for name in names:
        if name in OF_WHOLE_STORIES and not _are_whole(evidence):
            found.append(Absent(name, _NOT_WHOLE))
            continue
        try:
            metric: Metric = registry.load("metrics", name)()
        except MissingError as error:
            found.append(Absent(name, str(error)))
            continue
        found += metric.estimate(evidence)
    return found


def _anywhere(reason: str) -> str:
    """The folder of weights by its variable, as the user may set it.

    >>> _anywhere(f"found none at {weights_dir()}/a.pt.")
    'found none at $STORYBENCH_HOME/weights/a.pt.'
    """
    return reason.replace(str(weights_dir()), f"${VARIABLE}/weights")


def _are_whole(evidence: Evidence) -> bool:
    """Whether as many frames are scored of every story."""
    return len(set(np.bincount(evidence.slots.story).tolist())) == 1


_NOT_WHOLE = (
    "It compares whole stories, and this protocol scores only some frames of one. Score the "
    "pictures under sb-v1."
)
