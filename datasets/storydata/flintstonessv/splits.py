"""The split file: which clips are train, val and test, and in which order.

`train-val-test_split.json` holds three lists of ids. Official loaders keep their order
(adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:92-101), so it is that of the
stories here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench.errors import InputError, MissingError, RawDataError
from storybench.files import read_json
from storydata.flintstonessv.ids import EXAMPLE, is_usable, key
from storydata.flintstonessv.spec import SPLIT_FILE, SPLITS
from storydata.kit.drops import Drop


@dataclass(frozen=True)
class SplitLists:
    """The usable ids of each split, each once, in file order, and the entries that are lost."""

    ids: Mapping[str, tuple[str, ...]]
    drops: tuple[Drop, ...]

    @property
    def split_of(self) -> dict[str, str]:
        """The split of every clip."""
        return {clip_id: split for split, ids in self.ids.items() for clip_id in ids}


def read_splits(path: Path) -> SplitLists:
    """The three lists of the split file.

    An entry that names no season and episode, or comes twice in one list, is dropped.

    Raises:
        MissingError: no such file.
        RawDataError: it is not whole JSON, lacks a list, an entry is no text, or a clip stands in
            two splits.
    """
    value = _object(path)
    ids: dict[str, tuple[str, ...]] = {}
    drops: list[Drop] = []
    for split in SPLITS:
        entries = _entries(value, split)
        losses = dict(_losses(entries, split))
        ids[split] = tuple(one for k, one in enumerate(entries) if k not in losses)
        drops += losses.values()
    if not any(ids.values()):
        raise RawDataError(f"Expected ids like {EXAMPLE} in {SPLIT_FILE}, found none.")
    _check_apart(ids)
    return SplitLists(ids, tuple(drops))


def _object(path: Path) -> dict[str, Any]:
    try:
        value = read_json(path)
    except MissingError as error:
        raise MissingError(
            f"Expected {SPLIT_FILE} in {path.parent}, found none. It says which clips are train, "
            "val and test; it cannot be worked out from the other files, so take it from the "
            "release (or from the dataset of AI2, whose file it is)."
        ) from error
    except InputError as error:
        raise RawDataError(str(error)) from error
    if not isinstance(value, dict):
        raise RawDataError(
            f"Expected an object with the lists train, val and test in {path}, found "
            f"{type(value).__name__} at the top."
        )
    return value


def _entries(value: Mapping[str, Any], split: str) -> Sequence[str]:
    entries = value.get(split)
    if not isinstance(entries, list):
        found = "none" if split not in value else type(entries).__name__
        raise RawDataError(f"Expected a list under {split!r} in {SPLIT_FILE}, found {found}.")
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, str):
            raise RawDataError(
                f"Expected the id of a clip, like {EXAMPLE}, at entry {number} of {split!r} in "
                f"{SPLIT_FILE}, found {repr(entry)[:60]}."
            )
    return entries


def _losses(entries: Sequence[str], split: str) -> Iterator[tuple[int, Drop]]:
    """Entries that cannot be used, by their place, with a drop each."""
    seen: dict[str, int] = {}
    for k, entry in enumerate(entries):
        place = f"entry {k + 1} of {split!r} in {SPLIT_FILE}"
        if not is_usable(entry):
            reason = f"Expected an id like {EXAMPLE} at {place}, found {ascii(entry)[:90]}."
            yield k, Drop(place, "clip", split, "odd id", reason)
        elif key(entry) in seen:
            reason = f"It stands at {place} and already at entry {seen[key(entry)]}."
            yield k, Drop(entry, "clip", split, "listed twice", reason)
        else:
            seen[key(entry)] = k + 1


def _check_apart(ids: Mapping[str, Sequence[str]]) -> None:
    """Refuse a clip that stands in two splits: it would be trained on and tested on."""
    home: dict[str, str] = {}
    for split, clips in ids.items():
        for clip_id in clips:
            other = home.setdefault(key(clip_id), split)
            if other != split:
                raise RawDataError(
                    f"Expected every clip in one split, found {clip_id} under {other!r} and under "
                    f"{split!r} in {SPLIT_FILE}. Take the file from the release again."
                )
