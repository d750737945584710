"""Raw clips beside the stories: what a clip is called and how it is written inside a shard.

Where a raw clip holds several frames, stories show one of them. The clip itself is kept whole and
once, however many stories share it, in shards of its own (`clips-00000.tar`, …). One clip is one
WebDataset sample of two members::

    <key>.png | <key>.npy | <key>.gif      the frames, the bytes of the raw file untouched
    <key>.json                             what is known of the clip

A PNG is a strip of square frames from top to bottom, an NPY an array uint8 (k, h, w, 3), a GIF an
animation. The JSON (sorted keys, UTF-8) holds::

    id                    the raw clip, as `origin.clip` of a story's frame names it
    cluster               the episode or video
    file                  the member that holds the frames
    n_frames              how many frames there are
    captions, default     every alternative, and the index of the one to use
    characters            multi-hot in the order of the spec, or null
    label_source          where the labels came from, or null
    origin                raw file and clip
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from storybench.errors import InputError
from storybench.schema import validated_json
from storybench.shards.format import OriginDocument, check_key, json_name
from storybench.types import Origin

CLIP_SUFFIXES = ("png", "npy", "gif")
ClipSuffix = Literal["png", "npy", "gif"]


@dataclass(frozen=True)
class ClipRecord:
    """One clip on its way into a shard; `data` are the bytes of its raw file.

    The other fields are those of `storybench.types.Clip`, with `n_frames` for the frames.
    """

    key: str
    cluster: str
    data: bytes
    suffix: ClipSuffix
    n_frames: int
    captions: tuple[str, ...]
    origin: Origin
    default: int = 0
    characters: tuple[int, ...] | None = None
    label_source: str | None = None


@dataclass(frozen=True)
class ClipDocument:
    """The JSON of a clip; the fields stand in the order of its keys."""

    captions: tuple[str, ...]
    characters: tuple[int, ...] | None
    cluster: str
    default: int
    file: str
    id: str
    label_source: str | None
    n_frames: int
    origin: OriginDocument


_DOCUMENT = TypeAdapter(ClipDocument)


def check_clip(record: ClipRecord) -> ClipRecord:
    """The record itself, if it can be written.

    Raises:
        InputError: a key that cannot be a name, another suffix, no frame, or a default that points
            past the captions.
    """
    check_key(record.key)
    if record.suffix not in CLIP_SUFFIXES:
        raise InputError(
            f"Expected a clip suffix of png, npy or gif in clip {record.key}, "
            f"found {record.suffix!r}."
        )
    if record.n_frames < 1:
        raise InputError(f"Expected at least one frame in clip {record.key}, found none.")
    if record.captions and not 0 <= record.default < len(record.captions):
        raise InputError(
            f"Expected the default caption of clip {record.key} to be one of its "
            f"{len(record.captions)}, found index {record.default}."
        )
    return record


def clip_shard_name(number: int) -> str:
    """File name of one shard of clips.

    >>> clip_shard_name(3)
    'clips-00003.tar'
    """
    return f"clips-{number:05d}.tar"


def clip_members(record: ClipRecord) -> dict[str, bytes]:
    """The members of a clip by name, in order."""
    document = ClipDocument(
        id=record.origin.clip,
        cluster=record.cluster,
        file=f"{record.key}.{record.suffix}",
        n_frames=record.n_frames,
        captions=record.captions,
        default=record.default,
        characters=record.characters,
        label_source=record.label_source,
        origin=record.origin,
    )
    text = _DOCUMENT.dump_json(document) + b"\n"
    return {document.file: record.data, json_name(record.key): text}


def parse_clip(data: bytes, *, name: str) -> ClipDocument:
    """Read the JSON of a clip back; `name` is for the message.

    Raises:
        InputError: it does not follow the schema.
    """
    return validated_json(_DOCUMENT, data, name=name)
