"""What lies below a recipe: episodes, files, labels, what is missing and what is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from storybench.errors import InputError
from storybench.types import Finding, Progress, RawCheck
from storydata.kit.building.plan import Plan
from storydata.kit.building.survey import bytes_free, shortage
from storydata.kit.drops import Drop
from storydata.kit.frames.video import footage
from storydata.kit.raw import RawFile
from storydata.own.folder import open_folder
from storydata.own.gathering import Gathered, gather
from storydata.own.pictures import still
from storydata.own.planning import MISSING, draft_plan
from storydata.own.recipe import Own
from storydata.own.survey import label_notes, n_stories, probed
from storydata.own.work import Work


def check(recipe: Own, why: str, *, deep: bool, on_progress: Progress | None) -> RawCheck:
    """Look at all that a recipe speaks of; `deep` also decodes pictures and opens videos."""
    gathered = gather(recipe.raw)
    plan = draft_plan(gathered)
    damaged = dict(_damaged(recipe, plan, on_progress)) if deep else {}
    cost = probed(recipe, plan)
    root = recipe.raw.parent
    free = bytes_free(root)
    return RawCheck(
        dataset=plan.spec.name,
        why=why,
        findings=(
            *_of_splits(gathered),
            *_of_losses(plan),
            *(Finding("note", "labels", note) for note in label_notes(plan)),
            *(Finding("note", "the order", note) for note in gathered.notes),
            *(Finding("problem", f"the file {name}", reason) for name, reason in damaged.items()),
            *_of_disk(shortage(cost.n_bytes, free)),
        ),
        files=_by_ending(recipe, plan, gathered),
        missing=tuple(drop.id for drop in plan.drops if _is_missing(drop)),
        damaged=tuple(damaged),
        bytes_needed=cost.n_bytes,
        bytes_free=free,
    )


def _by_ending(recipe: Own, plan: Plan, gathered: Gathered) -> dict[str, int]:
    """The files that a build reads, by their ending; all others below the recipe under ""."""
    used = {file.name for file in gathered.tables}
    used |= {file.name for shard in plan.shards for unit in shard.units for file in unit.files}
    counts = Counter(f"*{PurePosixPath(name).suffix.lower()}" for name in used)
    n_others = sum(file.name not in used for file in open_folder(recipe.raw.parent).files.values())
    return {**dict(sorted(counts.items())), **({"": n_others} if n_others else {})}


def _damaged(recipe: Own, plan: Plan, on_progress: Progress | None) -> Iterator[tuple[str, str]]:
    """Every file that cannot be decoded, once, and why."""
    kinds: dict[str, tuple[RawFile, bool]] = {}
    for shard in plan.shards:
        for unit in shard.units:
            work: Work = unit.payload
            kinds |= {file.name: (file, work.is_video) for file in unit.files}
    for done, (file, is_video) in enumerate(kinds.values()):
        if on_progress is not None:
            on_progress(done, len(kinds), "files")
        try:
            if is_video:
                with footage(file.path, until=0.0):
                    pass
            else:
                still(file.read_bytes(), file.name, recipe.stories)
        except InputError as error:
            yield file.name, file.reason(error)


def _of_splits(gathered: Gathered) -> Iterator[Finding]:
    counts = n_stories(gathered)
    for split, episodes in gathered.splits.items():
        n_frames = sum(len(one.shots) for one in episodes)
        of_episodes = f"{len(episodes):,} episode{'s' * (len(episodes) > 1)}"
        found = f"{counts[split]:,} of {n_frames:,} frames in {of_episodes}"
        yield Finding("good", f"stories of {split}", found)


def _of_losses(plan: Plan) -> Iterator[Finding]:
    """One line for each kind of loss, with the first of it."""
    first: dict[tuple[str, str], list[Drop]] = {}
    for drop in plan.drops:
        first.setdefault((drop.kind, drop.step), []).append(drop)
    for (kind, step), drops in first.items():
        level = "problem" if kind == "story" else "note"
        found = f"{len(drops):,}; the first is {drops[0].id}: {drops[0].reason}"
        yield Finding(level, f"{kind}: {step}", found)


def _of_disk(sentence: str | None) -> Sequence[Finding]:
    if sentence is None:
        return ()
    return (Finding("problem", "the disk", sentence, advice="Free some space."),)


def _is_missing(drop: Drop) -> bool:
    return drop.kind == "file" and drop.step == MISSING
