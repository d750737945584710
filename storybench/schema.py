"""Turn what was read from disk into typed records, with one clear sentence when it does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from storybench.errors import InputError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Record = TypeVar("Record")

SHOWN = 60

WANTED: Mapping[str, str] = {
    "string_type": "be a text",
    "string_too_short": "be a text of {min_length} or more characters",
    "string_too_long": "be a text of at most {max_length} characters",
    "string_pattern_mismatch": "be a text of the form {pattern}",
    "int_type": "be a whole number",
    "int_parsing": "be a whole number",
    "int_from_float": "be a whole number",
    "float_type": "be a number",
    "float_parsing": "be a number",
    "finite_number": "be a finite number",
    "bool_type": "be true or false",
    "bool_parsing": "be true or false",
    "literal_error": "be {expected}",
    "greater_than": "be above {gt}",
    "greater_than_equal": "be {ge} or more",
    "less_than": "be below {lt}",
    "less_than_equal": "be {le} or less",
    "list_type": "be a list",
    "tuple_type": "be a list",
    "too_short": "have {min_length} or more entries",
    "too_long": "have at most {max_length} entries",
    "dict_type": "hold keys with values",
    "model_type": "hold keys with values",
    "model_attributes_type": "hold keys with values",
    "dataclass_type": "hold keys with values",
}
"""What a field has to do, by the name that pydantic gives to its fault."""

ABSENT = ("missing", "missing_argument", "missing_keyword_only_argument")
UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")


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
    """The first fault that pydantic found, in our words; `name` says what was being read.

    A validator of ours says what its field "should be", or a whole clause.
    """
    first = error.errors(include_url=False)[0]
    field = _field(first["loc"])
    context = first.get("ctx", {})
    others = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] in ABSENT:
        return f"Expected the key {field} in {name}, found none{others}."
    if first["type"] in UNKNOWN:
        return f"Expected keys that {name} knows, found {field}{others}."
    if first["type"] == "json_invalid":
        return f"Expected JSON in {name}, found an error: {context['error']}."
    wanted, why = _wanted(first)
    found = f"{_shown(first['input'])}{others}{why}.{_cure(first)}"
    return f"Expected {f'{field} in ' if field else ''}{name} to {wanted}, found {found}"


def _field(place: Sequence[str | int]) -> str:
    if place[-1:] == ("[key]",):  # as pydantic says that not a value is meant, but its key
        return f"a key of {_field(place[:-2])}" if place[:-2] else "a key"
    return ".".join(map(str, place))


def _wanted(first: ErrorDetails) -> tuple[str, str]:
    """What a field has to do, and the reason where that alone does not say it."""
    if first["type"] in WANTED:
        return WANTED[first["type"]].format(**first.get("ctx", {})), ""
    reason = first["msg"].removeprefix("Value error, ")
    subject, should, wanted = reason.partition("should ")
    if should and subject in ("", "Input ", "String ", "Value "):
        return wanted, ""
    return "fit", f": {reason}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _cure(first: ErrorDetails) -> str:
    """What to do about quotes, which are there or not there by mistake."""
    kind, found = first["type"], first["input"]
    if kind == "string_type" and isinstance(found, int | float | date):
        return " Write it in quotes."
    numbers = kind in ("int_type", "float_type", "bool_type") and isinstance(found, str)
    if numbers and re.fullmatch(r"[-+]?\d+(\.\d+)?|true|false", found):
        return " Write it without quotes."
    return ""
