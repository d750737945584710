"""Which signals does a training hear, and who has them afterwards?"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from storymodels.training.stopping import stopping


@pytest.fixture
def interrupts() -> Iterator[list[int]]:
    """SIGINT that came through to whoever had it before."""
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    yield heard
    signal.signal(signal.SIGINT, before)


def test_a_signal_is_noted_in_the_block_and_obeyed_after_it(interrupts: list[int]) -> None:
    """The step that is being made ends first."""
    with stopping() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.number == signal.SIGINT
        assert not interrupts
    assert interrupts == [signal.SIGINT]


def test_a_second_signal_is_obeyed_at_once(interrupts: list[int]) -> None:
    """Whoever had it has it again after the first."""
    with stopping():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        assert interrupts == [signal.SIGINT]


def test_what_was_ignored_stays_ignored(interrupts: list[int]) -> None:
    """As `nohup storybench train … &` has it: a Ctrl-C for another program stops nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with stopping() as stop:
        signal.raise_signal(signal.SIGINT)
        assert not stop
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
