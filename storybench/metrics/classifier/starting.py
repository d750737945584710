"""Where a fit starts: fresh parameters, or those of a file without its heads."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from storybench.errors import InputError
from storybench.metrics.classifier import networks, official
from storybench.metrics.classifier.settings import Settings

TOY_TRUNK = Path(__file__).parents[1] / "weights" / "toy-trunk.safetensors"
"""Comes with the package: the small network without its head, from larger toy releases."""


def start(settings: Settings, n_characters: int, init: Path | None) -> nn.Module:
    """The network before its first step.

    Raises:
        InputError: the file is not of this architecture.
    """
    network = networks.make(settings.arch, n_characters, seed=settings.seed)
    if init is None:
        return network
    given, own = _read(init), network.state_dict()
    heads = networks.architecture(settings.arch).heads
    kept = {name: value for name, value in given.items() if not _is_of(name, heads)}
    missing = [name for name in own if name not in kept and not _is_of(name, heads)]
    wrong = [
        name for name, value in kept.items() if name not in own or own[name].shape != value.shape
    ]
    if missing or wrong:
        raise InputError(
            f"Expected parameters of {settings.arch} in {init}, found {len(missing)} missing and "
            f"{len(wrong)} of other names or shapes (first: {(missing + wrong)[0]})."
        )
    network.load_state_dict({**own, **kept})
    return network


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix != ".safetensors":
        return official.read(path)
    try:
        return safetensors.torch.load_file(path)
    except SafetensorError as error:
        raise InputError(f"Expected parameters in {path}, found: {error}.") from error


def _is_of(name: str, heads: tuple[str, ...]) -> bool:
    return name.rpartition(".")[0] in heads
