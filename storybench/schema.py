"""Turn what was read from disk into typed records, with one clear sentence when it does not fit."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from storybench.errors import InputError

Record = TypeVar("Record")

SHOWN = 60


def validated(adapter: TypeAdapter[Record], value: Any, *, name: str) -> Record:
    """The value as the adapter's type; `name` says what is being read.

    Raises:
        InputError: it does not fit; names the first field that does not and what stands there.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise InputError(fault(error, name)) from error


def validated_json(adapter: TypeAdapter[Record], data: bytes, *, name: str) -> Record:
    """As `validated`, from JSON bytes."""
    try:
        return adapter.validate_json(data)
    except ValidationError as error:
        raise InputError(fault(error, name)) from error


def fault(error: ValidationError, name: str) -> str:
    """The first fault that pydantic found, as one sentence; `name` says what was being read."""
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(map(str, first["loc"])) or "the whole of it"
    others = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    reason = first["msg"].removeprefix("Value error, ")
    found = repr(first["input"])
    found = found if len(found) <= SHOWN else f"{found[:SHOWN]}…"
    return (
        f"Expected {name} to follow its schema, found a fault in {field}{others}: "
        f"{reason}, not {found}."
    )
