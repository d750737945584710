"""Make one shard, or keep the one that stands: the work that engines hand out.

A shard is kept if the row of the plan and every raw file are what its receipt says and its own
bytes are those that were written.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from storybench.files import sha256_bytes, sha256_json, space_guard
from storybench.shards.format import FORMAT
from storybench.shards.index import IndexRow
from storybench.shards.manifest import versions
from storybench.shards.writer import ShardWriter
from storydata.kit.drops import Drop
from storydata.kit.lock import at_work
from storydata.kit.plan import Plan, RawFile, ShardPlan
from storydata.kit.receipts import Receipt, Seen, read_receipt, see, write_receipt
from storydata.kit.recipe import Recipe


@dataclass(frozen=True)
class Job:
    """One shard to be made or kept, with all that a worker needs for it."""

    recipe: Recipe
    directory: Path
    shard: ShardPlan
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
            "dataset": [plan.spec.name, plan.spec.version],
            "options": dict(plan.options),
            "versions": {name: v for name, v in versions().items() if name != "python"},
        }
    )
    return [Job(recipe, directory, shard, _fingerprint(shard, common)) for shard in plan.shards]


def stands(job: Job) -> bool:
    """Whether the shard is finished and nothing was touched since; looks at no content."""
    receipt = read_receipt(job.directory, job.shard.name)
    return (
        receipt is not None
        and receipt.fingerprint == job.fingerprint
        and receipt.shard.is_still(job.path)
        and all(receipt.raw[file.name].is_still(file.path) for file in _raw_files(job.shard))
    )


def make_or_keep(job: Job) -> bool:
    """Make the shard and its receipt unless it stands; returns whether it was made.

    Raises:
        NoSpaceError: the disk is full; nothing half-written stays.
        MissingError: a raw file of the plan is gone.
        RawDataError: a raw file cannot be read.
    """
    with at_work(job.directory), space_guard(job.path):
        receipt = read_receipt(job.directory, job.shard.name)
        known = receipt.raw if receipt else {}
        raw = {file.name: see(file.path, known.get(file.name)) for file in _raw_files(job.shard)}
        if receipt is not None and _is_made_from(receipt, job, raw):
            kept = replace(receipt, shard=see(job.path), raw=raw)
            write_receipt(job.directory, job.shard.name, kept)
            return False
        rows, drops = _make(job)
        made = Receipt(
            fingerprint=job.fingerprint,
            shard=see(job.path),
            raw=raw,
            rows=tuple(rows),
            drops=tuple(drops),
            licences=dict(Counter(licence or "" for row in rows for licence in row.licences)),
        )
        write_receipt(job.directory, job.shard.name, made)
        return True


def _make(job: Job) -> tuple[list[IndexRow], list[Drop]]:
    rows: list[IndexRow] = []
    drops: list[Drop] = []
    with ShardWriter(job.path) as writer:
        for unit in job.shard.units:
            for made in job.recipe.make(unit):
                if isinstance(made, Drop):
                    drops.append(made)
                else:
                    rows.append(writer.add(made))
    return rows, drops


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
                "payload": asdict(unit.payload),
                "n_stories": unit.n_stories,
            }
            for unit in shard.units
        ],
    }
    return sha256_bytes(json.dumps(row, sort_keys=True, allow_nan=False).encode())
