"""What is said of a network is known on a repeat, and of another network it is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storybench import registry
from storybench.errors import MissingError
from storybench.evaluate import Described, load_behind
from storybench.evaluate import network as networks
from storybench.evaluate.described import facts
from storybench.metrics import twin
from storybench.protocols import catalogue

RULES = catalogue.get("sb-v1")


def described(weights: Path | None = None, *, name: str = "twin", remember: bool = True):
    """As `storybench eval` asks."""
    return Described(RULES, name, weights, remember=remember)


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a network that is read is a failure."""

    def refuse(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(networks, "load_behind", refuse)


def test_a_repeat_knows_the_network_without_reading_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same facts; the network itself is there as soon as it is asked for."""
    first = described()
    assert first.facts == facts(load_behind(RULES, "twin"))
    with monkeypatch.context() as patch:
        forbid_reading(patch)
        again = described()
        assert again.facts == first.facts
        with pytest.raises(AssertionError, match="read"):
            _ = again.network
    assert again.network.key == first.network.key == first.facts["key"]


def test_other_bytes_under_the_same_name_are_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights count by their bytes."""
    path = tmp_path / "own.safetensors"
    shutil.copy(twin.WEIGHTS, path)
    described(path)
    described()
    path.write_bytes(path.read_bytes() + b"\0")
    forbid_reading(monkeypatch)
    with pytest.raises(AssertionError, match="read"):
        described(path)


def test_weights_that_are_missing_are_told_at_once(home: Path) -> None:
    """Before a doctor has looked at 9,000 pictures; every time."""
    for _ in range(2):
        with pytest.raises(MissingError, match="pt_inception-2015-12-05"):
            described(name="inception")


@pytest.mark.parametrize("is_ours", [True, False])
def test_nothing_is_kept_unasked_or_of_others(
    home: Path, monkeypatch: pytest.MonkeyPatch, is_ours: bool
) -> None:
    """Code of another package may change without our knowing."""
    monkeypatch.setattr(registry, "is_ours", lambda kind, name: is_ours)
    described(remember=not is_ours)
    assert not (home / "results").exists()
