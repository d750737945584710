"""What a build would find, miss, need and cost: `storybench build RECIPE OUT --dry-run`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from storybench.shards.format import split_rank
from storybench.types import Survey
from storydata.kit.building.plan import Plan, Unit
from storydata.kit.building.survey import Cost, bytes_free, estimate, shortage
from storydata.kit.drops import tally
from storydata.own.gathering import Gathered, cut, gather
from storydata.own.planning import MISSING, draft_plan
from storydata.own.recipe import Own
from storydata.own.work import Work

SHOWN = 8
"""How many episodes of a split are named."""

N_PROBED = 8
"""How many stories of a unit are made to see what it costs."""


def survey(recipe: Own, out: Path, *, workers: int) -> Survey:
    """Plan the build, make a few of its stories in memory, write nothing."""
    gathered = gather(recipe.raw)
    plan = draft_plan(gathered)
    cost = probed(recipe, plan, workers=workers)
    free = bytes_free(out)
    return Survey(
        dataset=plan.spec.name,
        n_stories=n_stories(gathered),
        found=_found(gathered, plan),
        missing=tuple(
            drop.id for drop in plan.drops if drop.kind == "file" and drop.step == MISSING
        ),
        drops=tally(plan.drops),
        bytes_needed=cost.n_bytes,
        bytes_free=free,
        seconds=cost.seconds,
        notes=(*_notes(gathered, plan), *filter(None, [shortage(cost.n_bytes, free)])),
    )


def probed(recipe: Own, plan: Plan, *, workers: int = 1) -> Cost:
    """What a build would cost, by the first few stories of some units: a unit may be an hour long.

    A plan without stories costs nothing.
    """
    units = [unit for shard in plan.shards for unit in shard.units]
    short = [_beginning(unit) for unit in units if unit.payload.stories]
    trial = replace(plan, shards=tuple(shard.of(short) for shard in plan.shards[:1]))
    cost = estimate(recipe, trial, workers=workers)
    scale = plan.n_planned / max(1, sum(unit.n_stories for unit in short))
    return Cost(n_bytes=round(cost.n_bytes * scale), seconds=cost.seconds * scale)


def _beginning(unit: Unit) -> Unit:
    work: Work = unit.payload
    stories = work.stories[:N_PROBED]
    shots = work.shots[: stories[-1].members[-1] + 1]
    return replace(
        unit, payload=replace(work, stories=stories, shots=shots), n_stories=len(stories)
    )


def n_stories(gathered: Gathered) -> dict[str, int]:
    """Stories that the descriptions promise, by split, lost ones included."""
    return {
        split: sum(len(cut(episode, gathered.document.stories)) for episode in episodes)
        for split, episodes in gathered.splits.items()
    }


def _found(gathered: Gathered, plan: Plan) -> dict[str, int]:
    episodes = [one for episodes in gathered.splits.values() for one in episodes]
    files = {file.name for shard in plan.shards for unit in shard.units for file in unit.files}
    return {
        "episodes with stories": len(episodes),
        "described frames": sum(len(one.shots) for one in episodes),
        "pictures or videos": len(files),
        "caption files": len(gathered.tables) - 1,
    }


def _notes(gathered: Gathered, plan: Plan) -> Iterator[str]:
    yield from gathered.notes
    yield from _on_splits(gathered)
    yield from label_notes(plan)
    if not plan.spec.characters and _has_names(gathered):
        yield "A column says who is in the frames, and [dataset] names no characters: no labels."
    if gathered.document.split.shared_frames == "allow":
        yield "Pictures and videos in two splits are allowed: nobody looked for them."
    if not plan.shards:
        yield "Nothing can be built: no story has all its files."
    yield "A dry run opens a few files only: broken ones show in the build."


def _has_names(gathered: Gathered) -> bool:
    episodes = (one for episodes in gathered.splits.values() for one in episodes)
    return any(shot.characters for one in episodes for shot in one.shots)


def _on_splits(gathered: Gathered) -> Iterator[str]:
    for split, episodes in gathered.splits.items():
        names = ", ".join(repr(one.name)[1:-1] for one in episodes[:SHOWN])
        more = f", and {len(episodes) - SHOWN:,} more" if len(episodes) > SHOWN else ""
        yield f"{split}: {names}{more}"
    if gathered.document.split.shares:
        shared = ", ".join(sorted(gathered.document.split.shares, key=split_rank))
        yield f"Shares move when episodes come or go: to keep {shared} as it is, write its names."


def label_notes(plan: Plan) -> Iterator[str]:
    """How often each character is labelled, and where from."""
    characters = plan.spec.characters
    works: Sequence[Work] = [unit.payload for shard in plan.shards for unit in shard.units]
    for source in sorted({work.label_source for work in works if work.label_source}):
        counts: Counter[int] = Counter()
        n_shots = 0
        for work in works:
            if work.label_source == source:
                for shot in work.shots[work.n_known :]:
                    n_shots += 1
                    counts.update(k for k, shown in enumerate(shot.characters or ()) if shown)
        seen = ", ".join(f"{name} {counts[k]:,}" for k, name in enumerate(characters))
        yield f"Characters by {source}, in {n_shots:,} frames: {seen}."
        absent = [name for k, name in enumerate(characters) if not counts[k]]
        if absent:
            yield f"Never labelled by {source}: {', '.join(absent)}. See how they are spelt there."
