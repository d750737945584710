"""Kept results: found again under the same inputs and code, and never when damaged."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from storybench import memo
from storybench.memo import Memo


def test_a_result_is_found_again_under_its_key() -> None:
    """By anybody who has the same inputs, whatever order they are named in."""
    Memo("squares").keep(Memo("squares").key(a=1, b=[2]), {"c": [4.0, math.inf]})
    assert Memo("squares").recall(Memo("squares").key(b=[2], a=1)) == {"c": [4.0, math.inf]}


def test_other_inputs_kinds_and_code_know_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them is part of what a result follows from."""
    key = Memo("squares").key(a=1)
    Memo("squares").keep(key, 1)
    assert Memo("squares").recall(Memo("squares").key(a=2)) is None
    assert Memo("cubes").recall(key) is None
    monkeypatch.setattr(memo, "code_sha256", lambda: "another")
    assert Memo("squares").recall(Memo("squares").key(a=1)) is None


def test_a_damaged_result_is_as_good_as_none(home: Path) -> None:
    """And is replaced by the next one that is kept."""
    squares = Memo("squares")
    key = squares.key(a=1)
    squares.keep(key, [1, 2, 3])
    (path,) = squares.folder.iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:-2] + b"4]")
    assert squares.recall(key) is None
    path.write_bytes(b"")
    assert squares.recall(key) is None
    squares.keep(key, [1])
    assert squares.recall(key) == [1]


def test_the_code_is_every_source_file() -> None:
    """The digest is over names and content, and stable."""
    memo.code_sha256.cache_clear()
    first = memo.code_sha256()
    memo.code_sha256.cache_clear()
    assert (len(first), memo.code_sha256()) == (64, first)
