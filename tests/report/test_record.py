"""report.json follows its published schema, and the schema follows the types."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from storybench.errors import InputError
from storybench.files import write_json
from storybench.report.record import (
    document,
    make_schema,
    published_schema,
    read_report,
    write_report,
)
from storybench.types import Absent, Examination
from tests.report.evaluations import World, make_evaluation


def test_the_published_schema_is_that_of_the_types():
    """Whoever changes a type writes report.schema.json again: it is `make_schema()` as JSON."""
    assert json.loads(published_schema()) == make_schema()


def test_a_written_report_follows_the_schema(world: World, tmp_path):
    """What is written validates; the same with a field left out, or of another type, does not."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(published_schema()))
    report = make_evaluation(world.stories, absent=(Absent("clip_t", "No weights."),)).report
    write_report(report, tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_bytes())
    assert list(validator.iter_errors(written)) == []
    assert list(validator.iter_errors({**written, "scores": "none"}))
    assert list(validator.iter_errors({k: v for k, v in written.items() if k != "protocol"}))
    assert list(validator.iter_errors({**written, "schema_version": 2}))


def test_a_report_comes_back_as_it_was(world: World, tmp_path):
    """Reading gives the equal report, from the file or from its folder."""
    report = make_evaluation(world.stories, absent=(Absent("clip_t", "No weights."),)).report
    write_report(report, tmp_path / "report.json")
    assert read_report(tmp_path / "report.json") == report
    assert read_report(tmp_path) == report


def test_what_the_doctor_said_comes_back_and_follows_the_schema(world: World, tmp_path):
    """Numbers that are not known are null; counts are by kind."""
    said = Examination("misaligned", 0.1, 2.5, None, 40.5, {"misaligned": 1}, {"lossy pictures": 2})
    report = replace(make_evaluation(world.stories).report, doctor=said)
    write_report(report, tmp_path / "report.json")
    assert read_report(tmp_path) == report
    written = json.loads((tmp_path / "report.json").read_bytes())
    assert written["doctor"]["verdict"] == "misaligned"
    assert written["doctor"]["chance"] is None
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(published_schema()))
    assert list(validator.iter_errors(written)) == []
    written["doctor"]["verdict"] = "perhaps"
    assert list(validator.iter_errors(written))


def test_a_report_of_before_the_doctor_was_recorded_is_read(world: World, tmp_path):
    """A field that was added has a default; one that is not known yet is left alone."""
    report = make_evaluation(world.stories).report
    value = {k: v for k, v in document(report).items() if k != "doctor"}
    write_json(tmp_path / "report.json", {**value, "of_a_later_release": 1})
    assert read_report(tmp_path) == report
    assert report.doctor is None


def test_another_version_is_refused(world: World, tmp_path):
    """A report of a later schema is not guessed at."""
    value = document(make_evaluation(world.stories).report)
    write_json(tmp_path / "report.json", {**value, "schema_version": 2})
    with pytest.raises(InputError, match=r"schema version 1 in .*, found 2"):
        read_report(tmp_path / "report.json")
