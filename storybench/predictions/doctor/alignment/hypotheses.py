"""Every way in which predictions are known to have been claimed for the wrong slots.

A hypothesis says of each claimed slot which slot its picture truly shows. Shifts of stories and
frames, batches written frame by frame, text order, other orders of the release, the source counted
as a frame, shards of a parallel run, and all of these on top of each other order of the stories;
each with the row of the list of known bugs that it belongs to (A02, A03, …).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.material import Numbers

BATCHES = range(2, 65)
SHARDS = range(2, 17)
STRIDES = range(2, 6)
STORY_SHIFTS = (-2, -1, 0, 1, 2)
FRAME_SHIFTS = (-1, 0, 1)
ALL_ORDERS_OF = 4
"""Up to this many targets every order of them is tried, beyond it the reversed one and turns."""


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """The picture claimed for row i, place j shows frame k[i, j] of story[i, j].

    Attributes:
        name: a few words.
        rule: the known bug, "" for the claim itself.
        answer: the options of `storybench preds convert` that say so, "" where none does.
        story: (n, t); outside 0…n-1 for none.
        k: (n, t); 0 is the source, outside 0…t none.
    """

    name: str
    rule: str
    answer: str
    story: Numbers
    k: Numbers

    @property
    def key(self) -> bytes:
        """Equal for hypotheses that say the same."""
        return self.story.tobytes() + self.k.tobytes()


def claim(n: int, t: int) -> Hypothesis:
    """That every picture shows what it is claimed for."""
    return _slots("as claimed", "", "", *_grid(n, t))


def hypotheses(
    n: int, t: int, orders: Mapping[str, Numbers], places: Numbers | None = None
) -> list[Hypothesis]:
    """All of them, the claim first, each once.

    `places` are those of the stories in the split's own order, 0…n-1 unless some are missing.
    """
    straight = [claim(n, t), *_in_one_order(n, t)]
    found = [*straight, *_raw_ids(t, orders, np.arange(n) if places is None else places)]
    for name, places in orders.items():
        rank = np.argsort(np.argsort(places, kind="stable"), kind="stable")
        if (rank == np.arange(n)).all():
            continue
        found += [_read_as(one, name, rank) for one in straight]
        found.append(_whole(f"stories counted in the official order, read in the order {name!r}",
                            "A05", "--order official", rank, t))  # fmt: skip
        found += [_made_in(one, name, rank) for one in straight[1:]]
    once: dict[bytes, Hypothesis] = {}
    for one in found:
        once.setdefault(one.key, one)
    return list(once.values())


def _in_one_order(n: int, t: int) -> Iterator[Hypothesis]:
    """What can go wrong when the order of the stories is known."""
    yield from _shifts(n, t)
    yield from _frames(n, t)
    for size in BATCHES:
        if size <= n:
            flat = _frame_major(n, t, size)
            answer = f"--batch-size {size}"
            yield _flat(f"frame by frame in batches of {size}", "A03", answer, flat, t)
            yield _flat(
                f"story by story, read as frame by frame in batches of {size}",
                "A03",
                "--batch-size 1",
                np.argsort(flat),
                t,
            )
    yield from _text_orders(n, t)
    for parts in SHARDS:
        if parts < n:
            dealt = np.concatenate([np.arange(part, n, parts) for part in range(parts)])
            yield _whole(f"{parts} interleaved shards, one after the other", "A32",
                         "", dealt, t)  # fmt: skip
            yield _whole(f"{parts} shards in a row, interleaved", "A32",
                         "", np.argsort(dealt), t)  # fmt: skip
    for stride in STRIDES:
        yield _whole(f"every story number {stride} only", "A27", "",
                     np.arange(n) * stride, t)  # fmt: skip
    yield _whole("stories in reverse", "A01", "", np.arange(n)[::-1], t)


def _shifts(n: int, t: int) -> Iterator[Hypothesis]:
    story, k = _grid(n, t)
    for by in STORY_SHIFTS:
        for frames in FRAME_SHIFTS:
            if by or frames:
                name = " and ".join(_shifted(by, "story", "stories") + _shifted(frames, "frame"))
                rule = "A06" if frames != -1 or by else "A07"
                yield _slots(name, rule, "", story + by, k + frames)
    flat = np.arange(n * t)
    for by in (*range(-t + 1, 0), *range(1, t)):
        name = f"one picture {'lost' if by > 0 else 'added'} at the start" if abs(by) == 1 else (
            f"{abs(by)} pictures {'lost' if by > 0 else 'added'} at the start")  # fmt: skip
        yield _flat(name, "A06", "", flat + by, t)
    for size in range(2, t + 3):
        if size == t + 1:
            answer = f"--frames-per-story {size} --first-frame source"
            yield _slots(f"{size} frames a story, the source first", "A28", answer,
                         flat.reshape(n, t) // size, flat.reshape(n, t) % size)  # fmt: skip
        elif size != t:
            yield _slots(f"{size} frames a story", "A28", f"--frames-per-story {size}",
                         flat.reshape(n, t) // size, flat.reshape(n, t) % size + 1)  # fmt: skip


def _frames(n: int, t: int) -> Iterator[Hypothesis]:
    """Other orders of the frames, the same in all stories."""
    story, _ = _grid(n, t)
    back = tuple(range(t, 0, -1))
    turns = [tuple((j + by) % t + 1 for j in range(t)) for by in range(1, t)]
    orders = permutations(range(1, t + 1)) if t <= ALL_ORDERS_OF else iter([back, *turns])
    for order in orders:
        if order != tuple(range(1, t + 1)):
            text = "".join(map(str, order)) if t < 10 else ",".join(map(str, order))
            name = "frames in reverse" if order == back else f"frames in the order {text}"
            yield _slots(name, "A31", "", story,
                         np.broadcast_to(order, (n, t)))  # fmt: skip


def _text_orders(n: int, t: int) -> Iterator[Hypothesis]:
    """Numbers sorted as text: of pictures, stories and batches."""
    for first in (0, 1):
        for width in (1, 2, 3, 4):
            for what, count in (("pictures", n * t), ("stories", n)):
                listed = _as_text(count, first=first, width=width)
                if (listed == np.arange(count)).all():
                    continue
                make = _flat if what == "pictures" else _whole
                name = f"{what} counted from {first}, sorted as text"
                yield make(name, "A02", "", listed, t)
                yield make(f"{name}, the other way", "A02", "", np.argsort(listed), t)
    for size in range(1, 65):
        count = -(-n // size)
        listed = _as_text(count, first=0, width=1)
        if (listed == np.arange(count)).all():
            break  # ten batches or fewer
        stories = np.concatenate(
            [np.arange(one * size, min(n, one * size + size)) for one in listed]
        )
        yield _whole(f"batches of {size}, sorted as text", "A02", "",
                     stories, t)  # fmt: skip


def _raw_ids(t: int, orders: Mapping[str, Numbers], places: Numbers) -> Iterator[Hypothesis]:
    """Ids of a release taken for places in the split, and the other way."""
    n = len(places)
    for name, ids in orders.items():
        if ids.min() == 0 and ids.max() == n - 1:
            continue  # an order of the same stories
        of_id, at_place = (np.full(int(max(ids.max(), places.max())) + 1, -1) for _ in range(2))
        of_id[ids], at_place[places] = np.arange(n), np.arange(n)
        yield _whole(f"{name} taken for the place", "A04", f"--order {name}", of_id[places], t)
        yield _whole(f"the place taken for {name}", "A04", "--order official", at_place[ids], t)


def _read_as(one: Hypothesis, name: str, rank: Numbers) -> Hypothesis:
    """The same fault in a set whose stories were counted in another order."""
    back = np.append(np.argsort(rank), -1)
    story = back[np.where((one.story >= 0) & (one.story < len(rank)), one.story, len(rank))]
    what = f"stories counted in the order {name!r}"
    if one.rule:
        answer = f"--order {name} {one.answer}".strip()
        return Hypothesis(f"{what}, {one.name}", one.rule, answer, story, one.k)
    return Hypothesis(what, "A05", f"--order {name}", story, one.k)


def _made_in(one: Hypothesis, name: str, rank: Numbers) -> Hypothesis:
    """The same fault, made while the stories were in another order; their names are right."""
    n = len(rank)
    back = np.append(np.argsort(rank), -1)
    inner = one.story[rank]
    story = back[np.where((inner >= 0) & (inner < n), inner, n)]
    return Hypothesis(
        f"{one.name} (stories in the order {name!r})", one.rule, "",
        story, one.k[rank],
    )  # fmt: skip


def _frame_major(n: int, t: int, size: int) -> Numbers:
    """Which flat slot (story by story) each picture of a run shows that wrote frame by frame."""
    place = np.arange(n * t)
    start = place // (size * t) * size
    width = np.minimum(size, n - start)
    inside = place - start * t
    return (start + inside % width) * t + inside // width


def _as_text(count: int, *, first: int, width: int) -> Numbers:
    """The numbers 0…count-1, sorted as the texts of them counted from `first`."""
    texts = [f"{number + first:0{width}d}" for number in range(count)]
    return np.array(sorted(range(count), key=texts.__getitem__), np.intp)


def _grid(n: int, t: int) -> tuple[Numbers, Numbers]:
    story, k = np.meshgrid(np.arange(n), np.arange(1, t + 1), indexing="ij")
    return story, k


def _shifted(by: int, one: str, many: str | None = None) -> list[str]:
    if not by:
        return []
    count = f"{abs(by)} {one if abs(by) == 1 else many or one + 's'}"
    return [f"{count} too {'late' if by < 0 else 'early'}"]


def _flat(name: str, rule: str, answer: str, slots: NDArray[np.intp], t: int) -> Hypothesis:
    n = len(slots) // t
    slots = slots.reshape(n, t)
    return _slots(name, rule, answer, slots // t, np.where(slots >= 0, slots % t + 1, -1))


def _whole(name: str, rule: str, answer: str, stories: NDArray[np.intp], t: int) -> Hypothesis:
    story = np.broadcast_to(np.asarray(stories)[:, None], (len(stories), t))
    return _slots(name, rule, answer, story, np.broadcast_to(np.arange(1, t + 1), story.shape))


def _slots(name: str, rule: str, answer: str, story: Numbers, k: Numbers) -> Hypothesis:
    return Hypothesis(
        name, rule, answer, np.ascontiguousarray(story, np.intp), np.ascontiguousarray(k, np.intp)
    )
