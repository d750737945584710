"""Repeat an evaluation: what its report says of how it was run.

A report names things by what they are (hashes), not by where they lie, so files of weights are
given again by whoever repeats the run; `differences` then tells if they are others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from storybench import registry
from storybench.page.families import family_key
from storybench.types import Report, Score

PUBLISHED = ("fid", "fid_inf", "kid")
"""Families that are named so only with the protocol's own extractor and the published weights."""

DISTANCES = (*PUBLISHED, "fd", "fd_inf", "kd")


@dataclass(frozen=True)
class Repeat:
    """Arguments of `storybench.evaluate.evaluate`, and the weights that they should find.

    `extractor` is None for the protocol's own. `weights` gives the SHA-256 by what it is of: an
    architecture, or "classifier". `metrics` are all that ran, `answers` what the layout was told.
    """

    split: str
    protocol: str
    extractor: str | None
    layout: str | None
    weights: Mapping[str, str]
    metrics: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    def options(self) -> tuple[str, ...]:
        """The options of `storybench eval` that say the same.

        >>> Repeat("test", "sb-v1", "twin", None, {}).options()
        ('--split', 'test', '--protocol', 'sb-v1', '--extractor', 'twin')
        """
        named = () if self.extractor is None else ("--extractor", self.extractor)
        return ("--split", self.split, "--protocol", self.protocol, *named)


def like(report: Report) -> Repeat:
    """How a report came about, to do it again."""
    generated = [_of(score, "generated") for score in report.scores]
    layouts = [of.get("layout") for of in generated]
    metrics = (score.settings.get("metrics") for score in report.scores)
    return Repeat(
        split=report.split,
        protocol=report.protocol,
        extractor=_extractor(report),
        layout=next((str(name) for name in layouts if name), None),
        weights=dict(sorted(_weights(report))),
        metrics=tuple(next((names for names in metrics if names), ())),
        answers=next((dict(found) for of in generated if (found := _mapping(of, "answers"))), {}),
    )


def _extractor(report: Report) -> str | None:
    distances = [one for one in report.scores if family_key(one.metric) in DISTANCES]
    if not distances or family_key(distances[0].metric) in PUBLISHED:
        return None
    arch = _of(distances[0], "extractor").get("arch")
    return extractor_named(str(arch)) if arch else None


def extractor_named(arch: str) -> str:
    """The registered extractor that makes networks of an architecture.

    >>> extractor_named("twin"), extractor_named("dino-vits16"), extractor_named("clip-vitb32")
    ('twin', 'dino', 'clip')
    >>> extractor_named("inception"), extractor_named("inception-torchvision")
    ('inception', 'inception-torchvision')
    """
    names = registry.names("extractors")
    return max((name for name in names if f"{arch}-".startswith(f"{name}-")), key=len, default=arch)


def _weights(report: Report) -> list[tuple[str, str]]:
    found = {}
    for score in report.scores:
        network, classifier = _of(score, "extractor"), _of(score, "classifier")
        if classifier.get("sha256"):
            found["classifier"] = str(classifier["sha256"])
        elif network.get("weights_sha256"):
            found[str(network.get("arch"))] = str(network["weights_sha256"])
    return list(found.items())


def _of(score: Score, name: str) -> Mapping[str, Any]:
    return _mapping(score.settings, name)


def _mapping(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}
