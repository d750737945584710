"""Examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = ("captions", "drops", "frames.picture", "windows")


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name: str) -> None:
    """Each example runs and prints what stands there."""
    module = importlib.import_module(f"storydata.kit.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
