"""From a file to a classifier that scores: ours, or a published checkpoint.

Logits come out calibrated, so that "more likely than not" is z > 0 for every character.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storybench.metrics.classifier import document, networks, official
from storybench.metrics.classifier.classifier import CASTS, Classifier
from storybench.metrics.classifier.document import Calibration, Document
from storybench.metrics.extractor import Extractor
from storybench.metrics.runner import Runner

SUFFIX = ".safetensors"
LARGEST = 4_000_000_000
"""Bytes above which a file is no classifier of ours or of the papers (100 MB)."""


def load(path: Path) -> Classifier:
    """The classifier in a file, fed as it was trained.

    Args:
        path: a `.safetensors` of `storybench classifier fit`, or a published checkpoint.

    Raises:
        MissingError: there is no such file.
        InputError: it is no classifier, or a damaged one.
    """
    if not path.is_file():
        raise MissingError(
            f"Expected a character classifier at {path}, found no file. Fit one with `storybench "
            "classifier fit SHARDS --out FILE`."
        )
    if path.stat().st_size > LARGEST:
        raise InputError(f"Expected a classifier of at most {LARGEST:,} bytes, found {path}.")
    if path.suffix == SUFFIX:
        return _ours(path)
    return _official(path)


def network_of(path: Path, state: Mapping[str, Tensor], arch: str, n: int) -> nn.Module:
    """A network in eval mode with exactly these parameters.

    Raises:
        InputError: a name or a shape is not the architecture's.
    """
    network = networks.empty(arch, n)
    try:
        network.load_state_dict(dict(state), assign=True)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise InputError(
            f"Expected the parameters of {arch} for {n} characters in {path}, found: "
            f"{' '.join(lines[1:2] or lines)[:300]}"
        ) from error
    return network.eval().requires_grad_(False)


class Calibrated(nn.Module):
    """(z - bias) / temperature of a network's logits."""

    def __init__(self, network: nn.Module, calibration: Calibration) -> None:
        super().__init__()
        self.network, self.temperature = network, calibration.temperature
        self.register_buffer("bias", torch.tensor(calibration.bias or 0.0))

    def forward(self, x: Tensor) -> Tensor:
        """Calibrated logits (b, c)."""
        return (self.network(x) - self.bias) / self.temperature


def _ours(path: Path) -> Classifier:
    state, described = document.read(path)
    n = len(described.characters)
    network = network_of(path, state, described.arch, n)
    if described.calibration.bias and len(described.calibration.bias) != n:
        raise InputError(f"Expected a bias for each of {n} characters in {path}, found others.")
    return Classifier(
        extractor=_extractor(described.arch, n, path, Calibrated(network, described.calibration)),
        characters=described.characters,
        origin="storybench",
        record=_record(described),
        trained_on=frozenset(described.data.train_episodes),
    )


def _official(path: Path) -> Classifier:
    state = official.read(path)
    n = official.n_characters(state, path)
    if n not in CASTS:
        known = " or ".join(f"{count} ({cast[0]}, …)" for count, cast in CASTS.items())
        raise InputError(
            f"Expected a published classifier of {known} characters in {path}, found {n} outputs, "
            "whose names nothing says. Fit one with `storybench classifier fit`."
        )
    network = network_of(path, state, "inception299", n)
    extractor = _extractor("inception299", n, path, network)
    return Classifier(
        extractor=extractor,
        characters=CASTS[n],
        origin="official",
        fed={
            feed.pixels.name: dataclasses.replace(
                extractor.through(feed.pixels), network=Runner(feed.of(network))
            )
            for feed in official.FEEDS
        },
    )


def _extractor(arch: str, n: int, path: Path, network: nn.Module) -> Extractor:
    architecture = networks.architecture(arch)
    return Extractor(
        arch=arch,
        layer="logits",
        weights_sha256=sha256_file(path),
        dim=n,
        pixels=architecture.pixels,
        network=Runner(network.eval()),
        batch=architecture.batch,
    )


def _record(described: Document) -> dict[str, Any]:
    data = described.data
    return {
        "dataset": data.dataset,
        "data_digest": data.digest,
        "n_train_episodes": len(data.train_episodes),
        "n_train_frames": data.n_train_frames,
        "seed": described.settings["seed"],
        "best_epoch": described.best_epoch,
        "temperature": described.calibration.temperature,
        "held_out": dict(described.scores),
    }
