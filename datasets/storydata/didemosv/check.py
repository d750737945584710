"""What lies in a raw DiDeMo folder: counts against the real ones, what is missing, what is broken.

The expected counts are those of the annotation files themselves, counted from them
(LisaAnne/LocalizingMoments@b6a555c:data/); of the training split nothing is known for certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storybench.errors import InputError
from storybench.images import decode
from storybench.types import Finding, Progress, RawCheck
from storydata.didemosv.guide import GUIDE
from storydata.didemosv.licences import read_hashes, read_licences
from storydata.didemosv.raw import find_file, read_splits
from storydata.didemosv.recipe import Rebuilt
from storydata.didemosv.released import Released, look
from storydata.didemosv.spec import HASHES_FILE, LICENCES_FILE, MAX_SECONDS
from storydata.didemosv.survey import channel_note
from storydata.kit.building.plan import Plan
from storydata.kit.building.survey import bytes_free, estimate, shortage
from storydata.kit.frames.video import footage
from storydata.kit.guide import counted
from storydata.kit.raw import RawFile, walk

RECORDS = {"val": (4_180, 1_065), "test": (4_021, 1_004)}
"""Descriptions and videos of the splits that are known."""

N_LISTED = 10_464
"""Rows of the licences and of the hashes."""


def check(
    recipe: Rebuilt | Released, why: str, *, deep: bool, on_progress: Progress | None
) -> RawCheck:
    """Look at a raw folder; `deep` also opens every video, or decodes every frame."""
    plan = recipe.draft()
    files = _files(plan)
    damaged = dict(_damaged(files, on_progress)) if deep else {}
    cost = estimate(recipe, plan)
    free = bytes_free(recipe.raw)
    lost = {drop.id: drop.reason for drop in plan.drops if drop.kind == "file"}
    findings = [
        *(_of_release(recipe, plan) if isinstance(recipe, Released) else _of_videos(recipe, plan)),
        *(Finding("problem", f"the file {name}", reason) for name, reason in damaged.items()),
        _of_stories(plan),
    ]
    if (sentence := shortage(cost.n_bytes, free)) is not None:
        findings.append(Finding("problem", "the disk", sentence, advice="Free some space."))
    return RawCheck(
        dataset=plan.spec.name,
        why=why,
        findings=tuple(findings),
        files=counted(walk(recipe.raw), GUIDE),
        missing=tuple(lost),
        damaged=tuple(damaged),
        bytes_needed=cost.n_bytes,
        bytes_free=free,
    )


def _files(plan: Plan) -> list[RawFile]:
    """Every video or frame that the plan reads, once."""
    units = (unit for shard in plan.shards for unit in shard.units)
    return list({file.name: file for unit in units for file in unit.files}.values())


def _damaged(files: list[RawFile], on_progress: Progress | None) -> Iterator[tuple[str, str]]:
    for done, file in enumerate(files):
        if on_progress is not None:
            on_progress(done, len(files), "files")
        try:
            if file.path.suffix.lower() in (".jpg", ".jpeg", ".png"):
                decode(file.read_bytes(), file.name)
            else:
                with footage(file.path, until=MAX_SECONDS):
                    pass
        except InputError as error:
            yield file.name, file.reason(error)


def _of_videos(recipe: Rebuilt, plan: Plan) -> Iterator[Finding]:
    is_real = not plan.spec.name.endswith("-twin")
    for split, records in read_splits(recipe.raw).items():
        found = (len(records), len({record.stem for record in records}))
        expected = RECORDS.get(split) if is_real else None
        yield _counted(f"descriptions and videos of {split}", found, expected)
    for name, read in ((LICENCES_FILE, read_licences), (HASHES_FILE, read_hashes)):
        path = find_file(recipe.raw, name)
        yield _side_file(name, path and read(path), is_real=is_real)


def _counted(what: str, found: tuple[int, int], expected: tuple[int, int] | None) -> Finding:
    said = f"{found[0]:,} of {found[1]:,}"
    if expected is None:
        return Finding("good", what, said)
    wanted = f"{expected[0]:,} of {expected[1]:,}"
    if found == expected:
        return Finding("good", what, said, wanted)
    advice = "Another version of the annotations, or a part of them: fetch the file again."
    return Finding("problem", what, said, wanted, advice)


def _side_file(name: str, rows: Mapping[str, str] | None, *, is_real: bool) -> Finding:
    expected = f"{N_LISTED:,} rows" if is_real else None
    if rows is None:
        advice = {
            LICENCES_FILE: "Without it frames carry no licence.",
            HASHES_FILE: "Without it videos are not looked for under their hash.",
        }[name]
        return Finding("note", name, "not there", expected, advice)
    is_short = is_real and len(rows) != N_LISTED
    advice = "Is the file whole? Fetch it again." if is_short else ""
    return Finding("note" if is_short else "good", name, f"{len(rows):,} rows", expected, advice)


def _of_release(recipe: Released, plan: Plan) -> Iterator[Finding]:
    evidence = look(plan)
    note = channel_note(evidence, recipe.options.channel_order)
    level = "good" if evidence.looks_swapped else "note"
    yield Finding(level, "the colours", note, "red and blue exchanged, as they seem released")
    yield Finding("note", "published counts", "none that is certain", advice=(
        "No script or count of the released splits was ever published."
    ))  # fmt: skip


def _of_stories(plan: Plan) -> Finding:
    lost = sum(drop.kind == "story" for drop in plan.drops)
    found = f"{plan.n_planned - lost:,} of {plan.n_planned:,} have their files"
    if not plan.shards:
        return Finding("problem", "stories", found, advice="Nothing can be built yet.")
    advice = "A build drops the others by name and takes them in when the files arrive."
    return Finding("note" if lost else "good", "stories", found, advice=advice if lost else "")
