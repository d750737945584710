"""The annotation file: what happens in each clip and who is in it.

`flintstones_annotations_v1-0.json` is a JSON list; of each record three keys are read: `globalID`,
`description`, and `characters` with an `entityLabel` each (proven by use:
adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:33 and
adymaharana/VLCStoryGan@7411240:vlcgan/flintstones_data.py:174). What is wrong with one record costs
its clip, named and with the reason; what is wrong with the file costs the build.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from storybench.errors import InputError, MissingError, RawDataError
from storybench.files import read_json
from storybench.schema import fault
from storydata.flintstonessv.spec import ANNOTATIONS_FILE
from storydata.kit.captions import UnicodeText, normalise
from storydata.kit.drops import Drop


class _Entity(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    entityLabel: UnicodeText  # noqa: N815 - the name of the key


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    globalID: UnicodeText  # noqa: N815 - the name of the key
    description: UnicodeText
    characters: Annotated[tuple[_Entity, ...] | None, Field(strict=False)] = None


_RECORD = TypeAdapter(_Record)


@dataclass(frozen=True, slots=True)
class Annotation:
    """One clip: its caption, and the entities that the annotators saw, None where none are listed.

    The caption is normalised; entities are as written.
    """

    id: str
    caption: str
    entities: tuple[str, ...] | None


@dataclass(frozen=True)
class Annotations:
    """Every clip that is annotated, by id in file order, and the records that are lost.

    `broken` has a reason for every id whose record cannot be used.
    """

    clips: Mapping[str, Annotation]
    broken: Mapping[str, str]
    drops: tuple[Drop, ...]
    n_records: int


def read_annotations(path: Path) -> Annotations:
    """Every record of the annotation file.

    A record that says the same again is dropped; an id with records that differ is broken, since
    nobody can say which one is meant.

    Raises:
        MissingError: no such file.
        RawDataError: it is not whole JSON, no list, or not one of its records can be used.
    """
    records = _records(path)
    clips: dict[str, Annotation] = {}
    broken: dict[str, str] = {}
    drops: list[Drop] = []
    n_records = len(records)
    for number in range(1, n_records + 1):
        record, records[number - 1] = records[number - 1], None  # two lists of it are not needed
        place = f"record {number} of {ANNOTATIONS_FILE}"
        clip_id, annotation, reason = _annotation(record, place)
        earlier = clips.get(clip_id)
        if earlier is not None and annotation == earlier:
            reason = f"Record {number} says the same of {clip_id} as an earlier one."
            drops.append(Drop(clip_id, "description", "", "duplicate annotation", reason))
        elif earlier is not None or clip_id in broken:
            broken.setdefault(clip_id, f"It is annotated more than once; {place} differs.")
            clips.pop(clip_id, None)
        elif annotation is not None:
            clips[clip_id] = annotation
        elif clip_id:
            broken[clip_id] = reason
        else:
            drops.append(Drop(place, "description", "", "annotation broken", reason))
    _check_any(clips, [*broken.values(), *(drop.reason for drop in drops)])
    return Annotations(clips, broken, tuple(drops), n_records=n_records)


def _records(path: Path) -> list[Any]:
    try:
        value = read_json(path)
    except MissingError as error:
        raise MissingError(
            f"Expected {ANNOTATIONS_FILE} in {path.parent}, found none. It holds every caption and "
            "label and is part of the release; nothing can be built without it."
        ) from error
    except InputError as error:
        raise RawDataError(str(error)) from error
    if not isinstance(value, list):
        raise RawDataError(
            f"Expected a JSON list of records in {path}, found {type(value).__name__} at the top."
        )
    return value


def _annotation(record: Any, place: str) -> tuple[str, Annotation | None, str]:
    """Id ("" if there is none), annotation, and why there is none."""
    try:
        checked = _RECORD.validate_python(record)
    except ValidationError as error:
        return _id_of(record), None, fault(error, place)
    caption = normalise(checked.description)
    if not caption:
        return checked.globalID, None, f"Expected a caption in {place}, found a blank one."
    entities = checked.characters
    names = None if entities is None else tuple(entity.entityLabel for entity in entities)
    return checked.globalID, Annotation(checked.globalID, caption, names), ""


def _id_of(record: Any) -> str:
    """The id of a record that is broken elsewhere, if that much can be read."""
    clip_id = record.get("globalID") if isinstance(record, dict) else None
    return clip_id if isinstance(clip_id, str) and clip_id.isprintable() else ""


def _check_any(clips: Mapping[str, Annotation], reasons: list[str]) -> None:
    if clips:
        return
    first = reasons[0] if reasons else "The list is empty."
    raise RawDataError(
        f"Expected records with globalID and description in {ANNOTATIONS_FILE}, found none that "
        f"can be used. {first}"
    )
