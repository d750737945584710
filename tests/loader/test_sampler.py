"""Every story once an epoch, whoever takes it, and exactly the rest of them after a stop."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import InputError
from storybench.loader.sampler import StorySampler, Tail

WORLDS = st.integers(1, 5)
SIZES = st.integers(0, 40)


def ranks(n: int, world: int, **options: object) -> list[StorySampler]:
    """One sampler for each of `world` processes."""
    return [StorySampler(n, rank=r, world=world, **options) for r in range(world)]  # pyright: ignore[reportArgumentType]


def taken(samplers: Sequence[StorySampler]) -> list[int]:
    """What all ranks together are given now."""
    return [index for sampler in samplers for index in sampler]


@given(SIZES, WORLDS, st.booleans(), st.integers(0, 3))
def test_every_story_comes_once_an_epoch(n: int, world: int, shuffle: bool, epoch: int) -> None:
    """Whatever the world: disjoint ranks, together everything, and `len` says how many each."""
    samplers = ranks(n, world, shuffle=shuffle)
    for sampler in samplers:
        sampler.set_epoch(epoch)
        assert len(list(sampler)) == len(sampler)
    assert sorted(taken(samplers)) == list(range(n))
    lengths = [len(sampler) for sampler in samplers]
    assert max(lengths) - min(lengths) <= 1


@given(st.integers(1, 40), WORLDS)
def test_ranks_can_be_made_to_take_equally_many(n: int, world: int) -> None:
    """Padding repeats fewer than a round, dropping loses fewer than one; nothing else changes."""
    padded, dropped = (taken(ranks(n, world, tail=tail)) for tail in ("pad", "drop"))
    assert len(padded) == -(-n // world) * world
    assert len(dropped) == n // world * world
    assert set(padded) == set(range(n))
    assert max(Counter(dropped).values(), default=1) == 1
    for tail in ("pad", "drop"):
        assert len({len(sampler) for sampler in ranks(n, world, tail=tail)}) == 1


def test_the_order_belongs_to_seed_and_epoch() -> None:
    """Equal for equal ones, whatever the rank asks; another for another epoch or seed."""
    orders = {
        (seed, epoch): tuple(_at(StorySampler(50, seed=seed), epoch))
        for seed in (0, 1)
        for epoch in (0, 1, 2)
    }
    assert len(set(orders.values())) == 6
    assert list(orders[1, 2]) == list(_at(StorySampler(50, seed=1), 2))
    assert list(StorySampler(50, shuffle=False)) == list(range(50))
    halves = [list(sampler) for sampler in ranks(50, 2)]
    assert [index for pair in zip(*halves, strict=True) for index in pair] == list(orders[0, 0])


def test_the_order_is_the_same_for_ever() -> None:
    """By a hash of the words, so that a run can be resumed under another numpy or torch."""
    order = _at(StorySampler(8, seed=3), 5)
    assert order == sorted(
        range(8), key=lambda i: hashlib.blake2b(b"3/5/%d" % i, digest_size=16).hexdigest()
    )


@given(st.integers(1, 40), WORLDS, WORLDS, st.data())
def test_a_resumed_run_takes_exactly_the_rest(
    n: int, world: int, later: int, data: st.DataObject
) -> None:
    """What was consumed before and after a stop is one epoch, with another number of ranks too."""
    samplers = ranks(n, world, seed=1)
    steps = data.draw(st.integers(0, min(len(s) for s in samplers)))
    before = [index for sampler in samplers for index in list(sampler)[:steps]]
    for sampler in samplers:
        sampler.advance(steps)
    state = json.loads(json.dumps(samplers[0].state_dict()))
    resumed = ranks(n, later, seed=1)
    for sampler in resumed:
        sampler.load_state_dict(state)
    if samplers[0].epoch:  # rank 0 took the last one
        assert sorted(before) == list(range(n)) or world > n - len(before) > 0
        assert (state["epoch"], state["n_consumed"]) == (1, 0)
    else:
        assert sorted(before + taken(resumed)) == list(range(n))
        assert state["n_consumed"] == len(before)


def test_a_run_can_stop_twice_with_three_worlds() -> None:
    """Two ranks, then three, then one: each story once."""
    seen = []
    place = (0, 0)
    for world, steps in ((2, 3), (3, 2), (1, 4)):
        samplers = ranks(20, world)
        for sampler in samplers:
            sampler.resume(*place)
            seen += list(sampler)[:steps]
            sampler.advance(steps)
        place = (samplers[0].epoch, samplers[0].n_consumed)
    assert place == (0, 16)
    last = StorySampler(20)
    last.resume(*place)
    assert sorted(seen + list(last)) == list(range(20))


def test_the_end_of_an_epoch_is_the_beginning_of_the_next() -> None:
    """A state saved after the last step starts the next epoch, and none is ever empty."""
    sampler = StorySampler(5)
    sampler.advance(3)
    assert (sampler.epoch, sampler.n_consumed, len(sampler)) == (0, 3, 2)
    sampler.advance(2)
    assert (sampler.epoch, sampler.n_consumed, len(sampler)) == (1, 0, 5)
    assert list(sampler) == _at(StorySampler(5), 1)
    sampler.resume(3, 5)
    assert (sampler.epoch, sampler.n_consumed) == (4, 0)


def test_setting_the_epoch_at_hand_stays_where_it_is() -> None:
    """So the loop `for epoch in range(sampler.epoch, …)` may set it after a resume."""
    sampler = StorySampler(9)
    sampler.resume(2, 4)
    sampler.set_epoch(2)
    assert len(sampler) == 5
    sampler.set_epoch(3)
    assert len(sampler) == 9


def test_a_loop_that_counts_does_not_change_what_it_is_given() -> None:
    """Advancing while an epoch is being taken leaves that epoch alone, its last step too."""
    sampler = StorySampler(7)
    expected = list(sampler)
    found = []
    for index in sampler:
        found.append(index)
        sampler.advance(1)
    assert found == expected
    assert sampler.epoch == 1


@pytest.mark.parametrize("tail", ["pad", "drop"])
def test_tails_are_those_of_the_rest(tail: Tail) -> None:
    """After a stop, all ranks again take equally many of what is left."""
    samplers = ranks(11, 3, tail=tail)
    for sampler in samplers:
        sampler.resume(0, 4)
    given = taken(samplers)
    assert len(given) == (9 if tail == "pad" else 6)
    left = set(samplers[0].order()[4:])
    assert set(given) >= left if tail == "pad" else set(given) < left


def test_mistakes_are_named() -> None:
    """A rank beyond the world, a place beyond the end, a count too many, another run's state."""
    with pytest.raises(
        InputError, match=r"a rank below the number of ranks, found 4 .* rank 2 of 2"
    ):
        StorySampler(4, rank=2, world=2)
    with pytest.raises(InputError, match="tail to be uneven or drop or pad, found 'cut'"):
        StorySampler(4, tail="cut")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="at most 4 stories consumed, found epoch 1 and 5"):
        StorySampler(4).resume(1, 5)
    with pytest.raises(
        InputError, match="at most the 4 stories that epoch 0 has left for rank 0, found 5"
    ):
        StorySampler(4).advance(5)
    with pytest.raises(
        InputError, match="n 4, seed 0, shuffle True, found n 4, seed 1, shuffle True"
    ):
        StorySampler(4).load_state_dict(StorySampler(4, seed=1).state_dict())


def _at(sampler: StorySampler, epoch: int) -> list[int]:
    sampler.set_epoch(epoch)
    return list(sampler)
