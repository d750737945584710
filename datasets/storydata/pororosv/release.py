"""Where a release lies in a raw folder, and every file of it that a build may read.

The clips lie in `<series>/<episode>/`, as `<n>.png` (strips, the release) or `<n>.gif` (PororoQA's
own). Any other folder, `masks/` and `img_segment/` among them, holds no episode and is not entered.
Folders are listed, no clip is opened. Where nothing is unpacked, a zip is read in place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storybench.errors import InputError, MissingError, RawDataError
from storydata.kit.homes import homes
from storydata.kit.raw import RawFile
from storydata.pororosv.names import clip_number, folder_of, is_episode_folder
from storydata.pororosv.spec import CAPTION_ROWS, FOLDERS, ORIGINALS, TABLES
from storydata.pororosv.zipped import zipped_clips, zipped_tables

Form = Literal["png", "gif"]

FORMS: tuple[Form, ...] = ("png", "gif")
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class Release:
    """What lies in the folder that holds the series: clips by episode and number, and tables.

    `form` is the file type of the clips. Names of files are relative to the release, wherever in
    the raw folder it lies. `folder` is where a zip lies that is read in place, `archive` the zip.
    """

    folder: Path
    form: Form
    tables: Mapping[str, RawFile]
    clips: Mapping[str, Mapping[int, RawFile]]
    archive: Path | None = None

    @property
    def n_clips(self) -> int:
        """How many clips there are."""
        return sum(map(len, self.clips.values()))

    @property
    def is_original(self) -> bool:
        """Whether these are PororoQA's own clips."""
        return self.form == "gif"

    def clip_name(self, episode: str, n: int) -> str:
        """What the file of a clip is called, there or not."""
        prefix = f"{ORIGINALS}/" if self.is_original else ""
        return f"{prefix}{folder_of(episode)}/{n}.{self.form}"


def open_release(raw: Path) -> Release:
    """The release in a raw folder.

    Raises:
        MissingError: there is none; names what was looked for, and an archive that may hold it.
        InputError: there are two.
    """
    release = find_release(raw)
    if release is not None:
        return release
    archives = archives_in(raw)
    found = f"only the archive {archives[0].name}: unpack it there" if archives else "neither"
    raise MissingError(
        f"Expected PororoSV in {raw}: strips at <series>/<episode>/<n>.png with {TABLES[0]} and "
        f"other tables beside them, in the folder itself or in {' or '.join(FOLDERS)}; or "
        f"PororoQA's clips in {ORIGINALS} with {CAPTION_ROWS}. Found {found}."
    )


def find_release(raw: Path) -> Release | None:
    """The release in a raw folder, None if there is none.

    Folders with clips go before a zip, and that before folders with tables only.

    Raises:
        MissingError: there is no such folder.
        InputError: it is a file or may not be listed, or it holds two releases.
        RawDataError: nothing is unpacked, and a zip is broken.
    """
    places = {folder.resolve(): folder for folder in homes(raw, *FOLDERS, ORIGINALS)}
    found = [_release(folder, raw) for folder in places.values()]
    releases = [one for one in found if one is not None and one.clips]
    if len(releases) > 1:
        raise InputError(
            f"Expected one release in {raw}, found clips in {releases[0].folder} and in "
            f"{releases[1].folder}. Give each a raw folder of its own and name the one to build."
        )
    bare = [one for one in found if one is not None and _is_telling(one)]
    return next(iter([*releases, *([] if releases else _zipped(raw)), *bare]), None)


def archives_in(raw: Path) -> list[Path]:
    """Archives that lie in a raw folder, sorted."""
    if not raw.is_dir():
        return []
    return sorted(path for path in raw.iterdir() if path.name.endswith(ARCHIVES) and path.is_file())


def _zipped(raw: Path) -> list[Release]:
    """The release in a zip in the raw folder; tables beside the zip go before those in it."""
    found: list[Release] = []
    for path in archives_in(raw):
        for form in FORMS if path.suffix == ".zip" else ():
            clips = zipped_clips(path, form)
            if clips:
                tables = {**zipped_tables(path, clips[0]), **_tables(raw, raw)}
                found.append(Release(raw, form, tables, clips[1], path))
                break
    if len(found) > 1:
        raise InputError(
            f"Expected one release in {raw}, found clips in {found[0].archive} and in "
            f"{found[1].archive}. Unpack the one to build, or take the other away."
        )
    return found


def _release(folder: Path, raw: Path) -> Release | None:
    tables = _tables(folder, raw)
    strips, animations = _clips(folder)
    if not (tables or strips or animations):
        return None
    form: Form = "png" if strips or not animations else "gif"
    return Release(folder, form, tables, strips or animations)


def _is_telling(release: Release) -> bool:
    """Whether the tables alone say what this is: a file of captions may be anybody's."""
    return any(name != CAPTION_ROWS for name in release.tables)


def _tables(folder: Path, raw: Path) -> dict[str, RawFile]:
    """Tables in the folder of the series, or else in the one above it if that is named or known."""
    places = [folder]
    if folder != raw or folder.name == ORIGINALS:
        places.append(folder.parent)
    return {
        name: RawFile(name, str(place / name))
        for name in TABLES
        for place in reversed(places)
        if (place / name).is_file()
    }


def _clips(folder: Path) -> tuple[dict[str, dict[int, RawFile]], dict[str, dict[int, RawFile]]]:
    """Strips and animations by episode and number."""
    strips: dict[str, dict[int, RawFile]] = {}
    animations: dict[str, dict[int, RawFile]] = {}
    for place in _episode_folders(folder):
        names = [entry.name for entry in _listed(place) if entry.is_file()]
        prefix = folder_of(place.name)
        for form, found, start in (("png", strips, ""), ("gif", animations, f"{ORIGINALS}/")):
            numbered = ((clip_number(name, form), name) for name in names)
            files = {
                n: RawFile(f"{start}{prefix}/{name}", str(place / name))
                for n, name in numbered
                if n
            }
            if files:
                found[place.name] = files
    return strips, animations


def _episode_folders(folder: Path) -> Iterator[Path]:
    for series in _listed(folder):
        if series.is_dir():
            for episode in _listed(Path(series.path)):
                if is_episode_folder(series.name, episode.name) and episode.is_dir():
                    yield Path(episode.path)


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError as error:
        raise RawDataError(
            f"Expected to be allowed to read the folder {folder}, found it closed to this user."
        ) from error
