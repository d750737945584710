"""Is each caption encoded once, ever?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from storybench.home import features_dir
from storymodels.storydalle.sentences.hashed import Hashed
from storymodels.storydalle.sentences.remembered import Remembered, folder_of


class Counting:
    """An encoder that keeps count of what it was asked for."""

    width = 16

    def __init__(self, name: str = "counting") -> None:
        self.asked: list[str] = []
        self.name = name

    def record(self) -> dict[str, Any]:
        return {"kind": "test", "width": 16, "name": self.name}

    def __call__(self, captions: Sequence[str]) -> Tensor:
        self.asked += captions
        return Hashed(16)(captions)


def test_a_caption_is_encoded_once_in_all_runs() -> None:
    """However often it is asked for, and whatever else with it."""
    first = Counting()
    found = Remembered(first)(["a", "b", "a", "c"])
    assert first.asked == ["a", "b", "c"]
    assert torch.equal(found, Hashed(16)(["a", "b", "a", "c"]))
    second = Counting()
    later = Remembered(second)
    assert torch.equal(later(["c", "d", "a"]), Hashed(16)(["c", "d", "a"]))
    assert second.asked == ["d"]
    later(["d", "a"])
    assert second.asked == ["d"]
    assert later([]).shape == (0, 16)


def test_the_name_of_an_encoder_does_not_matter_and_what_it_is_made_of_does() -> None:
    """Vectors of another encoder are never recalled."""
    Remembered(Counting())(["a"])
    renamed = Counting("other")
    Remembered(renamed)(["a"])
    assert renamed.asked == []
    assert folder_of({"kind": "test", "width": 8}) != folder_of({"kind": "test", "width": 16})


def test_a_damaged_file_is_computed_again() -> None:
    """As if it had never been."""
    Remembered(Counting())(["a"])
    (path,) = features_dir().rglob("*.npy")
    path.write_bytes(path.read_bytes()[:-4] + b"xxxx")
    again = Counting()
    assert torch.equal(Remembered(again)(["a"]), Hashed(16)(["a"]))
    assert again.asked == ["a"]


AT_ONCE = """
import sys
from pathlib import Path
from storymodels.storydalle.sentences.hashed import Hashed
from storymodels.storydalle.sentences.remembered import Remembered
encoder = Remembered(Hashed(16), folder=Path(sys.argv[1]))
for number in range(40):
    encoder([f"caption {number}", f"of {sys.argv[2]} {number}"])
"""


@pytest.mark.slow
def test_two_processes_may_fill_it_at_once(tmp_path: Path) -> None:
    """Each finds what both have written."""
    command = [sys.executable, "-c", AT_ONCE, str(tmp_path)]
    workers = [subprocess.Popen([*command, name]) for name in ("one", "two")]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    alone = Counting()
    captions = [f"caption {n}" for n in range(40)] + ["of one 7", "of two 9"]
    found = Remembered(alone, folder=tmp_path)(captions)
    assert alone.asked == []
    assert torch.equal(found, Hashed(16)(captions))
