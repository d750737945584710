"""What a build would find, miss, need and cost: `storybench build-didemo --dry-run`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from storybench.errors import InputError
from storybench.images import decode
from storybench.types import Survey
from storydata.didemosv.channels import ChannelEvidence, examine
from storydata.didemosv.raw import find_file
from storydata.didemosv.recipe import Rebuilt
from storydata.didemosv.released import Released
from storydata.didemosv.spec import ANNOTATION_FILES, HASHES_FILE, LICENCES_FILE
from storydata.kit.building.plan import Plan
from storydata.kit.building.survey import bytes_free, estimate
from storydata.kit.drops import tally

N_LOOKED_AT = 48
"""How many released frames are looked at for swapped channels."""


def survey(recipe: Rebuilt | Released, out: Path, *, workers: int) -> Survey:
    """Plan the build, make a few of its stories in memory, write nothing."""
    plan = recipe.draft()
    cost = estimate(recipe, plan, workers=workers)
    return Survey(
        dataset=plan.spec.name,
        n_stories=_n_stories(plan),
        found=_found(recipe, plan),
        missing=tuple(drop.id for drop in plan.drops if drop.kind == "file"),
        drops=tally(plan.drops),
        bytes_needed=cost.n_bytes,
        bytes_free=bytes_free(out),
        seconds=cost.seconds,
        notes=_notes(recipe, plan),
    )


def channel_note(evidence: ChannelEvidence, channel_order: str) -> str:
    """One or two sentences on whether red and blue seem exchanged, and which option fits."""
    seen = (
        f"Red and blue: {evidence.stored:.1%} of the pixels of a few frames have the colour of "
        f"skin as stored, {evidence.exchanged:.1%} with red and blue exchanged"
    )
    if evidence.looks_swapped is None:
        return f"{seen}, which settles nothing. Look at some frames and choose --channel-order."
    if evidence.looks_swapped:
        what = "exchanges them back" if channel_order == "fixed" else "leaves them so"
        return f"{seen}: they seem swapped. --channel-order {channel_order} {what}."
    what = "would swap them" if channel_order == "fixed" else "leaves them so"
    return (
        f"{seen}: they seem right as they are. --channel-order {channel_order} {what}; look at "
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
    files = {file.name for shard in plan.shards for unit in shard.units for file in unit.files}
    kind = "videos" if isinstance(recipe, Rebuilt) else "frames"
    return {"annotation files": len(plan.raw_files), kind: len(files)}


def _notes(recipe: Rebuilt | Released, plan: Plan) -> tuple[str, ...]:
    if isinstance(recipe, Released):
        return (_look_at_channels(recipe, plan),)
    notes = []
    absent = [name for name in ANNOTATION_FILES.values() if find_file(recipe.raw, name) is None]
    if absent:
        notes.append(f"No {' and no '.join(absent)}: nothing will be built from there.")
    if find_file(recipe.raw, LICENCES_FILE) is None:
        notes.append(f"No {LICENCES_FILE}: frames will carry no licence.")
    if find_file(recipe.raw, HASHES_FILE) is None:
        notes.append(f"No {HASHES_FILE}: videos are not looked for under their YFCC100M hash.")
    notes.append("Rebuilt stories are not those of the paper: numbers do not compare.")
    return tuple(notes)


def _look_at_channels(recipe: Released, plan: Plan) -> str:
    files = [unit.files[0] for shard in plan.shards for unit in shard.units]
    pictures = []
    for file in files[:: len(files) // N_LOOKED_AT + 1]:
        try:
            pictures.append(decode(file.path.read_bytes(), file.name))
        except InputError:
            continue  # the build will count it
    return channel_note(examine(pictures), recipe.options.channel_order)
