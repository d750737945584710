"""The same picture or video in two splits: found before anything is built.

Files are the same if their bytes are. Only files of one size can be, so only those are hashed, and
of a folder in which all sizes differ none is read. What shows the same in other bytes (a picture
saved twice, the opening of a series) is for `storybench data audit`, which looks at pixels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from storybench.errors import InputError, RawDataError
from storybench.files import sha256_file
from storybench.shards.format import split_rank
from storydata.kit.raw import RawFile
from storydata.own.settings import SharedFrames

SHOWN = 3


@dataclass(frozen=True)
class Shared:
    """One file of a split whose bytes are those of a file in a split that keeps it."""

    name: str
    split: str
    kept: str
    kept_split: str


def find_shared(files: Mapping[str, Mapping[str, RawFile]]) -> list[Shared]:
    """Every file, by split and name, that a later split has too: train before val before test.

    Raises:
        RawDataError: a file cannot be read.
    """
    found: list[Shared] = []
    for group in _alike(files):
        home = max((split for split, _ in group), key=split_rank)
        kept = min(name for split, name in group if split == home)
        found += [Shared(name, split, kept, home) for split, name in group if split != home]
    return sorted(found, key=lambda one: (split_rank(one.split), one.name))


def settle(shared: list[Shared], rule: SharedFrames) -> dict[tuple[str, str], str]:
    """Why frames are lost, by split and file: those of the earlier split, or none.

    Raises:
        InputError: files are shared and the recipe does not say what to do about it.
    """
    if rule == "refuse" and shared:
        shown = "; ".join(
            f"{one.name} ({one.split}) is {one.kept} ({one.kept_split})" for one in shared[:SHOWN]
        )
        more = f"; and {len(shared) - SHOWN:,} more" if len(shared) > SHOWN else ""
        raise InputError(
            f"Expected no picture or video in two splits, found the same bytes twice: "
            f'{shown}{more}. Say in [split] shared_frames = "drop" (the earlier split loses the '
            'stories that show them) or "allow", or mend the splits.'
        )
    if rule == "allow":
        return {}
    return {
        (one.split, one.name): f"{one.name} is {one.kept}, which {one.kept_split} shows."
        for one in shared
    }


def _alike(files: Mapping[str, Mapping[str, RawFile]]) -> list[list[tuple[str, str]]]:
    """Groups of (split, name) with the same bytes, in more than one split."""
    sized: dict[int, list[tuple[str, RawFile]]] = defaultdict(list)
    for split, named in files.items():
        for file in named.values():
            sized[_size(file)].append((split, file))
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    digests: dict[str, str] = {}
    for size, same in sized.items():
        if not size or len({split for split, _ in same}) < 2:  # empty files show nothing
            continue
        for split, file in same:
            if file.name not in digests:
                digests[file.name] = _digest(file)
            groups[digests[file.name]].append((split, file.name))
    return [group for group in groups.values() if len({split for split, _ in group}) > 1]


def _size(file: RawFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError as error:
        raise RawDataError(f"Expected to read {file.name}, found {error.strerror}.") from error


def _digest(file: RawFile) -> str:
    try:
        return sha256_file(file.path)
    except OSError as error:
        raise RawDataError(f"Expected to read {file.name}, found {error.strerror}.") from error
