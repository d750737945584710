"""What a build would find, miss, need and cost: `storybench build-didemo --dry-run`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from storybench.types import Survey
from storydata.didemosv.channels import ChannelEvidence
from storydata.didemosv.options import ChannelOrder
from storydata.didemosv.raw import find_file
from storydata.didemosv.recipe import Rebuilt, planned_videos
from storydata.didemosv.released import Released, look
from storydata.didemosv.spec import ANNOTATION_FILES, HASHES_FILE, LICENCES_FILE
from storydata.kit.building.plan import Plan
from storydata.kit.building.survey import bytes_free, estimate, shortage
from storydata.kit.drops import tally


def survey(recipe: Rebuilt | Released, out: Path, *, workers: int) -> Survey:
    """Plan the build, make a few of its stories in memory, write nothing."""
    plan = recipe.draft()
    cost = estimate(recipe, plan, workers=workers)
    free = bytes_free(out)
    return Survey(
        dataset=plan.spec.name,
        n_stories=_n_stories(plan),
        found=_found(recipe, plan),
        missing=tuple(drop.id for drop in plan.drops if drop.kind == "file"),
        drops=tally(plan.drops),
        bytes_needed=cost.n_bytes,
        bytes_free=free,
        seconds=cost.seconds,
        notes=(*_notes(recipe, plan), *filter(None, [shortage(cost.n_bytes, free)])),
    )


def channel_note(evidence: ChannelEvidence, channel_order: ChannelOrder | None) -> str:
    """One or two sentences on whether red and blue seem exchanged, and which option fits."""
    seen = (
        f"Red and blue: {evidence.stored:.1%} of the pixels of a few frames have the colour of "
        f"skin as stored, {evidence.exchanged:.1%} with red and blue exchanged"
    )
    order = channel_order or "fixed"
    if evidence.looks_swapped is None:
        return f"{seen}, which settles nothing. Look at some frames and choose --channel-order."
    if evidence.looks_swapped:
        what = "exchanges them back" if order == "fixed" else "leaves them so"
        return f"{seen}: they seem swapped. --channel-order {order} {what}."
    if channel_order is None:
        return (
            f"{seen}: they seem right as they are. A build will ask for --channel-order release "
            "(keep them) or fixed (swap them)."
        )
    what = "would swap them" if order == "fixed" else "leaves them so"
    return (
        f"{seen}: they seem right as they are. --channel-order {order} {what}; look at "
        "some frames before you build."
    )


def _n_stories(plan: Plan) -> dict[str, int]:
    """Stories that the annotations promise, by split, lost ones included."""
    counts: Counter[str] = Counter()
    for shard in plan.shards:
        counts[shard.split] += sum(unit.n_stories for unit in shard.units)
    counts.update(drop.split for drop in plan.drops if drop.kind == "story")
    return dict(counts)


def _found(recipe: Rebuilt | Released, plan: Plan) -> dict[str, int]:
    n_files = sum(not is_empty for is_empty in _emptiness(plan).values())
    if isinstance(recipe, Released):
        return {"annotation files": len(plan.raw_files), "frames": n_files}
    n_sides = sum(file.path.name in (LICENCES_FILE, HASHES_FILE) for file in plan.raw_files)
    n_annotations = len(plan.raw_files) - n_sides
    return {"annotation files": n_annotations, "side files": n_sides, "videos": n_files}


def _emptiness(plan: Plan) -> dict[str, bool]:
    """Whether each video or frame of the plan, by name, is a file of no bytes; opens none."""
    files = (file for shard in plan.shards for unit in shard.units for file in unit.files)
    return {file.name: not file.path.stat().st_size for file in files}


def _notes(recipe: Rebuilt | Released, plan: Plan) -> tuple[str, ...]:
    if isinstance(recipe, Released):
        return (channel_note(look(plan), recipe.options.channel_order),)
    notes = [*_on_videos(plan), *_on_short_ones(recipe)]
    absent = [name for name in ANNOTATION_FILES.values() if find_file(recipe.raw, name) is None]
    if absent:
        notes.append(f"No {' and no '.join(absent)}: nothing will be built from there.")
    if find_file(recipe.raw, LICENCES_FILE) is None:
        notes.append(f"No {LICENCES_FILE}: frames will carry no licence.")
    if find_file(recipe.raw, HASHES_FILE) is None:
        notes.append(f"No {HASHES_FILE}: videos are not looked for under their YFCC100M hash.")
    notes.append("Rebuilt stories are not those of the paper: numbers do not compare.")
    return tuple(notes)


def _on_short_ones(recipe: Rebuilt) -> list[str]:
    """Videos that are no loss, though no story is cut from them; a check counts them too."""
    splits = planned_videos(recipe.raw, recipe.options)
    videos = [video for split in splits.values() for video in split]
    n_long = sum(bool(video.stories) for video in videos)
    if n_long == len(videos):
        return []
    return [
        f"{n_long:,} of the {len(videos):,} videos in the annotations have captions enough for a "
        f"story of {recipe.options.story_len} frames; a build reads no others."
    ]


def _on_videos(plan: Plan) -> list[str]:
    emptiness = _emptiness(plan)
    empty = [name for name, is_empty in emptiness.items() if is_empty]
    notes = [f"Empty files, counted as no video: {', '.join(empty[:3])}"] if empty else []
    if len(empty) > 3:
        notes[0] += f" and {len(empty) - 3:,} more"
    if len(empty) == len(emptiness):
        return ["Nothing can be built: no video was found.", *notes]
    return [*notes, "A dry run opens a few videos only: broken ones show in the build."]
