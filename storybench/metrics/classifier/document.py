"""A classifier's file: safetensors with one entry of metadata, JSON that says all about it.

Tensors carry the names of the architecture's parameters and nothing else, so a file of
`inception299` is also a state dict of torchvision's. Calibration is part of the metadata: the file
holds what was trained, the loader applies what was fitted on val.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import safetensors.torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from safetensors import SafetensorError, safe_open
from torch import Tensor

from storybench.errors import InputError
from storybench.files import canonical_json, write_atomic
from storybench.schema import validated_json

ENTRY = "storybench.classifier"
SCHEMA_VERSION = 1

Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Calibration(_Part):
    """Logits that score are (z - bias) / temperature: the temperature positive, a bias each."""

    temperature: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    bias: tuple[Finite, ...] = ()


class DataRecord(_Part):
    """What it was fitted on: dataset, version and digest of the build, episodes and frames."""

    dataset: str
    version: str
    digest: str
    train_episodes: tuple[str, ...]
    val_episodes: tuple[str, ...]
    n_train_frames: int
    n_val_frames: int
    train_support: tuple[int, ...]


class Document(_Part):
    """All that is known of a classifier besides its parameters.

    `settings` are the fields of `Settings`, `init_sha256` the hash of the file it started from,
    `history` has a row for each epoch, `scores` its numbers on the held-out episodes of `data`
    after calibration, `versions` those of what computed it.
    """

    schema_version: int = SCHEMA_VERSION
    arch: str
    characters: tuple[str, ...]
    data: DataRecord
    settings: dict[str, bool | int | float | str]
    init_sha256: str | None
    device: str
    best_epoch: int
    history: tuple[dict[str, Finite], ...]
    calibration: Calibration
    scores: dict[str, Finite]
    versions: dict[str, str]


_DOCUMENT = TypeAdapter(Document)


def write(path: Path, state: Mapping[str, Tensor], document: Document) -> None:
    """Write parameters and document, whole or not at all; equal ones give equal bytes."""
    metadata = {ENTRY: canonical_json(document.model_dump(mode="json")).decode()}
    tensors = {name: value.contiguous() for name, value in state.items()}
    write_atomic(path, safetensors.torch.save(tensors, metadata=metadata))


def read(path: Path) -> tuple[dict[str, Tensor], Document]:
    """Parameters and document of a file that `write` wrote.

    Raises:
        InputError: not safetensors, or without a document, or one of another schema.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise InputError(f"Expected a classifier in {path}, found: {error}.") from error
    if ENTRY not in metadata:
        raise InputError(
            f"Expected a classifier of `storybench classifier fit` in {path}, found safetensors "
            "without its description. Fit one, or pass an official checkpoint (.pt)."
        )
    text = metadata[ENTRY].encode()
    _check_version(text, path)
    return state, validated_json(_DOCUMENT, text, name=f"the description in {path}")


def _check_version(text: bytes, path: Path) -> None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"Expected JSON as the description in {path}, found other text."
        ) from error
    found = value.get("schema_version") if isinstance(value, dict) else None
    if found != SCHEMA_VERSION:
        raise InputError(
            f"Expected a classifier of schema version {SCHEMA_VERSION} in {path}, found {found}. "
            "Fit it again with `storybench classifier fit`."
        )
