import json

import pytest

from storybench.board.submissions.record import (
    IdentityRecord,
    ReportRecord,
    document,
    read,
)
from storybench.errors import InputError, MissingError
from storybench.files import write_json

IDENTITY = {"slug": "x", "name": "X", "authors": "A", "url": "", "description": ""}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "report.json"


def test_a_report_is_read_with_all_its_fields(path, report, score):
    """What `storybench eval` writes is read back value for value."""
    write_json(path, report("mine", [score(value=23.5)]))
    record = read(path, ReportRecord)
    assert record.model == {"name": "mine"}
    assert record.scores[0].value == 23.5
    assert record.scores[0].interval == (21.5, 25.5)
    assert record.scores[0].n_clusters == 31


def test_the_doctors_verdict_is_read_where_it_is(path, report, score):
    """With its numbers and counts; reports of before it was recorded have none."""
    said = {"verdict": "aligned", "gain": 0.5, "chance": None, "notes": {"repeated pictures": 2}}
    write_json(path, report("mine", [score()], doctor=said))
    doctor = read(path, ReportRecord).doctor
    assert doctor is not None
    assert (doctor.verdict, doctor.gain, doctor.chance) == ("aligned", 0.5, None)
    assert (doctor.faults, doctor.notes) == ({}, {"repeated pictures": 2})
    write_json(path, report("mine", [score()], doctor=None))
    assert read(path, ReportRecord).doctor is None
    write_json(path, report("mine", [score()], doctor={**said, "faults": {"misaligned": -1}}))
    with pytest.raises(InputError, match=r"Expected doctor\.faults\.misaligned in .*"):
        read(path, ReportRecord)


def test_unknown_keys_are_ignored(path, report, score):
    """A newer report with more keys is read all the same."""
    write_json(path, report("mine", [score()], commit="abc", extra={"deep": [1]}))
    assert not hasattr(read(path, ReportRecord), "commit")


def test_a_document_is_sorted_and_ends_with_a_newline(path, report, score):
    """Documents are sorted JSON with a newline, and give the same record again."""
    write_json(path, report("mine", [score()]))
    record = read(path, ReportRecord)
    text = document(record).decode()
    assert text.endswith("}\n")
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert ReportRecord.model_validate_json(text) == record


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema_version", 2),
        ("dataset", "../../etc"),
        ("dataset", "a--b"),
        ("split", "te/st"),
        ("protocol", ".."),
        ("data_digest", "abc"),
        ("predictions_digest", "z" * 64),
        ("n_stories", -1),
        ("n_stories", "many"),
        ("scores", []),
        ("model", {"x": "y" * 20_000}),
        ("versions", {"a\nb": "1"}),
    ],
)
def test_a_field_against_the_schema_is_named(path, report, score, field, value):
    """A value that does not fit is refused in one sentence that names its field."""
    write_json(path, report("mine", [score()]) | {field: value})
    with pytest.raises(InputError, match=f"Expected .*{field}.* in .* to .*, found "):
        read(path, ReportRecord)


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 1e300},
        {"interval": (30.0, 40.0)},
        {"standard_error": -1.0},
        {"direction": "sideways"},
        {"metric": "fid<script>"},
        {"settings": {"flags": 5}},
        {"settings": {"flags": ["<b>"]}},
    ],
)
def test_a_score_against_the_schema_is_refused(path, report, score, changes):
    """A number out of bounds, an interval without its value, odd flags: none is read."""
    write_json(path, report("mine", [score(**changes)]))
    with pytest.raises(InputError, match=r"Expected scores\.0.* in .* to .*, found "):
        read(path, ReportRecord)


def test_not_a_number_is_refused(path, report, score):
    """NaN, which JSON parsers let through, is not a score."""
    write_json(path, report("mine", [score()]))
    path.write_text(path.read_text().replace('"value": 20.0', '"value": NaN'))
    with pytest.raises(InputError, match=r"scores\.0\.value"):
        read(path, ReportRecord)


def nest(levels):
    """A mapping in a mapping in a mapping."""
    return {"a": nest(levels - 1)} if levels else 1


@pytest.mark.parametrize(
    "model", [{"x": "\ud800"}, {"x": float("nan")}, {"x": nest(12)}, {"x": [[[[[[[[[[1]]]]]]]]]]}]
)
def test_a_model_that_could_break_the_page_is_refused(path, report, score, model):
    """Half characters, NaN and deep nests are refused where they are read."""
    path.write_text(json.dumps({**report("mine", [score()]), "model": model}))
    with pytest.raises(InputError, match=r"Expected model in .* to .*, found "):
        read(path, ReportRecord)


def test_an_endless_number_is_refused(path, report, score):
    """An integer of thousands of digits is refused, not computed."""
    write_json(path, report("mine", [score()]))
    path.write_text(path.read_text().replace('"n": 8832', f'"n": {"9" * 5000}'))
    with pytest.raises(InputError, match="Expected JSON"):
        read(path, ReportRecord)


def test_a_metric_stands_once(path, report, score):
    """Two numbers under one metric id are refused: which one would count?"""
    write_json(path, report("mine", [score(value=1), score(value=2)]))
    with pytest.raises(InputError, match="to have every metric once, found "):
        read(path, ReportRecord)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org", "http://", "/local"]
)
def test_only_web_addresses_are_links(path, url):
    """An address that is not http or https never becomes a link."""
    write_json(path, {**IDENTITY, "url": url})
    with pytest.raises(InputError, match=r"Expected url in .* to be an address"):
        read(path, IdentityRecord)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("name", "two\nlines"),
        ("name", "right\u202eto left"),
        ("authors", ""),
        ("authors", " "),
        ("description", "x" * 1001),
    ],
)
def test_texts_are_one_printable_line(path, field, value):
    """Empty, overlong, broken or hidden text is refused."""
    write_json(path, {**IDENTITY, field: value})
    with pytest.raises(InputError, match=f"Expected {field} in .* to .*, found "):
        read(path, IdentityRecord)


def test_broken_files_are_one_clear_sentence(path):
    """Half a JSON, a huge file, a link, no file: each says what was expected."""
    path.write_text('{"schema_version": 1,')
    with pytest.raises(InputError, match="error at line 1"):
        read(path, ReportRecord)
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="nested too deep"):
        read(path, ReportRecord)
    path.write_text("[]")
    with pytest.raises(InputError, match="to hold keys with values, found "):
        read(path, ReportRecord)
    path.write_bytes(b" " * 10_000_001)
    with pytest.raises(InputError, match="at most 10,000,000 bytes"):
        read(path, ReportRecord)
    path.unlink()
    with pytest.raises(MissingError, match="found none"):
        read(path, ReportRecord)
    path.symlink_to("/etc/hostname")
    with pytest.raises(InputError, match=r"plain file .* found a link"):
        read(path, ReportRecord)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match=r"plain file .* found a folder"):
        read(path, ReportRecord)
