"""The DiDeMo annotation files: found, parsed, every record checked.

`train_data.json`, `val_data.json` and `test_data.json` are JSON lists of descriptions (layout:
LisaAnne/LocalizingMoments@b6a555c:README.md). Any of the three is enough. They are looked for in
the raw folder and in its `data/`, where a clone of LocalizingMoments keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from storybench.errors import MissingError, RawDataError
from storybench.files import read_json
from storydata.didemosv.spec import ANNOTATION_FILES, HASHES_FILE, LICENCES_FILE, MAX_CHUNKS
from storydata.kit.captions import UnicodeText
from storydata.kit.raw import RawFile

FOLDERS = (".", "data")
VIDEO_NAME = r"^[^_/\\]+_[0-9]{1,15}_[^/\\]*$"
EXPECTED = {
    "annotation_id": "a whole number from 0 to 9999999",
    "description": "a string of Unicode text",
    "video": "a name like <owner>_<flickr id>_<secret>.<ext>",
    "num_segments": f"a whole number from 1 to {MAX_CHUNKS}",
    "times": f"a list of [start, end] chunks with 0 <= start <= end < {MAX_CHUNKS}",
}


def _in_order(moment: tuple[int, int]) -> tuple[int, int]:
    if moment[0] > moment[1]:
        raise ValueError("the moment ends before it starts")
    return moment


Chunk = Annotated[int, Field(ge=0, lt=MAX_CHUNKS)]
Pair = Annotated[tuple[Chunk, Chunk], Field(strict=False), AfterValidator(_in_order)]


class Annotation(BaseModel):
    """One description of one video and the moment each annotator gave it.

    `times` are inclusive 5-second chunks counted from 0: (1, 4) is 5 s to 25 s. Keys that are not
    listed here are ignored.
    """

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    annotation_id: Annotated[int, Field(ge=0, lt=10**7)]
    description: UnicodeText
    video: Annotated[str, Field(pattern=VIDEO_NAME, max_length=255)]
    num_segments: Annotated[int, Field(ge=1, le=MAX_CHUNKS)]
    times: Annotated[tuple[Pair, ...], Field(strict=False, min_length=1)]

    @property
    def stem(self) -> str:
        """The video's name up to the last dot: one video, whatever its extension."""
        return self.video.rpartition(".")[0] or self.video


def find_file(raw: Path, name: str) -> Path | None:
    """The file of that name in the raw folder or its `data/`, None if in neither."""
    for folder in FOLDERS:
        path = raw / folder / name
        if path.is_file():
            return path
    return None


def find_annotations(raw: Path) -> dict[str, Path]:
    """The annotation files that are there, by split, in the order train, val, test."""
    found = {split: find_file(raw, name) for split, name in ANNOTATION_FILES.items()}
    return {split: path for split, path in found.items() if path is not None}


def raw_files(raw: Path) -> tuple[RawFile, ...]:
    """Every file beside the videos that a build reads: annotations, licences, hashes."""
    paths = [
        *find_annotations(raw).values(),
        find_file(raw, LICENCES_FILE),
        find_file(raw, HASHES_FILE),
    ]
    return tuple(RawFile(path.relative_to(raw).as_posix(), str(path)) for path in paths if path)


def read_splits(raw: Path) -> dict[str, list[Annotation]]:
    """Every record of every annotation file that is there, by split.

    Raises:
        MissingError: none of the three files is there; names what was looked for.
        InputError: a file is not JSON, or cut short; names line and column.
        RawDataError: a record is not what was expected, or a video stands in two splits.
    """
    found = find_annotations(raw)
    if not found:
        names = ", ".join(ANNOTATION_FILES.values())
        raise MissingError(
            f"Expected at least one of {names} in {raw} or its data folder, found none. They are "
            "in the data folder of the repository LisaAnne/LocalizingMoments."
        )
    splits = {split: read_annotations(path) for split, path in found.items()}
    _check_splits(splits)
    return splits


def read_annotations(path: Path) -> list[Annotation]:
    """Every record of one annotation file, in file order.

    Raises:
        InputError: not JSON, or cut short; names line and column.
        RawDataError: a record that is not what was expected, or an annotation_id that occurs twice;
            names the file, the record (counted from 1) and the annotation_id.
    """
    records = read_json(path)
    if not isinstance(records, list):
        raise RawDataError(
            f"Expected a list of records in {path.name}, found {_kind(records)} at the top."
        )
    annotations = [
        _annotation(record, f"record {number} of {path.name}")
        for number, record in enumerate(records, start=1)
    ]
    _check_unique(annotations, path.name)
    return annotations


def _annotation(record: Any, place: str) -> Annotation:
    try:
        return Annotation.model_validate(record)
    except ValidationError as error:
        raise RawDataError(_fault(record, place, error)) from error


def _fault(record: Any, place: str, error: ValidationError) -> str:
    """One sentence for the first thing that is wrong with a record."""
    if not isinstance(record, dict):
        return f"Expected an object in {place}, found {_kind(record)}."
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0])
    known = record.get("annotation_id")
    where = place if known is None else f"{place} (annotation_id {known!r})"
    if field not in record:
        return f"Expected the key {field!r} in {where}, found none."
    found = repr(record[field])[:80]
    return f"Expected {field!r} to be {EXPECTED[field]} in {where}, found {found}."


def _check_splits(splits: Mapping[str, Sequence[Annotation]]) -> None:
    """Refuse a video that stands in two splits: its test frames would leak into training."""
    home: dict[str, str] = {}
    for split, records in splits.items():
        for annotation in records:
            other = home.setdefault(annotation.stem, split)
            if other != split:
                raise RawDataError(
                    f"Expected every video in one split, found {annotation.stem} in "
                    f"{ANNOTATION_FILES[other]} and {ANNOTATION_FILES[split]} (annotation_id "
                    f"{annotation.annotation_id}). Use annotation files of one release."
                )


def _check_unique(annotations: Sequence[Annotation], name: str) -> None:
    seen: dict[int, int] = {}
    for number, annotation in enumerate(annotations, start=1):
        first = seen.setdefault(annotation.annotation_id, number)
        if first != number:
            raise RawDataError(
                f"Expected every annotation_id once in {name}, found {annotation.annotation_id} in "
                f"records {first} and {number}."
            )


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", type(None): "null"}
    return kinds.get(type(value), f"{value!r}")
