"""What the folder of a sentence encoder says beside its transformer: how tokens become one vector.

`modules.json` lists the parts, `1_Pooling/config.json` the way of pooling (folders of today name
it, older ones have switches), `sentence_bert_config.json` how captions are put to it. A folder
without these is a plain transformer, whose tokens are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PositiveInt, TypeAdapter

from storybench.errors import InputError
from storybench.schema import validated_json

POOLING = ("cls", "mean", "max")

_Record = TypeVar("_Record")


@dataclass(frozen=True)
class Head:
    """What follows the transformer, and how captions are put to it.

    `width` is that of a vector; `pooling` is one of `POOLING`; a caption has at most `max_tokens`
    tokens, None for as many as the transformer takes.
    """

    width: int
    pooling: str
    normalises: bool
    max_tokens: int | None
    lowers: bool


class _Part(BaseModel):
    """An entry of `modules.json`."""

    type: str
    path: str


class _Config(BaseModel):
    """Of `config.json`; families of transformers name the width differently."""

    width: Annotated[
        PositiveInt, Field(validation_alias=AliasChoices("hidden_size", "dim", "d_model"))
    ]


class _Settings(BaseModel):
    """`sentence_bert_config.json`."""

    max_seq_length: PositiveInt | None = None
    do_lower_case: bool = False


class _Prompts(BaseModel):
    """Of `config_sentence_transformers.json`."""

    default_prompt_name: str | None = None


class _Pooling(BaseModel):
    """The `config.json` of pooling."""

    model_config = ConfigDict(extra="allow")

    pooling_mode: str | list[str] | None = None


def read_head(folder: Path) -> Head:
    """What a folder says.

    Raises:
        InputError: it names a part or a way of pooling that is not known here, puts a prompt before
            captions, or a file is damaged.
    """
    prompt = _read(folder / "config_sentence_transformers.json", _Prompts).default_prompt_name
    if prompt is not None:
        raise InputError(
            f"Expected a sentence encoder that reads captions as they are in {folder}, found one "
            f"that puts its prompt {prompt!r} before them. Take another encoder."
        )
    parts = _parts(folder / "modules.json")
    settings = _read(folder / "sentence_bert_config.json", _Settings)
    return Head(
        width=_read(folder / "config.json", _Config).width,
        pooling=_pooling(folder / parts["Pooling"] / "config.json") if parts else "mean",
        normalises="Normalize" in parts,
        max_tokens=settings.max_seq_length,
        lowers=settings.do_lower_case,
    )


def _parts(path: Path) -> dict[str, str]:
    """The parts of the encoder in order and the folder of each; nothing for a plain transformer."""
    if not path.is_file():
        return {}
    listed = validated_json(TypeAdapter(list[_Part]), path.read_bytes(), name=str(path))
    parts = {part.type.rsplit(".", 1)[-1]: part.path for part in listed}
    if list(parts) not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise InputError(
            f"Expected a transformer, pooling and perhaps normalisation in {path}, found "
            f"{', '.join(parts) or 'nothing'}. Take another encoder."
        )
    return parts


def _pooling(path: Path) -> str:
    said = _read(path, _Pooling)
    modes = [said.pooling_mode] if isinstance(said.pooling_mode, str) else said.pooling_mode
    if modes is None:
        switches = said.model_extra or {}
        modes = [
            name.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token")
            for name, is_on in switches.items()
            if name.startswith("pooling_mode_") and is_on
        ]
    if len(modes) != 1 or modes[0] not in POOLING:
        raise InputError(
            f"Expected one way of pooling, {', '.join(POOLING)}, in {path}, found "
            f"{', '.join(modes) or 'none'}. Take another encoder."
        )
    return modes[0]


def _read(path: Path, kind: type[_Record]) -> _Record:
    """The file as a record; an empty one where there is no file."""
    data = path.read_bytes() if path.is_file() else b"{}"
    return validated_json(TypeAdapter(kind), data, name=str(path))
