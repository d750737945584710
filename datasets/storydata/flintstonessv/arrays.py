"""Where the frames of each clip lie: `<id>.npy` in a folder, or in a zip that is read in place.

The release ships `video_frames_sampled`, or the same as `video_frames_sampled.zip`, whose members
may stand under a folder of their own. A zip is opened only where the folder lacks a clip; a clip
has the same name in the manifest either way, and so the same shards come out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from storydata.flintstonessv.options import FrameSource
from storydata.flintstonessv.spec import FRAME_FOLDERS
from storydata.kit.raw import RawFile, walk
from storydata.kit.untrusted.archives import open_archive

SUFFIX = ".npy"


@dataclass(frozen=True)
class Arrays:
    """The arrays that are there, by clip; `place` is the name of their folder in the release."""

    place: str
    files: Mapping[str, RawFile]
    looked_in: tuple[str, ...]

    def why_missing(self, clip_id: str) -> str:
        """One sentence for a clip without an array."""
        places = " or ".join(self.looked_in) or f"{self.place} or {self.place}.zip"
        return f"No {clip_id}{SUFFIX} in {places}."


def find_arrays(folder: Path, frames: FrameSource, wanted: Collection[str]) -> Arrays:
    """The arrays of the wanted clips, in the folder or else in the zip; none is opened.

    Raises:
        RawDataError: the zip is needed, and is damaged or not safe to read.
    """
    place = FRAME_FOLDERS[frames]
    unpacked, zipped = folder / place, folder / f"{place}.zip"
    files: dict[str, RawFile] = {}
    looked_in: list[str] = []
    if unpacked.is_dir():
        files, looked_in = dict(_unpacked(unpacked, place)), [place]
    if zipped.is_file() and not files.keys() >= set(wanted):
        files = {**dict(_zipped(zipped, place)), **files}
        looked_in.append(f"{place}.zip")
    return Arrays(
        place, {one: files[one] for one in wanted if one in files}, looked_in=tuple(looked_in)
    )


def array_name(place: str, clip_id: str) -> str:
    """The name of an array in the manifest, wherever below its folder or zip it lies."""
    return f"{place}/{clip_id}{SUFFIX}"


def _unpacked(folder: Path, place: str) -> Iterator[tuple[str, RawFile]]:
    """Arrays anywhere below the folder; of two of one name the one that lies highest counts."""
    found = [file for file in walk(folder) if file.name.endswith(SUFFIX)]
    for file in sorted(found, key=lambda file: -file.name.count("/")):
        clip_id = PurePosixPath(file.name).stem
        yield clip_id, RawFile(array_name(place, clip_id), file.place)


def _zipped(path: Path, place: str) -> Iterator[tuple[str, RawFile]]:
    """Members of a zip; of two of one name the one in the folder of the right name counts."""
    names = [name for name in open_archive(path).names if name.endswith(SUFFIX)]
    for name in sorted(names, key=lambda name: _rank(PurePosixPath(name), place)):
        clip_id = PurePosixPath(name).stem
        yield clip_id, RawFile(array_name(place, clip_id), str(path), member=name)


def _rank(member: PurePosixPath, place: str) -> tuple[bool, int]:
    """Later in the order counts more: the folder of the right name, then the shortest way there."""
    return (member.parent.name == place, -len(member.parts))
