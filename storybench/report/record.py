"""report.json: the report as one JSON document whose schema is published beside this file.

`report.schema.json` (JSON Schema, draft 2020-12) follows from the types; a test holds it to them.
A field may be added to a version if older reports can go without: it has a default, and readers
ignore what they do not know (`absent`, `doctor`). Anything else is a new version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from storybench.errors import InputError
from storybench.files import read_json, write_json
from storybench.report.place import REPORT, folder_of
from storybench.schema import validated
from storybench.types import Report

SCHEMA_VERSION = 1
SCHEMA = "report.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class ReportDocument(Report):
    """A report.json: all scores of one set of predictions, and the version of this schema."""

    schema_version: Literal[1] = field(kw_only=True)


_REPORT = TypeAdapter(Report)
_DOCUMENT = TypeAdapter(ReportDocument)


def write_report(report: Report, path: Path) -> None:
    """Write a report as JSON, whole or not at all; equal reports give equal bytes."""
    write_json(path, document(report))


def read_report(path: Path) -> Report:
    """Read a report back; a folder that holds a report.json stands for it.

    Raises:
        MissingError: there is no such file.
        InputError: not JSON, of another schema version, a field is not what it must be, or a folder
            with several reports.
    """
    path = folder_of(path) / REPORT if path.is_dir() else path
    value = read_json(path)
    found = value.get("schema_version") if isinstance(value, dict) else None
    if found != SCHEMA_VERSION:
        raise InputError(
            f"Expected a report of schema version {SCHEMA_VERSION} in {path}, found {found}. Write "
            "it again with `storybench eval`."
        )
    return validated(_REPORT, value, name=str(path))


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values, with the schema's version."""
    return {"schema_version": SCHEMA_VERSION, **_REPORT.dump_python(report, mode="json")}


def make_schema() -> dict[str, Any]:
    """The JSON Schema that follows from the types."""
    return {"$schema": DIALECT, "title": "report.json", **_untitled(_DOCUMENT.json_schema())}


def published_schema() -> str:
    """The text of the schema that is published with the package."""
    return files("storybench.report").joinpath(SCHEMA).read_text("utf-8")


def _untitled(schema: Any) -> Any:
    """The schema without the titles that pydantic makes of names."""
    if isinstance(schema, list):
        return [_untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _untitled(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }
