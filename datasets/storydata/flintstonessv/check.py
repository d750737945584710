"""What lies in a raw FlintstonesSV folder: found, missing, damaged, and counted.

What keeps one file from being read does not keep the others from being looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storybench.clip_frames import n_frames_of
from storybench.errors import InputError, MissingError, StorybenchError
from storybench.types import Finding, Progress, RawCheck
from storydata.flintstonessv import spec
from storydata.flintstonessv.annotations import read_annotations
from storydata.flintstonessv.arrays import array_name
from storydata.flintstonessv.contents import Contents, read_contents
from storydata.flintstonessv.counts import count_findings
from storydata.flintstonessv.findings import content_findings, side_findings
from storydata.flintstonessv.guide import GUIDE
from storydata.flintstonessv.options import FrameSource, Options
from storydata.flintstonessv.recipe import Flintstones
from storydata.flintstonessv.release import Release
from storydata.flintstonessv.splits import read_splits
from storydata.kit.building.survey import bytes_free, estimate, shortage
from storydata.kit.guide import counted
from storydata.kit.raw import RawFile
from storydata.kit.untrusted.archives import open_archive

USUAL = (5, spec.SIZE, spec.SIZE)
"""Frames, height and width of a sampled clip."""

N_TOLD = 10
"""Damaged arrays that are told with the reason; all of them are named."""


@dataclass
class _Seen:
    """What has been noticed so far: findings, and names of files."""

    findings: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def note_fault(self, name: str, error: StorybenchError) -> None:
        """A file that is not there, or is not what was expected."""
        files = self.missing if isinstance(error, MissingError) else self.damaged
        files.append(name)
        self.findings.append(Finding("problem", name, str(error)))


def check(
    release: Release, why: str, *, deep: bool, on_progress: Progress | None = None
) -> RawCheck:
    """Look at a release; `deep` also reads every array and every member of its archives."""
    seen = _Seen()
    options = Options(frames=_frames(release))
    contents = _contents(release, options, seen)
    n_bytes, free = 0, bytes_free(release.folder)
    if contents is not None:
        seen.findings += (*count_findings(contents), *content_findings(contents))
        seen.missing += _missing_arrays(contents)
        recipe = Flintstones(release, options)
        n_bytes = estimate(recipe, recipe.draft(contents)).n_bytes
    seen.findings += side_findings(release)
    if deep:
        _read_all(release, contents, seen, on_progress)
    if (sentence := shortage(n_bytes, free)) is not None:
        seen.findings.append(Finding("problem", "the disk", sentence, advice="Free some space."))
    return RawCheck(
        dataset=f"{spec.NAME}-twin" if release.is_twin else spec.NAME,
        why=why,
        findings=tuple(seen.findings),
        files=counted(release.files(), GUIDE),
        missing=tuple(seen.missing),
        damaged=tuple(seen.damaged),
        bytes_needed=n_bytes,
        bytes_free=free,
    )


def _frames(release: Release) -> FrameSource:
    """The frames that are there; the sampled ones if both or none are."""
    there = {
        frames: any(release.path(name).exists() for name in (place, f"{place}.zip"))
        for frames, place in spec.FRAME_FOLDERS.items()
    }
    return "full" if there["full"] and not there["sampled"] else "sampled"


def _contents(release: Release, options: Options, seen: _Seen) -> Contents | None:
    """The contents, unless a file that they need cannot be read."""
    readers: dict[str, Callable[[Path], object]] = {
        spec.ANNOTATIONS_FILE: read_annotations,
        spec.SPLIT_FILE: read_splits,
        **{f"{place}.zip": open_archive for place in _zipped(release)},
    }
    n_faults = len(seen.findings)
    for name, read in readers.items():
        try:
            read(release.path(name))
        except StorybenchError as error:
            seen.note_fault(name, error)
    try:
        return read_contents(release, options)
    except StorybenchError as error:
        if len(seen.findings) == n_faults:
            seen.findings.append(Finding("problem", "stories", str(error)))
        return None


def _zipped(release: Release) -> list[str]:
    places = spec.FRAME_FOLDERS.values()
    return [place for place in places if release.path(f"{place}.zip").is_file()]


def _missing_arrays(contents: Contents) -> list[str]:
    listed, there = contents.lists.split_of, contents.arrays.files
    return [array_name(contents.arrays.place, one) for one in listed if one not in there]


def _read_all(
    release: Release, contents: Contents | None, seen: _Seen, on_progress: Progress | None
) -> None:
    """Every array that a build reads, and whatever else is in the archives, to its end."""
    arrays = contents.arrays.files if contents else {}
    files = [*arrays.values(), *_other_members(release, arrays)]
    shapes: Counter[tuple[int, int, int]] = Counter()
    faults: list[Finding] = []
    for done, file in enumerate(files):
        if on_progress is not None:
            on_progress(done, len(files), "arrays")
        try:
            data = file.read_bytes()
            if done < len(arrays):
                shapes[n_frames_of(data, "npy", file.name)] += 1
        except (InputError, MissingError) as error:
            seen.damaged.append(file.name)
            faults.append(Finding("problem", file.name, str(error)))
    if on_progress is not None:
        on_progress(len(files), len(files), "arrays")
    seen.findings += faults[:N_TOLD]
    if shapes:
        seen.findings.append(_shaped(shapes, contents))


def _other_members(release: Release, arrays: Mapping[str, RawFile]) -> Iterator[RawFile]:
    """The members of the archives that are no listed clip's."""
    used = {(file.path, file.member) for file in arrays.values() if file.member is not None}
    for place in _zipped(release):
        path = release.path(f"{place}.zip")
        try:
            names = open_archive(path).names
        except StorybenchError:  # told already
            continue
        for name in names:
            if (path, name) not in used:
                yield RawFile(f"{path.name}/{name}", str(path), member=name)


def _shaped(shapes: Counter[tuple[int, int, int]], contents: Contents | None) -> Finding:
    """The shapes of the arrays, most frequent first."""
    told = [
        f"{n:,} of {k} frames of {width} x {height}"
        for (k, height, width), n in sorted(shapes.items(), key=lambda one: (-one[1], one[0]))
    ]
    is_sampled = contents is not None and contents.arrays.place == spec.FRAME_FOLDERS["sampled"]
    is_usual = not is_sampled or set(shapes) == {USUAL}
    expected = f"{USUAL[0]} frames of {USUAL[2]} x {USUAL[1]}" if is_sampled else None
    more = f" and {len(told) - 3:,} other shapes" if len(told) > 3 else ""
    found = f"{', '.join(told[:3])}{more}"
    return Finding("good" if is_usual else "note", "shapes of the arrays", found, expected)
