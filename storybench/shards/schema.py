"""Turn what was read from disk into typed records, with one clear sentence when it does not fit."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from storybench.errors import InputError

Record = TypeVar("Record")


def validated(adapter: TypeAdapter[Record], value: Any, *, name: str) -> Record:
    """The value as the adapter's type; `name` says what is being read.

    Raises:
        InputError: it does not fit; names the first field that does not and what stands there.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise InputError(_sentence(error, name)) from error


def validated_json(adapter: TypeAdapter[Record], data: bytes, *, name: str) -> Record:
    """As `validated`, from JSON bytes."""
    try:
        return adapter.validate_json(data)
    except ValidationError as error:
        raise InputError(_sentence(error, name)) from error


def _sentence(error: ValidationError, name: str) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "the whole of it"
    others = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    found = repr(first["input"])
    found = found if len(found) <= 60 else f"{found[:57]}..."
    return (
        f"Expected {name} to follow its schema, found a fault in {field}{others}: "
        f"{first['msg']}, not {found}."
    )
