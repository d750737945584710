"""Does `make` show a GPU to those tests alone that are for one?"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize(
    ("target", "is_hidden"),
    [("test", True), ("test-slow", True), ("check", True), ("test-gpu", False), ("bench", False)],
)
def test_a_gpu_is_hidden_from_what_expects_none(target: str, is_hidden: bool) -> None:
    """By the variable that torch reads."""
    said = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (command,) = [line for line in said.stdout.splitlines() if "-m pytest" in line]
    assert command.startswith("CUDA_VISIBLE_DEVICES= ") is is_hidden
