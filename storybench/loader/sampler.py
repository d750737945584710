"""Which stories a process trains on and in which order, so that a run can go on where it stopped.

The order of an epoch is a hash of (seed, epoch, story); rank r of w takes every w-th story of it.
So whatever all ranks together have consumed is a beginning of the order, and what remains can be
shared out again exactly, among as many ranks as there are then.

What was consumed only the training loop knows: workers fetch ahead. So the loop says so::

    sampler = StorySampler(len(dataset), rank=rank, world=world)
    loader = DataLoader(dataset, batch_size=8, sampler=sampler, num_workers=2)
    for epoch in range(sampler.epoch, 5):             # after `load_state_dict`, where it stopped
        sampler.set_epoch(epoch)
        dataset.set_epoch(epoch)
        for batch in loader:
            step(batch)
            sampler.advance(len(batch["id"]))
            save({"sampler": sampler.state_dict()})

All ranks take steps together, as distributed training has them do; save the state of rank 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from storybench.errors import InputError

Tail = Literal["uneven", "drop", "pad"]
TAILS = ("uneven", "drop", "pad")


class StorySampler:
    """Indices for one rank, for `torch.utils.data.DataLoader(sampler=…)`; needs no torch.

    Args:
        n: how many stories there are.
        rank: which process this is, from 0.
        world: how many processes there are.
        shuffle: a new order each epoch; else 0, 1, ….
        seed: of the order; the same on all ranks.
        tail: what to do when `world` does not divide what is left of an epoch. "uneven": every
            story exactly once, some ranks one more than others. "drop": leave the last few out.
            "pad": repeat the first few. Gradients that are averaged over ranks need one of the
            latter two, or the ranks with less would be waited for.

    Raises:
        InputError: `rank` is not below `world`, or another value that makes no sense.
    """

    def __init__(
        self,
        n: int,
        *,
        rank: int = 0,
        world: int = 1,
        shuffle: bool = True,
        seed: int = 0,
        tail: Tail = "uneven",
    ) -> None:
        if n < 0 or not 0 <= rank < world:
            raise InputError(
                f"Expected a count of stories and a rank below the number of ranks, found {n} "
                f"stories and rank {rank} of {world}."
            )
        if tail not in TAILS:
            raise InputError(f"Expected tail to be {' or '.join(TAILS)}, found {tail!r}.")
        self.n, self.rank, self.world = n, rank, world
        self.shuffle, self.seed, self.tail = shuffle, seed, tail
        self._epoch, self._start, self._advanced = 0, 0, 0

    @property
    def epoch(self) -> int:
        """The epoch that `iter` gives, from 0."""
        return self._epoch

    @property
    def n_consumed(self) -> int:
        """How many stories of the epoch all ranks together have consumed."""
        return min(self._start + self._advanced * self.world, self.n)

    def __len__(self) -> int:
        """How many indices `iter` gives now, to this rank."""
        return len(range(self.n_consumed + self.rank, self._end(), self.world))

    def __iter__(self) -> Iterator[int]:
        """What this rank has not consumed of the epoch, in order."""
        order = self.order()
        places = range(self.n_consumed + self.rank, self._end(), self.world)
        return iter([order[place % self.n] for place in places])

    def order(self) -> list[int]:
        """The whole epoch, for all ranks together."""
        indices = range(self.n)
        return sorted(indices, key=self._hash) if self.shuffle else list(indices)

    def set_epoch(self, epoch: int) -> None:
        """Go to the beginning of an epoch; if it is the one at hand, stay where it is.

        Raises:
            InputError: `epoch` is negative.
        """
        if epoch != self._epoch:
            self.resume(epoch, 0)

    def resume(self, epoch: int, n_consumed: int) -> None:
        """Go to where all ranks together have consumed so many stories of an epoch.

        The end of an epoch is the beginning of the next.

        Raises:
            InputError: there is no such place.
        """
        if epoch < 0 or not 0 <= n_consumed <= self.n:
            raise InputError(
                f"Expected an epoch from 0 and at most {self.n:,} stories consumed, found epoch "
                f"{epoch} and {n_consumed:,}."
            )
        is_over = 0 < n_consumed == self.n
        self._epoch, self._start = (epoch + 1, 0) if is_over else (epoch, n_consumed)
        self._advanced = 0

    def advance(self, count: int) -> None:
        """Say that the loop of this rank has consumed `count` more; the last one ends the epoch.

        Raises:
            InputError: that is more than the epoch has left.
        """
        left = len(self)
        if not 0 <= count <= left:
            raise InputError(
                f"Expected at most the {left:,} stories that epoch {self._epoch} has left for rank "
                f"{self.rank}, found {count:,}. Does the loop count a batch twice?"
            )
        if 0 < count == left:
            self.resume(self._epoch + 1, 0)
        else:
            self._advanced += count

    def state_dict(self) -> dict[str, int | bool]:
        """Plain numbers for a checkpoint: what the order depends on, and the place in it."""
        return {**self._identity(), "epoch": self.epoch, "n_consumed": self.n_consumed}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where a checkpoint was saved, by however many ranks.

        Raises:
            InputError: the checkpoint belongs to another order.
        """
        found = {name: state.get(name) for name in self._identity()}
        if found != self._identity():
            raise InputError(
                f"Expected the state of a sampler with {_listed(self._identity())}, found "
                f"{_listed(found)}: its order is another. Resume with the same data and seed."
            )
        self.resume(int(state["epoch"]), int(state["n_consumed"]))

    def _identity(self) -> dict[str, int | bool]:
        return {"n": self.n, "seed": self.seed, "shuffle": self.shuffle}

    def _end(self) -> int:
        """How far the ranks go together, counted from the start of the epoch."""
        rest = (self.n - self._start) % self.world
        if self.tail == "uneven" or rest == 0:
            return self.n
        return self.n - rest if self.tail == "drop" else self.n - rest + self.world

    def _hash(self, index: int) -> bytes:
        return hashlib.blake2b(
            f"{self.seed}/{self._epoch}/{index}".encode(), digest_size=16
        ).digest()


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
