"""What a build would find, miss, need and cost: `storybench build-pororo --dry-run`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from storybench.types import Survey
from storydata.kit.building.plan import Plan
from storydata.kit.building.survey import bytes_free, estimate, shortage
from storydata.kit.drops import tally
from storydata.pororosv.facts import Facts, read_facts
from storydata.pororosv.findings import on_facts, sentence
from storydata.pororosv.options import Options
from storydata.pororosv.planning import MISSING, make_plan
from storydata.pororosv.recipe import Pororo


def survey(recipe: Pororo, out: Path, *, workers: int) -> Survey:
    """Plan the build, make a few of its stories and clips in memory, write nothing."""
    facts = read_facts(recipe.raw, recipe.options)
    plan = make_plan(facts, recipe.options)
    cost = estimate(recipe, plan, workers=workers)
    free = bytes_free(out)
    return Survey(
        dataset=facts.spec.name,
        n_stories=_n_stories(plan),
        found=_found(facts),
        missing=missing(plan, facts),
        drops=tally(plan.drops),
        bytes_needed=cost.n_bytes,
        bytes_free=free,
        seconds=cost.seconds,
        notes=(*_notes(facts, recipe.options), *filter(None, [shortage(cost.n_bytes, free)])),
    )


def missing(plan: Plan, facts: Facts) -> tuple[str, ...]:
    """Names of the clips that the release counts and nobody finds."""
    lost = {drop.id for drop in plan.drops if drop.kind == "clip" and drop.step == MISSING}
    return tuple(
        facts.release.clip_name(clip.episode, clip.n) for clip in facts.clips if clip.id in lost
    )


def _n_stories(plan: Plan) -> dict[str, int]:
    """Stories that the release promises, by split, lost ones included."""
    counts: Counter[str] = Counter()
    for shard in plan.shards:
        if shard.holds == "stories":
            counts[shard.split] += sum(len(unit.payload.stories) for unit in shard.units)
    counts.update(drop.split for drop in plan.drops if drop.kind == "story")
    return dict(counts)


def _found(facts: Facts) -> dict[str, int]:
    return {
        "clips": facts.release.n_clips,
        "episodes": len(facts.release.clips),
        "tables": len(facts.tables),
    }


def _notes(facts: Facts, options: Options) -> tuple[str, ...]:
    found = on_facts(facts, recovers_lost=options.recover_lost)
    notes = [sentence(one) for one in found if one.level != "good"]
    if not facts.release.n_clips:
        notes.insert(0, "Nothing can be built: no clip was found.")
    else:
        notes.append("A dry run opens a few clips only: broken ones show in the build.")
    return tuple(notes)
