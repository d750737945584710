"""Make one shard, or keep the one that stands: the work that engines hand out.

A shard is kept if the row of the plan and every raw file are what its receipt says and its own
bytes are those that were written. A raw file that is there and cannot be read costs the stories of
its unit, not the build; the next run tries it again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from storybench.errors import InputError, RawDataError
from storybench.files import sha256_json, space_guard
from storybench.lock import at_work
from storybench.shards.clip_format import ClipRecord
from storybench.shards.clip_index import ClipRow
from storybench.shards.format import FORMAT, StoryRecord
from storybench.shards.index import IndexRow
from storybench.shards.manifest import versions
from storybench.shards.writer import ShardWriter
from storydata.kit.building.plan import Plan, ShardPlan, Unit
from storydata.kit.building.receipts import (
    FOLDER,
    Receipt,
    Seen,
    read_receipt,
    see,
    see_raw,
    write_receipt,
)
from storydata.kit.building.recipe import Recipe
from storydata.kit.drops import Drop
from storydata.kit.raw import RawFile

WORK_LOCK = "work.lock"
UNREADABLE = "file unreadable"


@dataclass(frozen=True)
class Job:
    """One shard to be made or kept, with all that a worker needs for it."""

    recipe: Recipe
    directory: Path
    shard: ShardPlan
    n_targets: int
    fingerprint: str

    @property
    def path(self) -> Path:
        """Where the shard stands."""
        return self.directory / self.shard.name


def jobs(recipe: Recipe, plan: Plan, directory: Path) -> list[Job]:
    """One job a shard, in the order of the plan."""
    common = sha256_json(
        {
            "format": FORMAT,
            "recipe": f"{type(recipe).__module__}.{type(recipe).__qualname__}",
            "dataset": [plan.spec.name, plan.spec.version, plan.spec.n_targets],
            "options": dict(plan.options),
            "versions": {name: v for name, v in versions().items() if name != "python"},
        }
    )
    return [
        Job(recipe, directory, shard, plan.spec.n_targets, _fingerprint(shard, common))
        for shard in plan.shards
    ]


def stands(job: Job) -> bool:
    """Whether the shard is finished and nothing was touched since; looks at no content."""
    receipt = read_receipt(job.directory, job.shard.name)
    return (
        receipt is not None
        and receipt.fingerprint == job.fingerprint
        and receipt.shard.is_still(job.path)
        and all(
            file.name in receipt.raw and receipt.raw[file.name].is_still_of(file)
            for file in _raw_files(job.shard)
        )
    )


def make_or_keep(job: Job) -> bool:
    """Make the shard and its receipt unless it stands; returns whether it was made.

    Raises:
        NoSpaceError: the disk is full; nothing half-written stays.
        MissingError: a raw file of the plan is gone.
        InputError: the recipe made a story with another number of frames than its spec says.
    """
    with at_work(job.directory / FOLDER / WORK_LOCK), space_guard(job.path):
        receipt = read_receipt(job.directory, job.shard.name)
        raw, unreadable = _look(job.shard, receipt.raw if receipt else {})
        if receipt is not None and _is_made_from(receipt, job, raw):
            kept = replace(receipt, shard=see(job.path), raw=raw)
            write_receipt(job.directory, job.shard.name, kept)
            return False
        rows, clips, drops = _make(job, unreadable)
        made = Receipt(
            fingerprint=job.fingerprint,
            shard=see(job.path),
            raw=raw,
            rows=tuple(rows),
            clips=tuple(clips),
            drops=tuple(drops),
            licences=dict(Counter(licence or "" for row in rows for licence in row.licences)),
        )
        write_receipt(job.directory, job.shard.name, made)
        return True


def _look(shard: ShardPlan, known: Mapping[str, Seen]) -> tuple[dict[str, Seen], dict[str, str]]:
    """Every raw file as it is now; of those that cannot be read, why."""
    seen: dict[str, Seen] = {}
    unreadable: dict[str, str] = {}
    for file in _raw_files(shard):
        try:
            seen[file.name] = see_raw(file, known.get(file.name))
        except RawDataError as error:
            unreadable[file.name] = file.reason(error)
    return seen, unreadable


def _make(
    job: Job, unreadable: Mapping[str, str]
) -> tuple[list[IndexRow], list[ClipRow], list[Drop]]:
    rows: list[IndexRow] = []
    clips: list[ClipRow] = []
    drops: list[Drop] = []
    with ShardWriter(job.path) as writer:
        for unit in job.shard.units:
            for made in _made(job.recipe, unit, unreadable):
                if isinstance(made, Drop):
                    drops.append(made)
                elif isinstance(made, ClipRecord):
                    clips.append(writer.add_clip(made))
                else:
                    rows.append(writer.add(_checked(made, job.n_targets)))
    return rows, clips, drops


def _made(
    recipe: Recipe, unit: Unit, unreadable: Mapping[str, str]
) -> Iterator[StoryRecord | ClipRecord | Drop]:
    """What the recipe makes of a unit; of an unreadable one, what it loses by an empty file.

    Of a unit of several files, the recipe itself meets the one that cannot be read.
    """
    reasons = [unreadable[file.name] for file in unit.files if file.name in unreadable]
    if not reasons or len(unit.files) > 1:
        yield from recipe.make(unit)
        return
    empty = tuple(replace(file, place=os.devnull) for file in unit.files)
    for made in recipe.make(replace(unit, files=empty)):
        assert isinstance(made, Drop), f"{made.key} was made of an empty file"
        yield replace(made, step=UNREADABLE, reason=reasons[0])


def _checked(record: StoryRecord, n_targets: int) -> StoryRecord:
    if len(record.frames) != n_targets + 1:
        raise InputError(
            f"Expected a source frame and {n_targets} targets in story {record.key}, as the spec "
            f"of the dataset says, found {len(record.frames)} frames. The recipe must be mended."
        )
    return record


def _is_made_from(receipt: Receipt, job: Job, raw: dict[str, Seen]) -> bool:
    return (
        receipt.fingerprint == job.fingerprint
        and {name: seen.sha256 for name, seen in receipt.raw.items()}
        == {name: seen.sha256 for name, seen in raw.items()}
        and job.path.is_file()
        and see(job.path, receipt.shard).sha256 == receipt.shard.sha256
    )


def _raw_files(shard: ShardPlan) -> list[RawFile]:
    """Every raw file of the shard once, in order."""
    return list({file.name: file for unit in shard.units for file in unit.files}.values())


def _fingerprint(shard: ShardPlan, common: str) -> str:
    row = {
        "common": common,
        "name": shard.name,
        "split": shard.split,
        "units": [
            {
                "split": unit.split,
                "files": [file.name for file in unit.files],
                "payload": unit.payload,
                "n_stories": unit.n_stories,
            }
            for unit in shard.units
        ],
    }
    return sha256_json(row)
