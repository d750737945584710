"""Decoded frames on disk: the same pixels, whole or not at all, shared by processes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import InputError, NoSpaceError
from storybench.loader.cache import ENTRY, HEAD, FrameCache, FrameSlots


def frames_of(number: int, k: int = 2, side: int = 8) -> np.ndarray:
    """Frames of noise, different for each number."""
    return np.random.default_rng(number).integers(0, 256, (k, side, side, 3), np.uint8)


def fill(slots: FrameSlots, first: int) -> None:
    """Put every other clip of forty, each of two frames."""
    for number in range(first, 40, 2):
        slots.put(2 * number, frames_of(number))


def test_what_was_put_comes_back(tmp_path: Path) -> None:
    """Frames of any size, by slot; an empty slot is None; a later run finds them."""
    slots = FrameCache(tmp_path / "frames").slots("toon", 10)
    slots.put(3, frames_of(1))
    slots.put(7, frames_of(2, k=1, side=5))
    for again in (slots, FrameCache(tmp_path / "frames").slots("toon", 10), pickled(slots)):
        assert [again.get(slot) is None for slot in range(10)] == [
            slot not in (3, 4, 7) for slot in range(10)
        ]
        for slot, frame in ((3, frames_of(1)[0]), (4, frames_of(1)[1]), (7, frames_of(2, 1, 5)[0])):
            found = again.get(slot)
            assert found is not None
            assert np.array_equal(found, frame)


def test_a_tag_says_what_a_frame_was_decoded_from(tmp_path: Path) -> None:
    """A slot filled from other bytes is a miss, and is filled anew."""
    slots = FrameCache(tmp_path).slots("toon", 4)
    slots.put(0, frames_of(1, k=1), tag=11)
    assert slots.get(0, tag=12) is None
    slots.put(0, frames_of(2, k=1), tag=12)
    found = slots.get(0, tag=12)
    assert found is not None
    assert np.array_equal(found, frames_of(2, k=1)[0])


def test_it_stays_within_its_bytes(tmp_path: Path) -> None:
    """What is over the bound is not kept, what was kept stays, and the file does not grow."""
    room = HEAD.size + 10 * ENTRY.size + 2 * 8 * 8 * 3
    slots = FrameCache(tmp_path, max_bytes=room).slots("toon", 10)
    for number in range(5):
        slots.put(2 * number, frames_of(number))
    kept = [slots.get(slot) is not None for slot in range(10)]
    assert kept == [True, True, *[False] * 8]
    assert slots.path.stat().st_size == room


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_torn_write_is_a_miss(tmp_path: Path, place: int) -> None:
    """Pixels that are not those that were written are never shown."""
    slots = FrameCache(tmp_path).slots("toon", 2)
    slots.put(0, frames_of(1, k=1))
    data = bytearray(slots.path.read_bytes())
    start = HEAD.size + 2 * ENTRY.size
    data[start + place if place >= 0 else -1] ^= 1
    slots.path.write_bytes(data)
    assert slots.get(0) is None
    slots.path.write_bytes(data[:-10])
    assert slots.get(0) is None


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_processes_fill_one_file_together(tmp_path: Path) -> None:
    """Two processes that write at once lose and mix nothing, and the parent reads it all."""
    slots = FrameCache(tmp_path).slots("toon", 80)
    assert slots.get(0) is None  # open before the fork
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=fill, args=(slots, first)) for first in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    for number in range(40):
        for k, frame in enumerate(frames_of(number)):
            found = slots.get(2 * number + k)
            assert found is not None
            assert np.array_equal(found, frame)
    assert slots.path.stat().st_size == HEAD.size + 80 * ENTRY.size + 80 * 8 * 8 * 3


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file of another number of frames, or of something else, is named."""
    FrameCache(tmp_path).slots("toon", 3).put(0, frames_of(0, k=1))
    with pytest.raises(InputError, match=r"toon.frames to keep decoded frames of this build, 4 of"):
        FrameCache(tmp_path).slots("toon", 4).get(0)
    (tmp_path / "x.frames").write_bytes(b"GIF89a" * 100)
    with pytest.raises(InputError, match=r"found another file. Delete it, or choose another"):
        FrameCache(tmp_path).slots("x", 4).get(0)


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere else."""
    slots = FrameCache(tmp_path).slots("toon", 3)
    assert slots.get(0) is None

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(NoSpaceError, match=r"room on the disk to write .*toon\.frames"):
        slots.put(0, frames_of(0, k=1))


def pickled(slots: FrameSlots) -> FrameSlots:
    """A copy as a spawned worker gets it."""
    return pickle.loads(pickle.dumps(slots))
