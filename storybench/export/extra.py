"""The packages that only exports need, imported when one is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from storybench.errors import MissingError


def extra(name: str) -> Any:
    """A package of the extra "export".

    Raises:
        MissingError: it is not installed; says how to install it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise MissingError(
            f"Expected the package {error.name!r}, which this export needs; it is not installed. "
            "Install it with: pip install 'storybench[export]'"
        ) from error
