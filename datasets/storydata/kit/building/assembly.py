"""From finished shards to a dataset: indices, drops, cards, and last of all the manifest.

Everything is read back from the receipts, one shard at a time, in the order of the plan; so it does
not matter who made the shards, when, or in which order, and memory does not grow with the stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from storybench.errors import InputError, RawDataError
from storybench.files import write_atomic, write_json
from storybench.shards.clip_index import CLIP_INDEX_NAME, ClipRow, write_clip_index
from storybench.shards.index import INDEX_NAME, IndexRow, write_index
from storybench.shards.manifest import (
    MANIFEST_NAME,
    ClipShardEntry,
    Manifest,
    RawEntry,
    ShardEntry,
    file_entry,
    make_manifest,
    write_manifest,
)
from storydata.kit.building.card import Tallies, card
from storydata.kit.building.croissant import CROISSANT_NAME, croissant
from storydata.kit.building.plan import Plan, ShardPlan
from storydata.kit.building.receipts import Receipt, Seen, read_receipt, see_raw
from storydata.kit.drops import Drop, ordered, tally, write_drops

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
    found = _gather(plan, directory)
    if not found.stories.total():
        (directory / MANIFEST_NAME).unlink(missing_ok=True)
        raise RawDataError(_nothing_left(plan, directory))
    write_index(directory / INDEX_NAME, _unique_rows(plan, directory))
    _write_clip_index(plan, directory)
    write_drops(directory / DROPS_NAME, _drops(plan, directory))
    tallies = _tallies(plan, found)
    text = card(plan.spec, options=plan.options, tallies=tallies)
    write_atomic(directory / CARD_NAME, text.encode())
    names = (INDEX_NAME, *([CLIP_INDEX_NAME] if found.clips else []), DROPS_NAME, CARD_NAME)
    files = [file_entry(directory / name) for name in names]
    described = croissant(plan.spec, shards=found.shards, clips=found.clips, files=files)
    write_json(directory / CROISSANT_NAME, described)
    manifest = make_manifest(
        plan.spec,
        shards=found.shards,
        clips=found.clips,
        files=[*files, file_entry(directory / CROISSANT_NAME)],
        raw=_raw_entries(found.raw),
        options=plan.options,
        drops=tallies.drops,
        n_planned=plan.n_planned,
        n_dropped=tallies.n_dropped,
    )
    write_manifest(directory, manifest)
    return manifest


@dataclass
class _Found:
    """What the receipts say together: counts are of stories by split, and of drops and licences."""

    shards: list[ShardEntry] = field(default_factory=list)
    clips: list[ClipShardEntry] = field(default_factory=list)
    raw: dict[str, Seen] = field(default_factory=dict)
    stories: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    drops: Counter[str] = field(default_factory=Counter)
    n_dropped: int = 0

    def add_drops(self, drops: Iterable[Drop]) -> None:
        """Count some more."""
        drops = list(drops)
        self.drops.update(tally(drops))
        self.n_dropped += sum(drop.kind == "story" for drop in drops)


def _gather(plan: Plan, directory: Path) -> _Found:
    """Everything but the rows, in one pass over the receipts."""
    found = _Found(raw={file.name: see_raw(file) for file in plan.raw_files})
    found.add_drops(plan.drops)
    for shard, receipt in _receipts(plan, directory):
        if shard.holds == "clips":
            found.clips.append(_clip_entry(shard, receipt))
        else:
            found.shards.append(_shard_entry(shard, receipt))
            found.stories[shard.split] += len(receipt.rows)
        found.raw.update(receipt.raw)
        found.licences.update(receipt.licences)
        found.add_drops(receipt.drops)
    return found


def _nothing_left(plan: Plan, directory: Path) -> str:
    reasons = dict.fromkeys(drop.reason for drop in _drops(plan, directory) if drop.kind == "story")
    first = " ".join(islice(reasons, N_REASONS))
    return (
        f"Expected at least one whole story of {plan.n_planned:,} planned, found every one lost. "
        f"The first reasons: {first or 'none was planned.'} There is no dataset: mend the raw "
        "files and run the same command again."
    )


def _receipts(
    plan: Plan, directory: Path, *, holds: str | None = None
) -> Iterator[tuple[ShardPlan, Receipt]]:
    """Each shard of the plan with its receipt, or those of one kind."""
    for shard in plan.shards:
        if holds not in (None, shard.holds):
            continue
        receipt = read_receipt(directory, shard.name)
        assert receipt is not None, f"no receipt of {shard.name} after it was made"
        yield shard, receipt


def _unique_rows(plan: Plan, directory: Path) -> Iterator[tuple[IndexRow, ...]]:
    """The rows of each shard; no story id may come twice in the dataset."""
    seen: set[str] = set()
    for _, receipt in _receipts(plan, directory, holds="stories"):
        for row in receipt.rows:
            _check_new(row, seen, noun="story")
        yield receipt.rows


def _write_clip_index(plan: Plan, directory: Path) -> None:
    """The index of raw clips, where the plan has any; no clip may come twice either."""
    path = directory / CLIP_INDEX_NAME
    if any(shard.holds == "clips" for shard in plan.shards):
        write_clip_index(path, _unique_clips(plan, directory))
    else:
        path.unlink(missing_ok=True)


def _unique_clips(plan: Plan, directory: Path) -> Iterator[tuple[ClipRow, ...]]:
    seen: set[str] = set()
    for _, receipt in _receipts(plan, directory, holds="clips"):
        for row in receipt.clips:
            _check_new(row, seen, noun="clip")
        yield receipt.clips


def _check_new(row: IndexRow | ClipRow, seen: set[str], *, noun: str) -> None:
    if row.key in seen:
        raise InputError(
            f"Expected every {noun} id once, found {row.key} in {row.shard} and in an earlier "
            "shard. Two raw files or records must have the same id."
        )
    seen.add(row.key)


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


def _clip_entry(plan: ShardPlan, receipt: Receipt) -> ClipShardEntry:
    return ClipShardEntry(
        name=plan.name,
        sha256=receipt.shard.sha256,
        size=receipt.shard.size,
        n_clips=len(receipt.clips),
    )


def _raw_entries(seen: Mapping[str, Seen]) -> list[RawEntry]:
    """Every raw file once, by name: those the plan was read from, and those of the shards."""
    return [
        RawEntry(path=name, size=file.size, sha256=file.sha256)
        for name, file in sorted(seen.items())
    ]


def _tallies(plan: Plan, found: _Found) -> Tallies:
    n_built = found.stories.total()
    assert plan.n_planned == n_built + found.n_dropped, "a story is neither built nor dropped"
    return Tallies(
        stories=found.stories,
        shards=Counter(entry.split for entry in found.shards),
        n_clips=sum(entry.n_clips for entry in found.clips),
        licences=found.licences,
        n_raw_files=len(found.raw),
        raw_bytes=sum(file.size for file in found.raw.values()),
        n_planned=plan.n_planned,
        n_dropped=found.n_dropped,
        drops=ordered(found.drops),
    )
