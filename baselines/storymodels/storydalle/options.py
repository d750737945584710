"""Options by name, as a command hands them to a dataclass that has a field for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from storybench.errors import InputError
from storybench.spelling import did_you_mean


def expect_known(options: Iterable[str], kind: type) -> None:
    """See that a dataclass has a field for every option.

    Raises:
        InputError: it has none for one; names the closest.
    """
    known = [field.name for field in fields(kind)]
    for name in options:
        if name not in known:
            raise InputError(
                f"Expected options of StoryDALL-E ({', '.join(known)}), found {name}."
                f"{did_you_mean(name, known, most=1)}"
            )
