"""What a build would find, miss, need and cost: `storybench build-flintstones --dry-run`."""

from __future__ import annotations

from pathlib import Path

from storybench.types import Survey
from storydata.flintstonessv import spec
from storydata.flintstonessv.arrays import array_name
from storydata.flintstonessv.contents import Contents, read_contents
from storydata.flintstonessv.counts import count_findings, sentence
from storydata.flintstonessv.labels import CAPTIONS, labels_of
from storydata.flintstonessv.recipe import Flintstones
from storydata.kit.building.plan import Plan
from storydata.kit.building.survey import bytes_free, estimate, shortage
from storydata.kit.drops import tally


def survey(recipe: Flintstones, out: Path, *, workers: int) -> Survey:
    """Plan the build, make a few of its episodes in memory, write nothing."""
    contents = read_contents(recipe.release, recipe.options)
    plan = recipe.draft(contents)
    cost = estimate(recipe, plan, workers=workers)
    free = bytes_free(out)
    return Survey(
        dataset=plan.spec.name,
        n_stories=contents.n_stories,
        found={
            "annotated clips": len(contents.annotations.clips),
            "listed clips": len(contents.lists.split_of),
            "arrays": len(contents.arrays.files),
        },
        missing=tuple(
            array_name(contents.arrays.place, drop.id)
            for drop in contents.lost.values()
            if drop.step == "array missing"
        ),
        drops=tally(plan.drops),
        bytes_needed=cost.n_bytes,
        bytes_free=free,
        seconds=cost.seconds,
        notes=(*_notes(contents, plan), *filter(None, [shortage(cost.n_bytes, free)])),
    )


def _notes(contents: Contents, plan: Plan) -> list[str]:
    """What is worth knowing before a build, one sentence each."""
    notes = [drop.reason for drop in plan.drops if drop.kind == "file"]
    notes += [sentence(one) for one in count_findings(contents) if one.level != "good"]
    if not contents.arrays.files:
        notes.insert(0, "Nothing can be built: no array was found.")
    n_by_caption = _n_labelled_by_caption(contents)
    if n_by_caption:
        notes.append(
            f"{n_by_caption:,} clips list no characters in {spec.ANNOTATIONS_FILE}: theirs are "
            "those that the caption names."
        )
    notes.append("A dry run opens a few arrays only: broken ones show in the build.")
    return notes


def _n_labelled_by_caption(contents: Contents) -> int:
    characters = contents.release.characters
    clips = contents.annotations.clips.values()
    return sum(labels_of(clip, characters)[1] == CAPTIONS for clip in clips)
