"""The extractor of a run behind the pixel paths of its protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storybench import registry
from storybench.errors import InputError
from storybench.images import centre_square
from storybench.metrics import paper_pixels
from storybench.metrics.extractor import Extractor
from storybench.metrics.pixels import PixelPath
from storybench.protocols.protocol import Protocol

DISTANCES = ("fid", "fid_inf", "kid")
"""Families whose ids a protocol promises with the published weights."""


def load(name: str, weights: Path | None) -> Extractor:
    """A registered extractor behind its own pixel path.

    Raises:
        UnknownNameError: there is none of that name.
        MissingError: its weights are not there.
    """
    return registry.load("extractors", name)(weights)


def behind(rules: Protocol, network: Extractor) -> Extractor:
    """The network behind the protocol's path; the clean path is each network's own.

    Raises:
        InputError: it claims the published weights, and its own path is not the protocol's.
    """
    path = paper_pixels.path(rules.pixels)
    if not is_clean(path):
        return network.through(path)
    if network.is_published and network.pixels.name != rules.pixels:
        raise InputError(
            f"Expected the pixel path {rules.pixels} of protocol {rules.name}, found "
            f"{network.pixels.name} in extractor {network.arch!r}. Name another protocol or "
            "extractor."
        )
    return network


def load_behind(rules: Protocol, name: str | None = None, weights: Path | None = None) -> Extractor:
    """The protocol's extractor, or the registered one of that name, behind the protocol's path.

    Raises:
        UnknownNameError, MissingError, InputError: as `load` and `behind`.
    """
    return behind(rules, load(name or rules.extractor, weights))


def side_paths(rules: Protocol) -> dict[str, PixelPath]:
    """The path of the real frames where it is not that of the pictures."""
    if rules.reference_pixels is None:
        return {}
    return {"reference": paper_pixels.path(rules.reference_pixels)}


def is_clean(path: PixelPath) -> bool:
    """Whether a path crops pictures to their centre square: ours do, those of papers don't."""
    return path.crop is centre_square


def check_ids(rules: Protocol, found: Sequence[str], *, n_targets: int) -> None:
    """Refuse other distances than the protocol promises; the last may be left out.

    Raises:
        InputError: one is not promised, or the first is not there.
    """
    promised = rules.ids(n_targets)
    distances = [metric for metric in found if metric.partition(".")[0] in DISTANCES]
    if not set(distances) <= set(promised) or promised[0] not in distances:
        raise InputError(
            f"Expected the metrics {', '.join(promised)} of protocol {rules.name}, found "
            f"{', '.join(distances)}. Is a metric of that name installed that is not storybench's?"
        )
