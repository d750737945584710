"""What lies in a raw PororoSV folder: found, missing, damaged, and counted.

A table that cannot be read does not keep the others from being looked at; a release whose split is
missing is looked at as one that is split by hashes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storybench.clip_frames import frames_of, remainder_of
from storybench.errors import InputError, StorybenchError
from storybench.types import Finding, Progress, RawCheck
from storydata.kit.building.survey import bytes_free, estimate, shortage
from storydata.kit.guide import counted
from storydata.kit.raw import RawFile, walk
from storydata.kit.untrusted.archives import check_archive, open_archive
from storydata.pororosv import spec
from storydata.pororosv.caches import read_caches
from storydata.pororosv.cast import read_cast
from storydata.pororosv.facts import Facts, read_facts
from storydata.pororosv.findings import on_facts
from storydata.pororosv.guide import GUIDE
from storydata.pororosv.options import Options
from storydata.pororosv.planning import make_plan
from storydata.pororosv.recipe import Pororo
from storydata.pororosv.release import Release, archives_in, open_release
from storydata.pororosv.splits import released_split
from storydata.pororosv.survey import missing
from storydata.pororosv.tables import read_captions, read_counter, read_labels

MANY = 10**9
"""More stories than any release has: ids are only looked at one by one."""


@dataclass
class _Seen:
    """What has been noticed so far: findings, and names of files."""

    findings: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def note_damage(self, name: str, reason: str) -> None:
        self.damaged.append(name)
        advice = "" if "Fetch the " in reason else "Fetch the file again."
        self.findings.append(Finding("problem", name, reason, advice=advice))


def check(raw: Path, why: str, *, deep: bool, on_progress: Progress | None = None) -> RawCheck:
    """Look at a raw folder; `deep` also decodes every clip and reads every archive to its end.

    Raises:
        MissingError: nothing of the release is there.
        InputError: there are two releases, or an unfinished twin.
    """
    release = open_release(raw)
    seen, free, n_bytes = _Seen(), bytes_free(raw), 0
    cast = read_cast(raw, release)
    _tables(release, len(cast.names if cast else spec.CHARACTERS), seen)
    facts = _facts(raw, release, seen)
    if facts is not None:
        options = Options(substitute_split=facts.is_substitute)
        plan = make_plan(facts, options)
        n_bytes = estimate(Pororo(raw, options), plan).n_bytes
        seen.findings += on_facts(facts)
        seen.missing += _missing_clips(missing(plan, facts), facts, seen)
    _clips(release, seen, deep=deep, on_progress=on_progress)
    _archives(raw, release, seen, deep=deep, on_progress=on_progress)
    if (sentence := shortage(n_bytes, free)) is not None:
        seen.findings.append(Finding("problem", "the disk", sentence, advice="Free some space."))
    return RawCheck(
        dataset=facts.spec.name if facts else spec.FAMILY,
        why=why,
        findings=tuple(seen.findings),
        files=counted(_files(raw, release), GUIDE),
        missing=tuple(seen.missing),
        damaged=tuple(seen.damaged),
        bytes_needed=n_bytes,
        bytes_free=free,
    )


def _tables(release: Release, n_characters: int, seen: _Seen) -> None:
    """Read every table by itself: each is there and whole, or named."""
    readers: dict[str, Callable[[RawFile], object]] = {
        spec.CAPTIONS: read_captions,
        spec.CAPTION_ROWS: read_captions,
        spec.LABELS: lambda file: read_labels(file, n_characters),
        spec.COUNTER: read_counter,
        spec.STARTS: lambda file: read_caches({spec.STARTS: file}),
        spec.FOLLOWING: lambda file: read_caches({spec.FOLLOWING: file}),
        spec.SPLIT_IDS: lambda file: released_split({spec.SPLIT_IDS: file}, MANY),
    }
    for name, read in readers.items():
        file = release.tables.get(name)
        if file is None:
            continue
        try:
            read(file)
        except StorybenchError as error:
            seen.note_damage(name, file.reason(error))
    absent = [name for name in readers if name not in release.tables]
    if absent:
        seen.findings.append(
            Finding("note", "tables that are not there", ", ".join(absent), advice=_ABSENT)
        )


_ABSENT = (
    "`storybench data explain FILE` says what each is for; captions and the split are needed, the "
    "rest is computed."
)


def _facts(raw: Path, release: Release, seen: _Seen) -> Facts | None:
    """What the tables say together; with a substitute split if the released one cannot be had."""
    try:
        return read_facts(raw, Options())
    except StorybenchError as error:
        if spec.SPLIT_IDS not in release.tables and not release.is_original:
            seen.missing.append(spec.SPLIT_IDS)
        if not any(name in str(error) for name in seen.damaged):  # or it was told already
            seen.findings.append(Finding("problem", "a build", str(error)))
    try:
        return read_facts(raw, Options(substitute_split=True))
    except StorybenchError:  # the first error was told, or its table
        return None


def _missing_clips(names: tuple[str, ...], facts: Facts, seen: _Seen) -> tuple[str, ...]:
    expected = f"{len(facts.clips):,}"
    found = f"{len(facts.clips) - len(names):,}"
    if not names:
        seen.findings.append(Finding("good", "clips on the disk", found, expected))
        return names
    advice = "A build drops their stories by name and takes them in when the clips arrive."
    seen.findings.append(Finding("problem", "clips on the disk", found, expected, advice))
    return names


def _clips(release: Release, seen: _Seen, *, deep: bool, on_progress: Progress | None) -> None:
    """Clips of no bytes; if `deep`, every clip decoded, and what they look like."""
    files = [file for clips in release.clips.values() for file in clips.values()]
    if not deep:
        empty = [file for file in files if file.member is None and not file.path.stat().st_size]
        for file in empty:
            seen.note_damage(file.name, "an empty file")
        return
    shapes: Counter[tuple[int, int, int]] = Counter()
    odd: list[str] = []
    for done, file in enumerate(files, start=1):
        try:
            data = file.read_bytes()
            frames = frames_of(data, release.form, file.name)
        except InputError as error:
            seen.note_damage(file.name, str(error))
        else:
            shapes[frames.shape[:3]] += 1
            odd += [file.name] * bool(remainder_of(data, release.form, file.name))
        if on_progress is not None:
            on_progress(done, len(files), "clips")
    seen.findings += _on_shapes(shapes, odd)


def _on_shapes(shapes: Mapping[tuple[int, int, int], int], odd: list[str]) -> Iterator[Finding]:
    if not shapes:
        return
    lengths: Counter[int] = Counter()
    sizes: Counter[str] = Counter()
    for (k, height, width), n in shapes.items():
        lengths[k] += n
        sizes[f"{width} x {height}"] += n
    told = ", ".join(f"{n:,} of {k}" for k, n in sorted(lengths.items())[:12])
    yield Finding("good", "frames a clip", told)
    usual = f"{spec.SIDE} x {spec.SIDE}"
    told = ", ".join(f"{n:,} of {size}" for size, n in sizes.most_common(3))
    yield Finding("good" if set(sizes) == {usual} else "note", "size of frames", told, usual)
    if odd:
        yield Finding(
            "note", "height of strips", f"{len(odd):,} are no multiple of their width", None,
            f"Rows at the foot that make no whole square are not shown; {odd[0]} is the first.",
        )  # fmt: skip


def _archives(
    raw: Path, release: Release, seen: _Seen, *, deep: bool, on_progress: Progress | None
) -> None:
    for path in archives_in(raw):
        try:
            damages = check_archive(path, on_progress) if deep else _directory(path)
        except StorybenchError as error:
            seen.note_damage(path.name, RawFile(path.name, str(path)).reason(error))
            continue
        if damages:
            first = f"{len(damages):,} damaged files, {damages[0].member} first"
            seen.note_damage(path.name, f"{first}: {damages[0].reason}")
            continue
        is_used = path == release.archive
        found = "read to its end, whole" if deep else "its list of files is whole"
        advice = "It is read in place." if is_used else "It is not read: the release is unpacked."
        seen.findings.append(Finding("good", path.name, found, advice=advice))


def _directory(path: Path) -> tuple[()]:
    """Judge the directory of a zip; a tar has none."""
    if path.suffix == ".zip":
        open_archive(path)
    return ()


def _files(raw: Path, release: Release) -> Iterator[RawFile]:
    """Every file in the raw folder, and in the zip that is read in place."""
    yield from walk(raw)
    if release.archive is not None:
        for member in open_archive(release.archive).names:
            yield RawFile(member, str(release.archive), member)
