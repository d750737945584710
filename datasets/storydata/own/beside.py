"""The file that lies beside a picture or a video and describes it: the same name, another suffix.

"Beside" is the same folder, or the same place below the folder that `captions` names.
"""

from __future__ import annotations

from collections.abc import Sequence

from storybench.errors import InputError, MissingError
from storydata.kit.raw import RawFile
from storydata.own.folder import Folder, joined, stem
from storydata.own.settings import BESIDE, SourceTable
from storydata.own.tables import SUFFIXES


def caption_folder(folder: Folder, source: SourceTable, *, home: str) -> str | None:
    """Where the descriptions of single files lie; None if `captions` names tables.

    `home` is the folder of the pictures or videos themselves.
    """
    if source.captions == (BESIDE,):
        return home
    name = source.captions[0].rstrip("/")
    is_folder = len(source.captions) == 1 and name not in folder.files and folder.has_folder(name)
    return name if is_folder else None


def caption_tables(folder: Folder, source: SourceTable, *, place: str) -> list[RawFile]:
    """The tables that `captions` names, by name or pattern, in the order of the recipe.

    Raises:
        InputError: a name is of no table.
        MissingError: nothing of that name is there.
    """
    found: dict[str, RawFile] = {}
    for written in source.captions:
        files = [folder.files[written]] if written in folder.files else folder.below(".", [written])
        if not files:
            raise MissingError(
                f"Expected captions in {written} beside the recipe, as {place} says, found no such "
                f'file. Captions in a file of its own for each picture or video are "{BESIDE}".'
            )
        found |= {file.name: file for file in files}
    for file in found.values():
        if not file.name.lower().endswith(SUFFIXES):
            raise InputError(
                f"Expected a table ({', '.join(SUFFIXES)}) for captions of {place}, found "
                f"{file.name}."
            )
    return list(found.values())


def described_by(
    folder: Folder, file: RawFile, *, home: str, captions: str, suffixes: Sequence[str]
) -> list[RawFile]:
    """The files that bear the name of a picture or video with one of these suffixes, in turn."""
    own = _own_name(file, home, captions)
    return [folder.files[own + end] for end in suffixes if own + end in folder.files]


def in_languages(
    folder: Folder, file: RawFile, *, home: str, captions: str, suffixes: Sequence[str]
) -> list[RawFile]:
    """The files that bear the name of a video, a language, and one of these suffixes, by name."""
    own = _own_name(file, home, captions)
    near = folder.below(own.rpartition("/")[0] or ".", [f"*{suffix}" for suffix in suffixes])
    return [found for found in near if found.name.startswith(f"{own}.")]


def _own_name(file: RawFile, home: str, captions: str) -> str:
    """The name of a file without its suffix, in the folder where its description is to be."""
    if captions == home:
        return stem(file.name)
    return joined(captions, stem(file.name.removeprefix(f"{home}/")))
