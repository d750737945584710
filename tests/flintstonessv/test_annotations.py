"""The annotation file: used keys are strict, others ignored, and every loss has a name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import MissingError, RawDataError
from storydata.flintstonessv.annotations import Annotation, Annotations, read_annotations
from tests.flintstonessv.releases import ANNOTATIONS, clip_ids, record

FIRST, SECOND, THIRD = clip_ids(1, 3)


def read(tmp_path: Path, *records: Any) -> Annotations:
    """Read a file that holds these records."""
    path = tmp_path / ANNOTATIONS
    path.write_text(json.dumps(records))
    return read_annotations(path)


def test_a_record_gives_caption_and_entities(tmp_path: Path) -> None:
    """The caption is made one line, entities stay as written, other keys do not matter."""
    entities = [{"entityLabel": " Fred ", "labelNPC": None}, {"entityLabel": "policeman"}]
    one = record(FIRST, description=" Fred\n is  IN.\t", characters=entities, setting=float("nan"))
    found = read(tmp_path, one)
    assert found.clips == {FIRST: Annotation(FIRST, "Fred is IN.", (" Fred ", "policeman"))}
    assert (found.n_records, found.broken, found.drops) == (1, {}, ())


def test_the_minimal_record(tmp_path: Path) -> None:
    """Id and description are enough; no list of characters is not an empty list."""
    found = read(
        tmp_path,
        {"globalID": FIRST, "description": "a"},
        {"globalID": SECOND, "description": "b", "characters": []},
        {"globalID": THIRD, "description": "c", "characters": None},
    )
    assert [clip.entities for clip in found.clips.values()] == [None, (), None]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"description": None}, "description in .* to be a text, found None"),
        ({"description": float("nan")}, "description in .* to be a text, found nan"),
        ({"description": 7}, "Expected description in"),
        ({"description": " \t\n"}, f"Expected a caption in record 2 of {ANNOTATIONS}"),
        ({"description": "\ud800"}, "description in .* to be Unicode text, without"),
        ({"characters": "fred"}, "Expected characters in"),
        ({"characters": [{}]}, "Expected the key characters.0.entityLabel in"),
        ({"characters": [{"entityLabel": None}]}, "Expected characters.0.entityLabel in"),
        ({"characters": [{"entityLabel": float("nan")}]}, "Expected characters.0.entityLabel in"),
        ({"characters": {"entityLabel": "fred"}}, "Expected characters in"),
    ],
)
def test_a_broken_record_is_told_with_its_number(
    tmp_path: Path, more: dict[str, Any], reason: str
) -> None:
    """What a build would use must be of the right type; the clip is known to be broken, and why."""
    found = read(tmp_path, record(FIRST), record(SECOND, **more))
    assert list(found.clips) == [FIRST]
    assert list(found.broken) == [SECOND]
    assert "record 2 of" in found.broken[SECOND]
    assert re.search(reason, found.broken[SECOND])


@pytest.mark.parametrize("broken", [None, [], 3, {}, {"globalID": 5}, {"globalID": "\ud800"}])
def test_a_record_without_an_id_is_dropped_by_its_number(tmp_path: Path, broken: Any) -> None:
    """There is no clip to blame, so the record itself is named."""
    found = read(tmp_path, record(FIRST), broken)
    (drop,) = found.drops
    assert (drop.id, drop.kind, drop.step) == (
        f"record 2 of {ANNOTATIONS}", "description", "annotation broken",
    )  # fmt: skip
    drop.reason.encode()


def test_a_record_that_comes_again_is_dropped(tmp_path: Path) -> None:
    """The same again is harmless and named."""
    found = read(tmp_path, record(FIRST), record(SECOND), record(FIRST))
    assert list(found.clips) == [FIRST, SECOND]
    (drop,) = found.drops
    assert (drop.id, drop.step) == (FIRST, "duplicate annotation")
    assert drop.reason.startswith("Record 3 says the same")


@pytest.mark.parametrize("order", [(0, 1, 0), (0, 1), (1, 0)])
def test_records_that_differ_break_their_clip(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Nobody can say which is meant; the official code takes the last without a word."""
    found = read(
        tmp_path, record(SECOND), *(record(FIRST, description=f"Take {k}.") for k in order)
    )
    assert list(found.clips) == [SECOND]
    assert found.broken[FIRST] == (
        f"It is annotated more than once; record 3 of {ANNOTATIONS} differs."
    )


def test_a_broken_record_beside_a_good_one_breaks_the_clip(tmp_path: Path) -> None:
    """In whichever order they come."""
    bad, good, other = record(FIRST, description=1), record(FIRST), record(SECOND)
    assert list(read(tmp_path, bad, good, other).clips) == [SECOND]
    assert list(read(tmp_path, good, bad, other).clips) == [SECOND]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected JSON in .* at line 1"),
        ("[{]", "Expected JSON"),
        ("{}", "a JSON list of records in .*, found dict at the top"),
        ("[]", "found none that can be used. The list is empty"),
        ('[{"globalID": 1}]', "found none that can be used. Expected globalID in record 1"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Broken JSON, another shape, or not one usable record is no annotation file."""
    (tmp_path / ANNOTATIONS).write_text(text)
    with pytest.raises(RawDataError, match=message):
        read_annotations(tmp_path / ANNOTATIONS)


def test_no_file_is_a_missing_input(tmp_path: Path) -> None:
    """The sentence says what the file is for."""
    with pytest.raises(MissingError, match="holds every caption and label"):
        read_annotations(tmp_path / ANNOTATIONS)
