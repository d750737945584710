"""A release that was not unpacked: strips and tables read in place, out of one zip.

The zip holds the release as a folder would, under any folder of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.kit.untrusted.archives import open_archive
from storydata.pororosv.names import clip_number, folder_of, is_episode_folder
from storydata.pororosv.spec import ORIGINALS, TABLES

Clips = dict[str, dict[int, RawFile]]


def zipped_clips(path: Path, form: str) -> tuple[str, Clips] | None:
    """The folder inside a zip that holds the series, and the clips of that form by episode.

    None if the zip holds no such clip. What lies below that folder in folders of its own (masks by
    series and episode) is not of it.

    Raises:
        RawDataError: it is no whole zip, or holds clips in several folders.
    """
    found: dict[str, Clips] = {}
    for member in open_archive(path).names:
        place = _place(member, form)
        if place is None:
            continue
        root, episode, n = place
        start = f"{ORIGINALS}/" if form == "gif" else ""
        file = RawFile(f"{start}{folder_of(episode)}/{n}.{form}", str(path), member)
        found.setdefault(root, {}).setdefault(episode, {})[n] = file
    roots = [root for root in sorted(found) if not any(_is_below(root, other) for other in found)]
    if len(roots) > 1:
        raise RawDataError(
            f"Expected one release in {path.name}, found clips in {' and in '.join(roots)}. Unpack "
            "the one to build."
        )
    return (roots[0], found[roots[0]]) if roots else None


def zipped_tables(path: Path, root: str) -> dict[str, RawFile]:
    """The tables beside the series in a zip, or in the folder above them."""
    names = frozenset(open_archive(path).names)
    folder = PurePosixPath(root)
    found: dict[str, RawFile] = {}
    for place in (folder.parent, folder):
        found.update(_there(path, place, names))
    return found


def _there(path: Path, place: PurePosixPath, names: Iterable[str]) -> dict[str, RawFile]:
    members = {name: (place / name).as_posix() for name in TABLES}
    return {
        name: RawFile(name, str(path), member)
        for name, member in members.items()
        if member in names
    }


def _is_below(root: str, other: str) -> bool:
    return root != other and PurePosixPath(root).is_relative_to(other)


def _place(member: str, form: str) -> tuple[str, str, int] | None:
    """Root folder, episode and number of a member that is a clip."""
    *root, series, episode, file = ("", "", *member.split("/"))
    n = clip_number(file, form)
    if n is None or not is_episode_folder(series, episode):
        return None
    return "/".join(filter(None, root)), episode, n
