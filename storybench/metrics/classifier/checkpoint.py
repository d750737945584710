"""Where a fit stands, in one file: parameters, the best ones so far, the optimizer, the history.

Written whole or not at all, so a fit that was killed goes on from its last step and ends with the
same bytes as one that was not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from storybench.errors import InputError
from storybench.files import canonical_json, write_atomic

ENTRY = "storybench.fit"
SUFFIX = ".progress"

State = dict[str, Tensor]


@dataclass
class Standing:
    """After `step` steps: parameters, the best of an epoch's end, and what the optimizer keeps."""

    step: int
    network: State
    optimizer: dict[int, State]
    best: State = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


def path_of(out: Path) -> Path:
    """Where the checkpoint of a fit lies: beside its result."""
    return out.with_name(f"{out.name}{SUFFIX}")


def save(path: Path, standing: Standing, *, key: str) -> None:
    """Write where a fit stands; `key` is the digest of all that decides its result."""
    tensors = {f"network.{name}": value for name, value in standing.network.items()}
    tensors |= {f"best.{name}": value for name, value in standing.best.items()}
    tensors |= {
        f"optimizer.{index}.{name}": value
        for index, state in standing.optimizer.items()
        for name, value in state.items()
    }
    words = {
        "key": key,
        "step": standing.step,
        "history": standing.history,
        "losses": standing.losses,
    }
    data = safetensors.torch.save(
        {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()},
        metadata={ENTRY: canonical_json(words).decode()},
    )
    write_atomic(path, data)


def load(path: Path, *, key: str) -> Standing | None:
    """Where the fit of this key stands; None where it has not begun.

    Raises:
        InputError: the file is damaged, or of a fit with other data or settings.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            words = json.loads((file.metadata() or {})[ENTRY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError) as error:
        raise InputError(
            f"Expected where a fit stands in {path}, found another file. Remove it to begin anew."
        ) from error
    if words.get("key") != key:
        raise InputError(
            f"Expected {path} to be of this fit, found one with other data, settings or versions. "
            "Remove it to begin anew, or write to another --out."
        )
    return _standing(words, tensors)


def _standing(words: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Standing:
    optimizer: dict[int, State] = {}
    for name, value in _under(tensors, "optimizer"):
        index, _, key = name.partition(".")
        optimizer.setdefault(int(index), {})[key] = value
    return Standing(
        step=words["step"],
        network=dict(_under(tensors, "network")),
        optimizer=optimizer,
        best=dict(_under(tensors, "best")),
        history=words["history"],
        losses=words["losses"],
    )


def _under(tensors: Mapping[str, Tensor], part: str) -> Iterator[tuple[str, Tensor]]:
    prefix = f"{part}."
    return ((n.removeprefix(prefix), v) for n, v in tensors.items() if n.startswith(prefix))
