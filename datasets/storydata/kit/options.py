"""Options of a build command: checked once, passed on as one frozen dataclass a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from storybench.errors import InputError

Options = TypeVar("Options")


def parse(kind: type[Options], options: Mapping[str, Any]) -> Options:
    """Options of a kind; a None, or a name that is absent, takes the default.

    Raises:
        InputError: an unknown name or a value that is not allowed; says which are.
    """
    known = [field.name for field in fields(kind)]  # pyright: ignore[reportArgumentType]
    for name in options:
        if name not in known:
            raise InputError(f"Expected an option among {', '.join(known)}, found {name!r}.")
    return kind(**{name: value for name, value in options.items() if value is not None})


def check_choice(name: str, value: object, choices: tuple[str | None, ...]) -> None:
    """Accept one of a few values.

    Raises:
        InputError: it is another.
    """
    if value not in choices:
        names = " or ".join(choice for choice in choices if choice)
        raise InputError(f"Expected {flag(name)} to be {names}, found {value!r}.")


def check_limits(name: str, value: object, *, low: int, high: int) -> None:
    """Accept a whole number between limits, both included.

    Raises:
        InputError: it is something else.
    """
    if type(value) is not int or not low <= value <= high:
        raise InputError(
            f"Expected {flag(name)} to be a whole number from {low} to {high}, found {value!r}."
        )


def flag(name: str) -> str:
    """What an option is called on the command line.

    >>> flag("stories_per_shard")
    '--stories-per-shard'
    """
    return f"--{name.replace('_', '-')}"
