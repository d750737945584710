"""Names and the JSON of a story."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable

import pytest

from storybench.errors import InputError
from storybench.shards.format import (
    StoryRecord,
    check_key,
    check_record,
    json_name,
    member_name,
    parse_story,
    shard_name,
    story_document,
    story_json,
)

Make = Callable[[str, int], StoryRecord]


def test_names_are_those_of_format_one() -> None:
    """Shards, pictures and JSON are named as the format says."""
    assert shard_name("val", 12) == "stories-val-00012.tar"
    assert member_name("4391-7", 2, "jpg") == "4391-7.2.jpg"
    assert json_name("4391-7") == "4391-7.json"


@pytest.mark.parametrize("key", ["a", "0", "4391-12_x", "a" * 80])
def test_good_keys_pass(key: str) -> None:
    """A key of lower-case letters, digits, "_" and "-" is returned as it is."""
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "A", "-a", "_a", "a.b", "a/b", "../a", "é", "a b", "a" * 81, "a\n"]
)
def test_bad_keys_are_refused(key: str) -> None:
    """A key that a tar, a URL or webdataset could take for something else is refused."""
    with pytest.raises(InputError, match=re.escape(f"found {key!r}")):
        check_key(key)


def test_the_json_survives_a_round_trip(record: Make) -> None:
    """What is parsed from the JSON is what was written, to the last bit of the times."""
    story = record("train", 1)
    assert parse_story(story_json(story), name="x") == story_document(story)


def test_the_json_holds_what_the_format_promises(record: Make) -> None:
    """The JSON of a story is sorted, in UTF-8, and has the documented fields."""
    data = story_json(record("test", 0))
    value = json.loads(data)
    assert (
        data
        == (
            json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        ).encode()
    )
    assert set(value) == {
        *("id", "split", "cluster", "position", "orders", "subsets", "label_source", "frames")
    }
    assert (value["orders"], value["subsets"]) == ({"file": 9}, ["early", "whole"])
    assert value["frames"][0] == {
        "file": "test-0.0.jpg",
        "captions": ["Caption 400.", "Ada waves – «hé»."],
        "default": 1,
        "characters": None,
        "licence": "CC-BY",
        "origin": {"file": "videos/400.mp4", "clip": "c400", "index": 400, "time": 400 / 30},
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "Expected JSON in p.json, found an error: EOF"),
        (b"[]", r"Expected p.json to hold keys with values, found \[\]"),
        (
            b'{"cluster": 3}',
            "Expected cluster in p.json to be a text, found 3 .and 7 more.",
        ),
    ],
)
def test_a_bad_json_is_one_sentence(data: bytes, message: str) -> None:
    """A JSON that does not follow the schema names itself and the first fault."""
    with pytest.raises(InputError, match=message):
        parse_story(data, name="p.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"captions": ()}, "at least one caption in frame 1 of story test-0"),
        ({"default": 2}, "default caption of frame 1 of story test-0 .* found index 2"),
        ({"default": -1}, "found index -1"),
        ({"suffix": "gif"}, "png or jpg in frame 1 of story test-0, found 'gif'"),
    ],
)
def test_a_frame_that_cannot_be_written_is_refused(
    record: Make, change: dict[str, object], message: str
) -> None:
    """A frame without captions, with a wrong default or a strange suffix names its story."""
    story = record("test", 0)
    source, target, last = story.frames
    broken = dataclasses.replace(target, **change)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match=message):
        check_record(dataclasses.replace(story, frames=(source, broken, last)))


def test_a_story_without_targets_is_refused(record: Make) -> None:
    """A story is a source and at least one target."""
    story = record("test", 0)
    with pytest.raises(InputError, match="at least one target in story test-0, found 1 frames"):
        check_record(dataclasses.replace(story, frames=story.frames[:1]))


def test_a_split_that_cannot_name_a_file_is_refused(record: Make) -> None:
    """A split goes into file names, so it keeps to the characters of keys."""
    with pytest.raises(InputError, match=r"found '../test'"):
        check_record(dataclasses.replace(record("test", 0), split="../test"))
