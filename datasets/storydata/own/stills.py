"""`kind = "frames"`: pictures with a text beside each of them, or with captions in tables.

With texts, the sequence is that of the file names, by which p2 comes before p10, and every line of
a text is an alternative of the caption. What nobody describes is no part of the sequence. For
tables see `storydata.own.listed`.
"""

from __future__ import annotations

from storybench.errors import InputError, MissingError
from storydata.kit.captions import normalise
from storydata.kit.raw import RawFile
from storydata.own.beside import caption_folder, caption_tables, described_by
from storydata.own.described import Episode, Lost, Reading, Shot
from storydata.own.folder import Folder, check_folder, episode_name, folder_of, natural
from storydata.own.listed import read_listed
from storydata.own.settings import FramesSource
from storydata.own.tables import read_table
from storydata.own.text import read_text

TEXT_SUFFIXES = (".txt", ".caption")


def read_stills(folder: Folder, source: FramesSource, *, place: str) -> Reading:
    """Every episode of a source of pictures; `place` names the source in messages.

    Raises:
        InputError: the recipe says something that the files are not.
        MissingError: there is no picture, or no table.
        RawDataError: a table or text is not what was expected; names the line.
    """
    home = check_folder(folder, source.folder, place=place)
    pictures = folder.below(home, source.pictures)
    captions = caption_folder(folder, source, home=home)
    if captions is None:
        files = caption_tables(folder, source, place=place)
        tables = [read_table(file, encoding=source.encoding) for file in files]
        return read_listed(folder, source, tables, pictures, home=home, place=place)
    if source.episode == "column" or source.labels == "column" or source.columns:
        raise InputError(
            f"Expected a table of captions in {place}, since it speaks of columns, found captions "
            'in a text beside each picture. Name the table: captions = "captions.csv".'
        )
    if not pictures:
        raise MissingError(
            f"Expected pictures like {' or '.join(source.pictures)} in the folder {home} of "
            f"{place}, found none."
        )
    return _with_texts(folder, source, pictures, home=home, captions=captions)


def _with_texts(
    folder: Folder, source: FramesSource, pictures: list[RawFile], *, home: str, captions: str
) -> Reading:
    shots: dict[str, list[Shot]] = {}
    losses: list[Lost] = []
    tables: list[RawFile] = []
    for file in pictures:
        episode = f"{source.prefix}{episode_name(folder_of(file.name, home))}"
        texts = described_by(folder, file, home=home, captions=captions, suffixes=TEXT_SUFFIXES)
        tables += texts[:1]
        lines = _lines(texts[0], source.encoding) if texts else ()
        if lines:
            shot = Shot(file.name, file, lines, licence=source.licence or None)
            shots.setdefault(episode, []).append(shot)
        else:
            reason = f"{texts[0].name} is empty." if texts else "No text of its name is beside it."
            losses.append(Lost(file.name, "description", "no caption", reason, episode))
    return Reading(
        episodes=tuple(
            Episode(name, tuple(shots[name]), is_video=False) for name in sorted(shots, key=natural)
        ),
        tables=tuple(tables),
        losses=tuple(losses),
    )


def _lines(file: RawFile, encoding: str) -> tuple[str, ...]:
    """Every line that says something, once."""
    lines = map(normalise, read_text(file, encoding=encoding).split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))
