"""Captions, labels and clip counts: the tables of the release, each as a mapping of plain values.

Every table was written by somebody's script a decade ago, so every key and value is checked. What a
key that names no clip says is not used; it is handed back, so that nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from storybench.errors import RawDataError
from storybench.pickles.files import parse_npy
from storydata.kit.captions import normalise
from storydata.kit.raw import RawFile
from storydata.kit.untrusted.tables import parse_rows
from storydata.pororosv.names import MAX_CLIPS, Clip, clip_of, episode_of, text_of
from storydata.pororosv.shown import shown

Key = TypeVar("Key")
Value = TypeVar("Value")

Captions = tuple[str, ...]
Labels = tuple[int, ...]


@dataclass(frozen=True)
class Table(Generic[Key, Value]):
    """What a table says by clip or episode, and its keys that name none, as they stand there."""

    entries: Mapping[Key, Value]
    strays: tuple[str, ...] = ()


def read_captions(file: RawFile) -> Table[Clip, Captions]:
    """Every caption of every clip, in the order of the file; blank ones are left out.

    Raises:
        RawDataError: the file is not what was expected; names the key or line.
    """
    if file.name.endswith(".csv"):
        return caption_rows(file)
    return caption_table(parse_npy(file.read_bytes(), file.name), file.name)


def read_labels(file: RawFile, n_characters: int) -> Table[Clip, Labels]:
    """The characters of every clip, multi-hot.

    Raises:
        RawDataError: the file is not what was expected; names the clip.
    """
    return label_table(parse_npy(file.read_bytes(), file.name), file.name, n_characters)


def read_counter(file: RawFile) -> Table[str, int]:
    """How many clips every episode has, by its name without the series.

    Raises:
        RawDataError: the file is not what was expected; names the episode.
    """
    return counter_table(parse_npy(file.read_bytes(), file.name), file.name)


def caption_rows(file: RawFile) -> Table[Clip, Captions]:
    """The captions of `descriptions.csv`: rows of episode, number and caption, no header.

    The episode stands there with or without its series. A clip has as many captions as rows.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is no table of three columns, or none of its rows names a clip.
    """
    found: dict[Clip, list[str]] = {}
    strays: list[str] = []
    for row in parse_rows(file.read_bytes(), file.name, n_columns=3):
        episode, number, text = row.fields
        clip = _row_clip(episode.strip(), number.strip())
        if clip is None:
            strays.append(f"{shown(f'{episode},{number}')} in line {row.line}")
        else:
            found.setdefault(clip, []).append(text)
    entries = {clip: _normalised(texts) for clip, texts in found.items()}
    return _checked(Table(entries, tuple(strays)), "clip", file.name)


def caption_table(value: Any, name: str) -> Table[Clip, Captions]:
    """The captions of `descriptions.npy`: a dictionary from clip to a list of texts.

    Raises:
        RawDataError: it is no such dictionary, or none of its keys names a clip.
    """
    return _table(value, name, clip_of, _texts, noun="clip")


def label_table(value: Any, name: str, n_characters: int) -> Table[Clip, Labels]:
    """The labels of `labels.npy`: a dictionary from clip to as many zeros and ones as characters.

    Raises:
        RawDataError: it is no such dictionary, or none of its keys names a clip.
    """

    def multi_hot(labels: Any, place: str) -> Labels:
        return _multi_hot(labels, place, n_characters)

    return _table(value, name, clip_of, multi_hot, noun="clip")


def counter_table(value: Any, name: str) -> Table[str, int]:
    """The counts of `frames_counter.npy`: a dictionary from episode to its highest clip number.

    Raises:
        RawDataError: it is no such dictionary, or none of its keys names an episode.
    """
    return _table(value, name, episode_of, _count, noun="episode")


def _table(
    value: Any,
    name: str,
    key_of: Callable[[object], Key | None],
    value_of: Callable[[Any, str], Value],
    *,
    noun: str,
) -> Table[Key, Value]:
    if not isinstance(value, dict):
        raise RawDataError(f"Expected a dictionary by {noun} in {name}, found {shown(value)}.")
    entries: dict[Key, Value] = {}
    strays: list[str] = []
    for written, content in value.items():
        key = key_of(written)
        if key is None:
            strays.append(shown(written))
            continue
        if key in entries:
            raise RawDataError(
                f"Expected every {noun} once in {name}, found {shown(written)} under two keys."
            )
        entries[key] = value_of(content, f"{shown(written)} in {name}")
    return _checked(Table(entries, tuple(strays)), noun, name)


def _checked(table: Table[Key, Value], noun: str, name: str) -> Table[Key, Value]:
    if table.entries or not table.strays:
        return table
    form = "<series>/<episode>" + ("/<n>" if noun == "clip" else "")
    raise RawDataError(
        f"Expected keys like {form} in {name}, with an episode <series>_ep<k>, found none such; "
        f"the first is {table.strays[0]}. Is it the table of another dataset?"
    )


def _row_clip(episode: str, number: str) -> Clip | None:
    name = episode_of(episode)
    is_number = number.isascii() and number.isdigit() and len(number) <= 9
    if name is None or not is_number or not 1 <= int(number) <= MAX_CLIPS:
        return None
    return Clip(name, int(number))


def _texts(value: Any, place: str) -> Captions:
    """The captions of one clip: a list of texts, an array of them, or a single one."""
    if isinstance(value, np.ndarray):
        value = value.reshape(-1).tolist()
    written = value if isinstance(value, list | tuple) else [value]
    texts = [text_of(one) for one in written]
    if None in texts:
        raise RawDataError(
            f"Expected captions as a list of texts at {place}, found "
            f"{shown(written[texts.index(None)])}."
        )
    return _normalised(text for text in texts if text is not None)


def _normalised(texts: Iterable[str]) -> Captions:
    return tuple(filter(None, map(normalise, texts)))


def _strange(value: Any, labels: Any) -> str:
    """What is no label: the first value that is none, or else the whole."""
    values = labels if isinstance(labels, list | tuple) else []
    odd = next((one for one in values if not _is_bit(one)), None)
    return shown(value) if odd is None else f"{shown(odd)} in {shown(value)}"


def _multi_hot(value: Any, place: str, n_characters: int) -> Labels:
    labels = value.tolist() if isinstance(value, np.ndarray) and value.ndim == 1 else value
    if (
        not isinstance(labels, list | tuple)
        or len(labels) != n_characters
        or not all(map(_is_bit, labels))
    ):
        raise RawDataError(
            f"Expected {n_characters} labels of 0 or 1 at {place}, found {_strange(value, labels)}."
        )
    return tuple(map(int, labels))


def _is_bit(value: Any) -> bool:
    """Whether a number or truth value is 0 or 1; NaN is neither."""
    is_number = isinstance(value, int | float | np.integer | np.floating | np.bool_)
    return is_number and value in (0, 1)


def _count(value: Any, place: str) -> int:
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value.item()
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or not 0 <= value <= MAX_CLIPS:
        raise RawDataError(
            f"Expected a whole number of clips from 0 to {MAX_CLIPS:,} at {place}, found "
            f"{shown(value)}."
        )
    return int(value)
