"""The files below a recipe: found once, looked up by the names that people write in tables.

A name in a table is never opened as a path: it is looked for among the files that were found below
the recipe, so no absolute path and no ".." can lead out of it. Links are followed, each folder is
entered once. Names that differ in Unicode form only are one name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from storybench.errors import InputError, MissingError, RawDataError
from storydata.kit.raw import RawFile, walk
from storydata.own.globs import fits


@dataclass(frozen=True)
class Folder:
    """Every file below the recipe under its name there.

    `near` has the same names without regard to case, with and without their suffix.
    """

    root: Path
    files: Mapping[str, RawFile]
    near: Mapping[str, str]

    def below(self, folder: str, patterns: Sequence[str]) -> list[RawFile]:
        """The files below a folder that fit any of the patterns, in natural order."""
        start = "" if folder == "." else f"{folder}/"
        found = [
            file
            for name, file in self.files.items()
            if name.startswith(start) and fits(name[len(start) :], patterns)
        ]
        return sorted(found, key=lambda file: natural(file.name))

    def find(self, name: str, *, folders: Iterable[str]) -> RawFile | None:
        """The file of that name in the first of the folders that has it."""
        for folder in folders:
            file = self.files.get(_form(joined(folder, name)))
            if file is not None:
                return file
        return None

    def why_missing(self, name: str, *, folder: str) -> str:
        """One sentence on a name that `find` does not find."""
        wanted = _form(joined(folder, name))
        near = self.near.get(wanted.casefold()) or self.near.get(stem(wanted).casefold())
        there = f"; there is {near}" if near else ""
        return f"No file {wanted}{there}."

    def has_folder(self, name: str) -> bool:
        """Whether a folder of that name is there and holds files."""
        return name == "." or any(file.startswith(f"{name}/") for file in self.files)


def open_folder(root: Path) -> Folder:
    """Look at everything below the folder of a recipe.

    Raises:
        RawDataError: a folder may not be read.
    """
    files = {_form(file.name): RawFile(_form(file.name), file.place) for file in walk(root)}
    near = {stem(name).casefold(): name for name in files}
    return Folder(root, files, near | {name.casefold(): name for name in files})


def check_inside(text: str, *, place: str) -> str:
    r"""A path that a person wrote, with forward slashes, if it stays below the recipe.

    >>> check_inside(".\\pages\\p1.png", place="line 2 of captions.csv")
    'pages/p1.png'

    Raises:
        RawDataError: it is absolute, climbs out with "..", or names nothing.
    """
    path = PurePosixPath(text.strip().replace("\\", "/"))
    if path.is_absolute() or re.match(r"^[A-Za-z]:", str(path)) or ".." in path.parts:
        raise RawDataError(
            f"Expected a path below the recipe, with neither a leading slash nor '..', in {place}, "
            f"found {text[:80]!r}. Links below the recipe are followed."
        )
    return str(path)


def check_folder(folder: Folder, text: str, *, place: str) -> str:
    """The name of a folder below the recipe that is there.

    Raises:
        InputError: it leads out of the recipe.
        MissingError: no file lies below it.
    """
    try:
        name = check_inside(text, place=place)
    except RawDataError as error:
        raise InputError(str(error)) from error
    if not folder.has_folder(name):
        raise MissingError(
            f"Expected files in the folder {name} beside the recipe, as {place} says, found none."
        )
    return name


def natural(name: str) -> tuple[tuple[str, int, str], ...]:
    """Sort key by which "p2" comes before "p10", whatever the case.

    >>> sorted(["p10.png", "P2.png", "p1.png"], key=natural)
    ['p1.png', 'P2.png', 'p10.png']
    """
    parts = re.findall(r"([^0-9]*)([0-9]*)", name)
    key = [(text.casefold(), int(digits or "0"), digits) for text, digits in parts]
    return (*key, (name, 0, ""))


def joined(folder: str, name: str) -> str:
    """A name below a folder, both with forward slashes.

    >>> joined(".", "a.png"), joined("ep1", "a.png")
    ('a.png', 'ep1/a.png')
    """
    return name if folder in (".", "") else f"{folder}/{name}"


def folder_of(name: str, home: str = ".") -> str:
    """The folder of a file, relative to `home`; of a file right in `home`, the last part of that.

    >>> folder_of("pages/ep1/p1.png", "pages"), folder_of("pages/p1.png", "pages")
    ('ep1', 'pages')
    >>> folder_of("ep1/p1.png"), folder_of("p1.png")
    ('ep1', '.')
    """
    parent = name.rpartition("/")[0] or "."
    if parent == home:
        return home.rpartition("/")[2]
    return parent.removeprefix(f"{home}/")


def episode_name(folder: str) -> str:
    """What an episode is called that is a folder; "all" if it is that of the recipe itself.

    >>> episode_name("ep1"), episode_name(".")
    ('ep1', 'all')
    """
    return "all" if folder == "." else folder


def stem(name: str) -> str:
    """A file's name without its last suffix, folders kept.

    >>> stem("season 1/ep1.en.srt")
    'season 1/ep1.en'
    """
    return str(PurePosixPath(name).with_suffix("")) if PurePosixPath(name).suffix else name


def _form(name: str) -> str:
    return unicodedata.normalize("NFC", name)
