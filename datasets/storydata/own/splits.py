"""Which split each episode belongs to: by name, or by a share of the episodes.

Shares are never drawn: the episodes that nobody names are sorted by a hash of (dataset, episode,
seed), and each split takes its count from the front, test first. A new episode can move others, so
a set that is in use writes its names down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from storybench.errors import InputError
from storybench.files import sha256_json
from storybench.shards.format import split_rank
from storybench.spelling import did_you_mean
from storydata.own.settings import SplitTable

NEARLY = 1e-9


def assign(
    episodes: Sequence[str], split: SplitTable, *, dataset: str, storied: frozenset[str]
) -> dict[str, str]:
    """The split of every episode; those that are not `storied` and not named have none.

    Raises:
        InputError: a name fits no episode, an episode is named for two splits or for none, or
            there are too few to share.
    """
    found = _named(episodes, split.names)
    rest = [name for name in episodes if name not in found and name in storied]
    if split.shares:
        return found | _shared(rest, split, dataset)
    if rest and split.train is not None:
        raise InputError(
            f"Expected every episode to be named in [split], found {rest[0]} in none of "
            f"{', '.join(split.names)}. Leave train out, and it gets the rest."
        )
    return found | dict.fromkeys(rest, "train")


def _named(episodes: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for split, patterns in names.items():
        for pattern in patterns:
            fitting = [name for name in episodes if name == pattern or fnmatchcase(name, pattern)]
            if not fitting:
                known = ", ".join(episodes[:5]) + (", …" if len(episodes) > 5 else "")
                raise InputError(
                    f"Expected {split} in [split] to name episodes, found none like {pattern!r}."
                    f"{did_you_mean(pattern, episodes) or f' There are: {known}.'}"
                )
            for name in fitting:
                other = found.setdefault(name, split)
                if other != split:
                    raise InputError(
                        f"Expected every episode in one split, found {name} in {other} and in "
                        f"{split} ({pattern!r})."
                    )
    return found


def _shared(rest: Sequence[str], split: SplitTable, dataset: str) -> dict[str, str]:
    shares = dict(split.shares)
    total = sum(shares.values())
    if total > 1 + NEARLY or (split.train is not None and total < 1 - NEARLY):
        sum_of = " + ".join(f"{share:g}" for share in shares.values())
        raise InputError(
            f"Expected the shares in [split] to make 1, found {sum_of} = {total:g}. "
            "Leave train out, and it gets the rest."
        )
    if total < 1 - NEARLY:
        shares["train"] = 1 - total
    if len(rest) < len(shares):
        raise InputError(
            f"Expected at least {len(shares)} episodes with stories to share among "
            f"{', '.join(sorted(shares, key=split_rank))}, found {len(rest)}"
            f"{f' ({rest[0]})' if rest else ''}. Name episodes instead: "
            'test = ["…"].'
        )
    ordered = sorted(rest, key=lambda name: sha256_json([dataset, name, split.seed]))
    return dict(zip(ordered, _in_turn(shares, len(rest)), strict=True))


def _in_turn(shares: Mapping[str, float], count: int) -> list[str]:
    """The split of each of `count` episodes: every split has one at least, the last what is left.

    >>> _in_turn({"test": 0.2, "train": 0.8}, 5)
    ['test', 'train', 'train', 'train', 'train']
    """
    chosen: list[str] = []
    for k, (split, share) in enumerate(shares.items(), start=1):
        room = count - len(chosen) - (len(shares) - k)
        n = room if k == len(shares) else min(max(1, int(share * count + 0.5)), room)
        chosen += [split] * n
    return chosen
