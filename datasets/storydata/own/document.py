"""recipe.toml, read and checked: every mistake is one sentence that names the key.

Keys are looked at before values, so that a misspelt one is met with the nearest that exists, and
one in the wrong table with the right table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from storybench.errors import InputError, MissingError
from storybench.schema import validated
from storybench.spelling import did_you_mean
from storydata.kit.raw import RawFile
from storydata.own.settings import (
    DatasetTable,
    FramesSource,
    RecipeDocument,
    Source,
    SplitTable,
    StoriesTable,
    Table,
    VideoSource,
)
from storydata.own.text import read_text
from storydata.own.toml import parse_toml

RECIPE_NAME = "recipe.toml"
KINDS: Mapping[str, type[FramesSource] | type[VideoSource]] = {
    "frames": FramesSource,
    "video": VideoSource,
}
TABLES: Mapping[str, type[Table]] = {
    "dataset": DatasetTable,
    "stories": StoriesTable,
    "split": SplitTable,
}
EXAMPLES = {
    "dataset": 'Begin with: [dataset] and name = "my-comic".',
    "split": "For example: [split] and test = 0.2, a fifth of the episodes.",
    "source": 'For example: [[source]] and kind = "frames".',
}
START = "`storybench build --template frames` prints a recipe to start from."

Record = TypeVar("Record", bound=Table)


def find_recipe(raw: Path) -> RawFile:
    """The recipe at a path: the file itself, or `recipe.toml` in the folder.

    Raises:
        MissingError: there is none.
    """
    path = raw / RECIPE_NAME if raw.is_dir() else raw
    if not path.exists():
        raise MissingError(f"Expected a recipe at {path}, found none. {START}")
    return RawFile(path.name, str(path))


def read_document(file: RawFile) -> RecipeDocument:
    """The recipe as checked records.

    Raises:
        InputError: it is not TOML, a key is unknown or absent, or a value does not fit.
        RawDataError: it cannot be read as text.
    """
    return parse_document(read_text(file, encoding="utf-8"), name=file.name)


def parse_document(text: str, *, name: str) -> RecipeDocument:
    """As `read_document`, from the text of the file `name`."""
    document = parse_toml(text, name=name)
    _check_keys(document, (*TABLES, "source"), place=name)
    for required in EXAMPLES:
        if required not in document:
            raise InputError(
                f"Expected {_brackets(required)} in {name}, found none. {EXAMPLES[required]} "
                f"{START}"
            )
    sources = document["source"]
    if not isinstance(sources, list) or not sources:
        raise InputError(
            f"Expected [[source]] in double brackets in {name}, found {_shown(sources)}: there may "
            "be several."
        )
    return RecipeDocument(
        dataset=_table(document, "dataset", DatasetTable, name),
        stories=_table(document, "stories", StoriesTable, name),
        split=_split(document, name),
        sources=tuple(_source(value, n, name) for n, value in enumerate(sources, start=1)),
    )


def _table(document: Mapping[str, Any], key: str, model: type[Record], name: str) -> Record:
    place = f"[{key}] of {name}"
    value = document.get(key, {})
    return _checked(model, value, place)


def _split(document: Mapping[str, Any], name: str) -> SplitTable:
    split = _table(document, "split", SplitTable, name)
    if not split.shares and not split.names:
        raise InputError(
            f"Expected test, val or train in [split] of {name}, found none of them. "
            f"{EXAMPLES['split']}"
        )
    return split


def _source(value: Any, number: int, name: str) -> Source:
    place = f"[[source]] {number} of {name}"
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(
            f"Expected kind in {place} to be {' or '.join(map(repr, KINDS))}, found "
            f"{_shown(kind)}.{did_you_mean(str(kind), KINDS)}"
        )
    return _checked(KINDS[kind], value, place)


def _checked(model: type[Record], value: Any, place: str) -> Record:
    if not isinstance(value, dict):
        raise InputError(f"Expected a table at {place}, found {_shown(value)}.")
    _check_keys(value, model.model_fields, place=place)
    for key, field in model.model_fields.items():
        if field.is_required() and key not in value:
            raise InputError(f"Expected the key {key} in {place}, found none.")
    return validated(TypeAdapter(model), value, name=place)


def _check_keys(value: Mapping[str, Any], known: Iterable[str], *, place: str) -> None:
    known = list(known)
    for key in value:
        if key not in known:
            hint = did_you_mean(key, known) or _elsewhere(key) or f" Known: {', '.join(known)}."
            raise InputError(f"Expected a key that {place} knows, found {key!r}.{hint}")


def _elsewhere(key: str) -> str:
    """Which table a key belongs to, if it is not this one."""
    models = {f"[{table}]": model for table, model in TABLES.items()}
    models |= {f'a [[source]] of kind "{kind}"': model for kind, model in KINDS.items()}
    homes = [place for place, model in models.items() if key in model.model_fields]
    return f" It belongs in {' or '.join(homes)}." if homes else ""


def _brackets(table: str) -> str:
    return "[[source]]" if table == "source" else f"[{table}]"


def _shown(value: Any) -> str:
    text = repr(value)
    return "none" if value is None else text if len(text) <= 60 else f"{text[:60]}…"
