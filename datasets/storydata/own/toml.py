"""TOML as Python values: the standard library's reader, or tomli where Python has none (3.10)."""

from __future__ import annotations

import sys
from typing import Any

from storybench.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def parse_toml(text: str, *, name: str) -> dict[str, Any]:
    """The document as nested dictionaries; `name` is for the message.

    >>> parse_toml("a = 1", name="recipe.toml")
    {'a': 1}

    Raises:
        InputError: it is not TOML, or nested too deep; says where.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"Expected TOML in {name}, found an error: {error}.") from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of 5,000 digits
        raise InputError(f"Expected TOML in {name}, found what cannot be read: {error}.") from error
