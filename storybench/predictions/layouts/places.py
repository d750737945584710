"""From the numbers in file names to stories and frames; what does not follow becomes a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storybench.errors import InputError
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.recognition import Question
from storybench.predictions.layouts.split import OFFICIAL, Split

RAW = "story-id"
"""The order of the numbers that a release itself gives to stories; it has gaps in every split."""

LOST = 0.05
"""Share of raw ids that may be of stories which a build has lost."""


@dataclass(frozen=True)
class Placed:
    """Story ids by number; or why there are none yet."""

    stories: Mapping[int, str]
    why: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True)
class Framed:
    """Frames k by number (0 is the source's place); or why there are none yet."""

    frames: Mapping[int, int]
    why: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    refusal: str | None = None


def place(
    numbers: Iterable[int],
    split: Split,
    answers: Answers,
    *,
    documented: str = OFFICIAL,
    first: int = 0,
) -> Placed:
    """Which story each number stands for.

    A number is a place in an order of the split, counted from 0 or 1, or, in an order with gaps
    ("story-id"), the place itself. The documented way stands where the numbers fit it; where they
    contradict it, another one is taken only if it is the only one that they fit.

    Args:
        numbers: those in the names.
        split: what is known of the split.
        answers: `order` and `first-index` overrule.
        documented: the order that the layout's writer follows.
        first: what its writer counts from.
    """
    there = set(numbers)
    if documented not in split.order_names and "order" not in answers and split.orders:
        return Placed({}, questions=(_unknown_order(documented, split),))
    wanted = answers.get("order", documented if documented in split.order_names else OFFICIAL)
    ways = _ways(split, answers, wanted, first)
    fitting = [way for way, table in ways.items() if _fits(there, way, table, documented)]
    if not fitting:
        return Placed({}, refusal=_no_way(there, split, ways))
    own = [way for way in fitting if way[0] == wanted]
    if len(own) > 1 and first == 0:
        return Placed({}, questions=(_which_index(there, split),))
    if not own and len({_reading(there, ways[way]) for way in fitting}) > 1:
        return Placed({}, questions=(_which(fitting, wanted),))
    order, start = (own or fitting)[0]
    table = ways[order, start]
    placed = {n: table[n] for n in there if n in table}
    return Placed(placed, why=_told(order, start, there, placed, wanted))


def frames(
    numbers: Iterable[int],
    n_targets: int,
    answers: Answers,
    *,
    begins: str | None,
) -> Framed:
    """Which frame of a story each number stands for.

    With `n_targets` + 1 numbers the first is the source's place; with fewer, `begins` says what the
    number 0 is by the layout's writer: "source", "target", or None where nobody does.
    """
    there = sorted(set(numbers))
    start, end = there[0], there[-1]
    if end - start > n_targets or end > n_targets + 1:
        return Framed(
            {},
            refusal=f"Expected at most {n_targets + 1} frames a story, found the numbers {start} "
            f"to {end}. Is it another story length? Build shards of that length.",
        )
    begins = answers.get("first-frame", begins)
    if end == n_targets + 1:  # counted from 1 with the source
        shift, told = -1, f"frames {start} to {end}, counted from 1: the first is the source's."
    elif start == 0 and end == n_targets:
        shift, told = 0, f"frames 0 to {end}: frame 0 is the source's place."
    elif start > 0:
        shift, told = 0, f"frames {start} to {end}: there is no frame 0."
    elif begins is None:
        return Framed({}, questions=(_which_first(end),))
    else:
        shift = 0 if begins == "source" else 1
        told = f"frames 0 to {end}: frame 0 is the {'source' if not shift else 'first target'}."
    return Framed({n: n + shift for n in there}, why=(f"Of each story {told}",))


def _ways(
    split: Split, answers: Answers, wanted: str, first: int
) -> dict[tuple[str, int], dict[int, str]]:
    """Every way to read the numbers that the answers leave, the wanted one first."""
    if wanted not in split.order_names:
        raise InputError(
            f"Expected one of the orders {', '.join(split.order_names)} of {split.dataset} "
            f"{split.name}, found --order {wanted}."
        )
    names = [wanted] if "order" in answers else [wanted, *split.order_names]
    index = answers.number("first-index")
    starts = [index] if index is not None else [first, 1 - first]
    ways: dict[tuple[str, int], dict[int, str]] = {}
    for name in dict.fromkeys(names):
        for start in [0] if name == RAW else starts:
            ways[name, start] = {k + start: of for k, of in split.places(name).items()}
    return ways


def _fits(there: set[int], way: tuple[str, int], table: Mapping[int, str], documented: str) -> bool:
    """Whether the numbers can be places in that table, which lacks what a build has lost."""
    odd = there - table.keys()
    if way[0] == RAW:
        return len(odd) <= (LOST * len(there) if documented == RAW else 0)
    return all(way[1] <= n < max(table, default=0) for n in odd)


def _reading(there: set[int], table: Mapping[int, str]) -> tuple[str | None, ...]:
    return tuple(table.get(n) for n in sorted(there))


def _unknown_order(documented: str, split: Split) -> Question:
    return Question(
        "order",
        f"the writer of this layout numbers stories in the order {documented!r}, which the build "
        "does not have.",
        split.order_names,
    )


def _which(fitting: Sequence[tuple[str, int]], wanted: str) -> Question:
    orders = tuple(dict.fromkeys(order for order, _ in fitting))
    if len(orders) > 1:
        return Question(
            "order",
            f"the story numbers do not fit the order {wanted!r} that is usual here, and fit "
            "several others.",
            orders,
        )
    return Question("first-index", "do the numbers of the stories begin with 0 or 1?", ("0", "1"))


def _which_index(there: set[int], split: Split) -> Question:
    return Question(
        "first-index",
        f"story numbers go from {min(there):,} to {max(there):,} and the split has "
        f"{len(split.ids):,}: do they begin with 0, the first being lost, or with 1?",
        ("0", "1"),
    )


def _which_first(end: int) -> Question:
    return Question(
        "first-frame",
        f"each story has the frames 0 to {end}, as many as it has targets: is frame 0 the source, "
        "the last target being lost, or the first target?",
        ("source", "target"),
    )


def _no_way(
    there: set[int], split: Split, ways: Mapping[tuple[str, int], Mapping[int, str]]
) -> str:
    tried = ", ".join(dict.fromkeys(order for order, _ in ways))
    return (
        f"Expected story numbers of {split.dataset} {split.name}, which has {len(split.ids):,} "
        f"stories (orders tried: {tried}), found {len(there):,} numbers from {min(there):,} to "
        f"{max(there):,}. Were they made for another split or build?"
    )


def _told(
    order: str, start: int, there: set[int], placed: Mapping[int, str], wanted: str
) -> tuple[str, ...]:
    reason = "" if order == wanted else f": they do not fit the order {wanted!r}, and this alone"
    if order == RAW:
        told = [f"Story numbers up to {max(there):,} are the release's own story ids{reason}."]
    else:
        told = [f"Story numbers count from {start} in the {order} order{reason}."]
    if n := len(there) - len(placed):
        told.append(f"{n:,} story numbers are of stories that the build does not have.")
    return tuple(told)
