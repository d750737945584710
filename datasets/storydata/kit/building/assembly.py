"""From finished shards to a finished dataset: index, drops, card, and last of all the manifest.

Everything is read back from the receipts, one shard at a time, in the order of the plan; so it does
not matter who made the shards, when, or in which order, and memory does not grow with the stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from storybench.errors import InputError, RawDataError
from storybench.files import write_atomic
from storybench.shards.index import INDEX_NAME, IndexRow, write_index
from storybench.shards.manifest import (
    MANIFEST_NAME,
    Manifest,
    RawEntry,
    ShardEntry,
    file_entry,
    make_manifest,
    write_manifest,
)
from storydata.kit.building.card import Tallies, card
from storydata.kit.building.plan import Plan, ShardPlan
from storydata.kit.building.receipts import Receipt, Seen, read_receipt, see
from storydata.kit.drops import Drop, tally, write_drops

DROPS_NAME = "drops.jsonl"
CARD_NAME = "README.md"
N_REASONS = 3


def assemble(plan: Plan, directory: Path) -> Manifest:
    """Write everything that stands beside the shards.

    Raises:
        RawDataError: not one story is left; then nothing is written, and no manifest stays.
        InputError: two shards hold a story of the same id.
        NoSpaceError: the disk is full.
    """
    _check_any(plan, directory)
    write_index(directory / INDEX_NAME, _unique_rows(plan, directory))
    write_drops(directory / DROPS_NAME, _drops(plan, directory))
    shards = [_shard_entry(shard, receipt) for shard, receipt in _receipts(plan, directory)]
    raw = _raw_entries(plan, directory)
    tallies = _tallies(plan, directory, shards=shards, raw=raw)
    text = card(plan.spec, options=plan.options, tallies=tallies)
    write_atomic(directory / CARD_NAME, text.encode())
    manifest = make_manifest(
        plan.spec,
        shards=shards,
        files=[file_entry(directory / name) for name in (INDEX_NAME, DROPS_NAME, CARD_NAME)],
        raw=raw,
        options=plan.options,
        drops=tallies.drops,
        n_planned=plan.n_planned,
        n_dropped=tallies.n_dropped,
    )
    write_manifest(directory, manifest)
    return manifest


def _check_any(plan: Plan, directory: Path) -> None:
    if any(receipt.rows for _, receipt in _receipts(plan, directory)):
        return
    (directory / MANIFEST_NAME).unlink(missing_ok=True)
    reasons = dict.fromkeys(drop.reason for drop in _drops(plan, directory) if drop.kind == "story")
    first = " ".join(islice(reasons, N_REASONS))
    raise RawDataError(
        f"Expected at least one whole story of {plan.n_planned:,} planned, found every one lost. "
        f"The first reasons: {first or 'none was planned.'} There is no dataset: mend the raw "
        "files and run the same command again."
    )


def _receipts(plan: Plan, directory: Path) -> Iterator[tuple[ShardPlan, Receipt]]:
    for shard in plan.shards:
        receipt = read_receipt(directory, shard.name)
        assert receipt is not None, f"no receipt of {shard.name} after it was made"
        yield shard, receipt


def _unique_rows(plan: Plan, directory: Path) -> Iterator[tuple[IndexRow, ...]]:
    """The rows of each shard; no story id may come twice in the dataset."""
    seen: set[str] = set()
    for _, receipt in _receipts(plan, directory):
        for row in receipt.rows:
            if row.key in seen:
                raise InputError(
                    f"Expected every story id once, found {row.key} in {row.shard} and in an "
                    "earlier shard. Two raw files or records must have the same id."
                )
            seen.add(row.key)
        yield receipt.rows


def _drops(plan: Plan, directory: Path) -> Iterator[Drop]:
    made = (receipt.drops for _, receipt in _receipts(plan, directory))
    return chain(plan.drops, chain.from_iterable(made))


def _shard_entry(plan: ShardPlan, receipt: Receipt) -> ShardEntry:
    return ShardEntry(
        name=plan.name,
        split=plan.split,
        sha256=receipt.shard.sha256,
        size=receipt.shard.size,
        n_stories=len(receipt.rows),
    )


def _raw_entries(plan: Plan, directory: Path) -> list[RawEntry]:
    """Every raw file once, by name: those the plan was read from, and those of the shards."""
    seen: dict[str, Seen] = {file.name: see(file.path) for file in plan.raw_files}
    for _, receipt in _receipts(plan, directory):
        seen.update(receipt.raw)
    return [
        RawEntry(path=name, size=file.size, sha256=file.sha256)
        for name, file in sorted(seen.items())
    ]


def _tallies(
    plan: Plan, directory: Path, *, shards: list[ShardEntry], raw: list[RawEntry]
) -> Tallies:
    stories: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    for entry in shards:
        stories[entry.split] += entry.n_stories
    for _, receipt in _receipts(plan, directory):
        licences.update(receipt.licences)
    n_dropped = sum(drop.kind == "story" for drop in _drops(plan, directory))
    assert plan.n_planned == stories.total() + n_dropped, "a story is neither built nor dropped"
    return Tallies(
        stories=stories,
        shards=Counter(entry.split for entry in shards),
        licences=licences,
        n_raw_files=len(raw),
        raw_bytes=sum(entry.size for entry in raw),
        n_planned=plan.n_planned,
        n_dropped=n_dropped,
        drops=tally(_drops(plan, directory)),
    )
