"""From finished shards to a dataset: indices, drops, cards, and last of all the manifest.

Everything is read back from the receipts, one shard at a time, in the order of the plan, as soon as
the shard stands; so it does not matter who made the shards, when, or in which order. Of what is
done, only ids and raw files are kept in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
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


WaitFor = Callable[[str], None]
"""Returns when the shard of that name stands."""


def assemble(plan: Plan, directory: Path, wait_for: WaitFor) -> Manifest:
    """Write everything that stands beside the shards, each of which is waited for.

    Raises:
        RawDataError: not one story is left; then nothing is written, and no manifest stays.
        InputError: two shards hold a story of the same id.
        NoSpaceError: the disk is full.
    """
    found = _Found(raw={file.name: see_raw(file) for file in plan.raw_files})
    found.add_drops(plan.drops)
    try:
        write_index(directory / INDEX_NAME, _rows(plan, directory, found, wait_for))
    except RawDataError:
        (directory / MANIFEST_NAME).unlink(missing_ok=True)
        raise
    _write_clip_index(plan, directory, found, wait_for)
    write_drops(directory / DROPS_NAME, _drops(plan, directory, found))
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
    """What the receipts say together, gathered in one pass while their rows are written.

    Counts are of stories by split, and of drops and licences; `lossy` names shards with drops.
    """

    shards: list[ShardEntry] = field(default_factory=list)
    clips: list[ClipShardEntry] = field(default_factory=list)
    raw: dict[str, Seen] = field(default_factory=dict)
    stories: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    drops: Counter[str] = field(default_factory=Counter)
    n_dropped: int = 0
    lossy: set[str] = field(default_factory=set)

    def add(self, shard: ShardPlan, receipt: Receipt) -> None:
        """Take in one shard."""
        if shard.holds == "clips":
            self.clips.append(_clip_entry(shard, receipt))
        else:
            self.shards.append(_shard_entry(shard, receipt))
            self.stories[shard.split] += len(receipt.rows)
        self.raw.update(receipt.raw)
        self.licences.update(receipt.licences)
        self.add_drops(receipt.drops)
        if receipt.drops:
            self.lossy.add(shard.name)

    def add_drops(self, drops: Sequence[Drop]) -> None:
        """Count some more."""
        self.drops.update(tally(drops))
        self.n_dropped += sum(drop.kind == "story" for drop in drops)


def _nothing_left(plan: Plan, directory: Path, found: _Found) -> str:
    drops = _drops(plan, directory, found)
    reasons = dict.fromkeys(drop.reason for drop in drops if drop.kind == "story")
    first = " ".join(islice(reasons, N_REASONS))
    return (
        f"Expected at least one whole story of {plan.n_planned:,} planned, found every one lost. "
        f"The first reasons: {first or 'none was planned.'} There is no dataset: mend the raw "
        "files and run the same command again."
    )


def _receipt(directory: Path, shard: ShardPlan) -> Receipt:
    receipt = read_receipt(directory, shard.name)
    assert receipt is not None, f"no receipt of {shard.name} after it was made"
    return receipt


def _rows(
    plan: Plan, directory: Path, found: _Found, wait_for: WaitFor
) -> Iterator[tuple[IndexRow, ...]]:
    """The rows of each shard of stories; no story id may come twice in the dataset.

    Raises:
        RawDataError: in the end there was none, so that no index appears.
    """
    seen: set[str] = set()
    for shard in plan.shards:
        if shard.holds == "stories":
            wait_for(shard.name)
            receipt = _receipt(directory, shard)
            found.add(shard, receipt)
            for row in receipt.rows:
                _check_new(row, seen, noun="story")
            yield receipt.rows
    if not seen:
        raise RawDataError(_nothing_left(plan, directory, found))


def _write_clip_index(plan: Plan, directory: Path, found: _Found, wait_for: WaitFor) -> None:
    """The index of raw clips, where the plan has any; no clip may come twice either."""
    path = directory / CLIP_INDEX_NAME
    if any(shard.holds == "clips" for shard in plan.shards):
        write_clip_index(path, _clip_rows(plan, directory, found, wait_for))
    else:
        path.unlink(missing_ok=True)


def _clip_rows(
    plan: Plan, directory: Path, found: _Found, wait_for: WaitFor
) -> Iterator[tuple[ClipRow, ...]]:
    seen: set[str] = set()
    for shard in plan.shards:
        if shard.holds == "clips":
            wait_for(shard.name)
            receipt = _receipt(directory, shard)
            found.add(shard, receipt)
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


def _drops(plan: Plan, directory: Path, found: _Found) -> Iterator[Drop]:
    """Those of the plan, then those of the shards that have any."""
    yield from plan.drops
    for shard in plan.shards:
        if shard.name in found.lossy:
            yield from _receipt(directory, shard).drops


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
