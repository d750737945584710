"""The exit codes are those that are documented."""

from __future__ import annotations

import re

from storybench import errors


def test_exit_codes_match_the_picture_in_the_docstring() -> None:
    """Each class of the drawn tree exists and ends the command with the drawn code."""
    drawn = dict(re.findall(r"(\w+Error) +(\d) ", errors.__doc__ or ""))
    real = {
        name: str(value.exit_code)
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.StorybenchError)
    }
    assert drawn == real
