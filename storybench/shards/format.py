"""Format 1: what a story is called and how it is written inside a shard.

A shard is a tar; one story is one WebDataset sample of it. The members of a story stand next to
each other, in this order::

    <key>.0.png  <key>.1.png  …  <key>.T.png  <key>.json        0 is the source frame

Pictures are PNG, or JPEG where the raw frame was one. The JSON (sorted keys, UTF-8) holds::

    id, split, cluster    strings; the cluster is the episode or video the story was cut from
    position              0, 1, … in the official order of the split
    orders                position in other orders of the release, by name
    subsets               named parts of the split that the story belongs to, sorted
    label_source          where the character labels came from, or null
    frames                source first, one object a frame:
      file                the member that holds the picture
      captions, default   every alternative, and the index of the one to use
      characters          multi-hot in the order of the spec, or null
      licence             as the raw data states it for this frame, or null
      origin              raw file, clip, index of the frame (or null), time in seconds (or null)

Writer and reader both take names and schema from here. Raw clips of several frames are kept whole
beside the stories: see `storybench.shards.clip_format`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, TypeAdapter

from storybench.errors import InputError
from storybench.names import is_story_id
from storybench.schema import validated_json
from storybench.types import Origin

FORMAT = 1
SPLITS = ("train", "val", "test")
SUFFIXES = ("png", "jpg")
Suffix = Literal["png", "jpg"]


@dataclass(frozen=True)
class FrameRecord:
    """One frame on its way into a shard: encoded picture bytes and what is known about them.

    The fields are those of `storybench.types.Frame`, with `data` and `suffix` for the picture.
    """

    data: bytes
    suffix: Suffix
    captions: tuple[str, ...]
    origin: Origin
    default: int = 0
    characters: tuple[int, ...] | None = None
    licence: str | None = None


@dataclass(frozen=True)
class StoryRecord:
    """One story on its way into a shard: the source frame first, then the targets."""

    key: str
    split: str
    cluster: str
    position: int
    frames: tuple[FrameRecord, ...]
    label_source: str | None = None
    orders: Mapping[str, int] = field(default_factory=dict)
    subsets: tuple[str, ...] = ()


def _origin_fields(origin: Origin) -> dict[str, Any]:
    return {"clip": origin.clip, "file": origin.file, "index": origin.index, "time": origin.time}


OriginDocument = Annotated[Origin, PlainSerializer(_origin_fields)]
"""An `Origin` as JSON describes it: keys sorted."""


@dataclass(frozen=True)
class FrameDocument:
    """One frame as the JSON of a story describes it; the fields stand in the order of its keys."""

    captions: tuple[str, ...]
    characters: tuple[int, ...] | None
    default: int
    file: str
    licence: str | None
    origin: OriginDocument


@dataclass(frozen=True)
class StoryDocument:
    """The JSON of a story; the fields stand in the order of its keys."""

    cluster: str
    frames: tuple[FrameDocument, ...]
    id: str
    label_source: str | None
    orders: Mapping[str, int]
    position: int
    split: str
    subsets: tuple[str, ...]


_DOCUMENT = TypeAdapter(StoryDocument)


def check_key(key: str) -> str:
    """The key itself, if it can name a story in a shard, in a file name and in a URL.

    >>> check_key("4391-12-40")
    '4391-12-40'

    Raises:
        InputError: it is not 1 to 80 of a-z, 0-9, "_" and "-", starting with a letter or digit.
    """
    if not is_story_id(key):
        raise InputError(
            f"Expected a story key or split of 1 to 80 characters from a-z, 0-9, '_' and '-' that "
            f"starts with a letter or digit, found {key!r}."
        )
    return key


def check_record(record: StoryRecord) -> StoryRecord:
    """The record itself, if it can be written.

    Raises:
        InputError: a key or split that cannot be a name, no target frame, a frame without a
            caption, or a default that points past the captions.
    """
    check_key(record.key)
    check_key(record.split)
    if len(record.frames) < 2:
        raise InputError(
            f"Expected a source frame and at least one target in story {record.key}, "
            f"found {len(record.frames)} frames."
        )
    for k, frame in enumerate(record.frames):
        _check_frame(frame, f"frame {k} of story {record.key}")
    return record


def shard_name(split: str, number: int) -> str:
    """File name of one shard of a split.

    >>> shard_name("test", 3)
    'stories-test-00003.tar'
    """
    return f"stories-{split}-{number:05d}.tar"


def member_name(key: str, k: int, suffix: str) -> str:
    """Name of picture `k` of a story inside its shard; 0 is the source.

    >>> member_name("p-0012", 0, "png")
    'p-0012.0.png'
    """
    return f"{key}.{k}.{suffix}"


def json_name(key: str) -> str:
    """Name of the JSON of a story inside its shard.

    >>> json_name("p-0012")
    'p-0012.json'
    """
    return f"{key}.json"


def split_rank(split: str) -> tuple[int, str]:
    """Sort key of splits: train, val, test, then any others by name.

    >>> sorted(["test", "extra", "train"], key=split_rank)
    ['train', 'test', 'extra']
    """
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS), split)


def story_document(record: StoryRecord) -> StoryDocument:
    """What the JSON of a story will say."""
    frames = tuple(
        FrameDocument(
            file=member_name(record.key, k, frame.suffix),
            captions=frame.captions,
            default=frame.default,
            characters=frame.characters,
            licence=frame.licence,
            origin=frame.origin,
        )
        for k, frame in enumerate(record.frames)
    )
    return StoryDocument(
        id=record.key,
        split=record.split,
        cluster=record.cluster,
        position=record.position,
        label_source=record.label_source,
        orders=dict(sorted(record.orders.items())),
        subsets=tuple(sorted(record.subsets)),
        frames=frames,
    )


def story_json(record: StoryRecord) -> bytes:
    """The JSON of a story as it stands in the shard: sorted keys, no spaces, a newline at the end.

    Pydantic writes it, in an eighth of the time that `json` takes over the same bytes.
    """
    return _DOCUMENT.dump_json(story_document(record)) + b"\n"


def parse_story(data: bytes, *, name: str) -> StoryDocument:
    """Read the JSON of a story back; `name` is for the message.

    Raises:
        InputError: it does not follow the schema.
    """
    return validated_json(_DOCUMENT, data, name=name)


def _check_frame(frame: FrameRecord, name: str) -> None:
    if frame.suffix not in SUFFIXES:
        raise InputError(
            f"Expected a picture suffix of png or jpg in {name}, found {frame.suffix!r}."
        )
    if not frame.captions:
        raise InputError(f"Expected at least one caption in {name}, found none.")
    if not 0 <= frame.default < len(frame.captions):
        raise InputError(
            f"Expected the default caption of {name} to be one of its {len(frame.captions)}, "
            f"found index {frame.default}."
        )
