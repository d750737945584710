"""The documents of a submission, as pydantic schemas: report, identity, gallery.

They come from outside, by pull request, so every text is one printable line of bounded length,
every name is safe as a file name, every number is finite, and an address is http or https. Keys
that are not known here are ignored: a newer report can still be read.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from storybench.errors import InputError
from storybench.files import canonical_json, read_json
from storybench.names import STORY_ID
from storybench.schema import validated
from storybench.types import Verdict

SCHEMA_VERSION = 1
MAX_FILE_BYTES = 10_000_000
MAX_MODEL_BYTES = 16_384
MAX_MODEL_DEPTH = 8
MAX_URL = 300
TWIN_SUFFIX = "-twin"
FLAG = r"[A-Za-z0-9][A-Za-z0-9 _.:-]{0,59}"


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("should be one line of printable characters")
    return text.strip()


def _address(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or " " in text):
        raise ValueError("should be an address that starts with https:// or http://")
    return text


def _small(value: dict[str, Any]) -> dict[str, Any]:
    if len(canonical_json(value)) > MAX_MODEL_BYTES:
        raise ValueError(f"should be at most {MAX_MODEL_BYTES:,} bytes of JSON")
    if _is_deeper(value, MAX_MODEL_DEPTH):
        raise ValueError(f"should be nested at most {MAX_MODEL_DEPTH} levels deep")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)


Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=60)]
StoryId = Annotated[str, StringConstraints(pattern=STORY_ID)]
MetricId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9_-]+([./][a-z0-9_-]+)*$", max_length=120)
]
FileName = Annotated[
    str,
    StringConstraints(
        pattern=r"^(results/[a-z0-9][a-z0-9._-]*\.json|gallery/([a-z0-9][a-z0-9_-]*\.jpg|gallery\.json))$",
        max_length=220,
    ),
]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e12, le=1e12)]
Count = Annotated[int, Field(strict=True, ge=0)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(_line)]
Line = Annotated[str, StringConstraints(max_length=300), AfterValidator(_line)]
Text = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_line)]
Address = Annotated[str, StringConstraints(max_length=MAX_URL), AfterValidator(_address)]
Identity = Annotated[dict[str, Any], AfterValidator(_small)]
Tally = Annotated[dict[Line, Count], Field(max_length=50)]


def _with_flags(settings: dict[str, Any]) -> dict[str, Any]:
    flags = settings.get("flags", [])
    if not isinstance(flags, list | tuple) or not all(
        isinstance(flag, str) and re.fullmatch(FLAG, flag) for flag in flags
    ):
        raise ValueError("should hold flags as a list of names")
    return settings


class Record(BaseModel):
    """Frozen; unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ScoreRecord(Record):
    """One number of a report: the fields of `storybench.types.Score`."""

    metric: MetricId
    value: Number
    standard_error: Annotated[Number, Field(ge=0)] | None
    interval: tuple[Number, Number] | None
    n: Count
    n_clusters: Count
    direction: Literal["lower", "higher"]
    settings: Annotated[dict[str, Any], AfterValidator(_with_flags)] = {}

    @property
    def flags(self) -> tuple[str, ...]:
        """What the metric says must be known beside the number."""
        return tuple(self.settings.get("flags", ()))

    @model_validator(mode="after")
    def _interval_holds_value(self) -> ScoreRecord:
        if self.interval and not self.interval[0] <= self.value <= self.interval[1]:
            raise ValueError(f"should have an interval that holds the value {self.value}")
        return self


class ExaminationRecord(Record):
    """What the doctor said of the pictures: the fields of `storybench.types.Examination`."""

    verdict: Verdict
    gain: Number | None = None
    best: Number | None = None
    chance: Number | None = None
    score: Number | None = None
    faults: Tally = {}
    notes: Tally = {}


class ReportRecord(Record):
    """A report.json: the fields of `storybench.types.Report` and `schema_version`."""

    schema_version: Literal[1]
    dataset: Name
    split: Name
    data_digest: Digest
    predictions_digest: Digest
    model: Identity
    protocol: Name
    n_stories: Count
    scores: Annotated[tuple[ScoreRecord, ...], Field(min_length=1, max_length=100)]
    versions: Annotated[dict[Line, Line], Field(max_length=50)]
    doctor: ExaminationRecord | None = None

    @model_validator(mode="after")
    def _metrics_are_unique(self) -> ReportRecord:
        ids = [score.metric for score in self.scores]
        if len(set(ids)) < len(ids):
            raise ValueError("should have every metric once")
        return self


class IdentityRecord(Record):
    """Who a system is; `slug` is the name of its folder."""

    slug: Name
    name: Title
    authors: Annotated[Line, Field(min_length=1)]
    url: Address
    description: Text


class SubmissionRecord(IdentityRecord):
    """A submission.json: who made the system, and the SHA-256 of every other file beside it."""

    schema_version: Literal[1]
    files: Annotated[dict[FileName, Digest], Field(min_length=1, max_length=200)]


class StripRecord(Record):
    """One picture of the gallery, made of square cells of `cell` pixels.

    First row: the source and the generated frames. Second row, where `has_truth`: the true frames.
    """

    story_id: StoryId
    dataset: Name
    split: Name
    data_digest: Digest
    predictions_digest: Digest
    n_targets: Annotated[int, Field(strict=True, ge=1, le=32)]
    cell: Annotated[int, Field(strict=True, ge=16, le=256)]
    has_truth: bool
    captions: tuple[Text, ...]
    credit: Line
    licence: Line

    @model_validator(mode="after")
    def _every_frame_has_a_caption(self) -> StripRecord:
        if len(self.captions) != self.n_targets + 1:
            raise ValueError(f"should have {self.n_targets + 1} captions")
        return self


class LeftOutRecord(Record):
    """A story of the gallery whose pictures may not be shown, and why."""

    story_id: StoryId
    dataset: Name
    split: Name
    data_digest: Digest
    reason: Line


class GalleryRecord(Record):
    """A gallery.json: what the pictures beside it show, and which stories were left out."""

    schema_version: Literal[1]
    strips: Annotated[tuple[StripRecord, ...], Field(max_length=150)]
    left_out: Annotated[tuple[LeftOutRecord, ...], Field(max_length=150)]


R = TypeVar("R", bound=Record)


def read(path: Path, schema: type[R]) -> R:
    """Read one document of a submission.

    Raises:
        MissingError: there is no such file.
        InputError: it is a link, a folder, too large, not JSON, or against the schema; names the
            first fault.
    """
    if path.is_symlink() or path.is_dir():
        kind = "link" if path.is_symlink() else "folder"
        raise InputError(
            f"Expected a plain file at {path}, found a {kind}. Put the file itself there."
        )
    if path.is_file() and path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(
            f"Expected at most {MAX_FILE_BYTES:,} bytes in {path}, found {path.stat().st_size:,}."
        )
    return validated(TypeAdapter(schema), read_json(path), name=str(path))


def document(record: Record) -> bytes:
    """The bytes of a document: sorted, indented JSON with a newline at the end."""
    value = record.model_dump(mode="json")
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def is_twin(dataset: str) -> bool:
    """Whether a dataset was built from a release that the toy world wrote.

    >>> is_twin("didemosv-rebuilt-twin"), is_twin("didemosv")
    (True, False)
    """
    return dataset.endswith(TWIN_SUFFIX)
