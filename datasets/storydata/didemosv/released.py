"""From the released frames to shards: the recipe of `didemosv`.

As in the official loader (adymaharana/storydalle@132dd19:story-dalle/didemo_dataloader.py:83-110),
an object of a list is one story, its first frames in order; it is dropped if *any* frame it lists
is missing, used or not; captions keep their case. Unlike there, every picture is made RGB, and red
and blue are exchanged back unless the pictures are wanted as published.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL.Image

from storybench.errors import InputError, MissingError, RawDataError
from storybench.images import decode
from storybench.shards.format import FrameRecord, StoryRecord, Suffix
from storybench.types import Origin
from storydata.didemosv import spec
from storydata.didemosv.channels import ChannelEvidence, examine_files, exchange
from storydata.didemosv.listing import Listing, clusters, frame_file, list_files, read_listings
from storydata.didemosv.options import CaptionRule, Options
from storydata.kit.building.plan import Plan, ShardPlan, Unit, pack
from storydata.kit.drops import Drop
from storydata.kit.frames.still import encode, shrink
from storydata.kit.raw import RawFile

RECORDED = ("story_len", "channel_order", "captions", "image", "short_side", "stories_per_shard")
"""The options that change what is built; the release already says which frames make a story."""

SUFFIXES: dict[str | None, Suffix] = {"JPEG": "jpg", "PNG": "png"}
"""Formats that can go into a shard byte for byte."""


@dataclass(frozen=True)
class ReleasedWork:
    """What one object of a list is to become: the payload of a unit."""

    key: str
    position: int
    cluster: str
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Released:
    """The recipe: the raw folder, the folder in it that holds the lists, and how to build."""

    raw: Path
    folder: Path
    options: Options

    def plan(self) -> Plan:
        """The plan of a build; needs at least one whole story, and raises as `draft` does.

        Raises:
            MissingError: not one story has all its frames.
            RawDataError: no object lists enough frames for a story.
            InputError: nobody said what to do about the channels, and they seem right as they are.
        """
        plan = self.draft()
        if not plan.n_planned:
            raise RawDataError(
                f"Expected an object with at least {self.options.story_len} frames in the lists in "
                f"{self.folder}, found none, so there is no story to build. Choose a smaller "
                "--story-len."
            )
        if not plan.shards:
            names = ", ".join(file.name for file in plan.raw_files)
            raise MissingError(
                f"Expected the frames that {names} name in {self.folder}, found not one of "
                f"{plan.n_planned:,} stories whole. Is the archive of the frames unpacked there?"
            )
        if self.options.channel_order is None:
            _check_worth_a_swap(plan)
        return plan

    def draft(self) -> Plan:
        """Every story that the lists name, and the frames that are there for them.

        Raises:
            RawDataError: a list is not what was expected.
        """
        files = list_files(self.folder)
        shards: list[ShardPlan] = []
        drops: list[Drop] = []
        n_planned = 0
        for split, file in files.items():
            units, lost = self._split(split, read_listings(file))
            shards += pack(units, split, stories_per_shard=self.options.stories_per_shard)
            drops += lost
            n_planned += len(units)
        return Plan(
            spec=spec.released(self.raw, story_len=self.options.story_len),
            shards=tuple(shards),
            drops=tuple(drops),
            n_planned=n_planned,
            raw_files=tuple(files.values()),
            options=self._recorded(),
        )

    def make(self, unit: Unit) -> Iterator[StoryRecord | Drop]:
        """Read the pictures of one story and yield it, or why there is none."""
        work: ReleasedWork = unit.payload
        try:
            frames = tuple(
                self._record(file, caption, work.cluster)
                for file, caption in zip(unit.files, work.captions, strict=True)
            )
        except InputError as error:
            yield Drop(work.key, "story", unit.split, "frame broken", str(error))
            return
        yield StoryRecord(work.key, unit.split, work.cluster, work.position, frames)

    def _split(self, split: str, listings: Sequence[Listing]) -> tuple[list[Unit], list[Drop]]:
        """The units of one split, and what is lost: files, stories, objects too short for one.

        A story that lacks a frame is a unit without files.
        """
        units: list[Unit] = []
        missing: dict[str, Drop] = {}
        lost: list[Drop] = []
        captions = _captions(listings, self.options.captions)
        position = 0
        for index, (listing, cluster) in enumerate(zip(listings, clusters(listings), strict=True)):
            key = f"d-{split}-{index}"
            if len(listing.frames) < self.options.story_len:
                lost.append(self._too_short(split, key, len(listing.frames)))
                continue
            files = [frame_file(self.folder, path) for path in listing.frames]
            gone = [_missing(split, file) for file in files if not _is_there(file)]
            if gone:
                missing.update((drop.id, drop) for drop in gone)
                reason = f"No file {gone[0].id}; a story needs every frame that its object lists."
                lost.append(Drop(key, "story", split, "frame missing", reason))
            used = slice(self.options.story_len)
            work = ReleasedWork(key, position, cluster, captions[index][used])
            there = () if gone else tuple(files[used])
            units.append(Unit(split, there, payload=work, n_stories=1))
            position += 1
        return units, [*missing.values(), *lost]

    def _recorded(self) -> dict[str, Any]:
        chosen = {name: getattr(self.options, name) for name in RECORDED}
        return {**chosen, "channel_order": self.options.order}

    def _too_short(self, split: str, key: str, n_frames: int) -> Drop:
        reason = f"Its object lists {n_frames} frames, a story needs {self.options.story_len}."
        return Drop(key, "description", split, "too few frames for a story", reason)

    def _record(self, file: RawFile, caption: str, clip: str) -> FrameRecord:
        data, suffix = self._picture(file)
        return FrameRecord(data, suffix, (caption,), Origin(file.name, clip))

    def _picture(self, file: RawFile) -> tuple[bytes, Suffix]:
        """The bytes for the shard: those of the file where nothing about them has to change."""
        data = file.read_bytes()
        published = decode(data, file.name)
        image = shrink(published, self.options.short_side)
        if self.options.order == "fixed":
            return encode(exchange(image), self.options.image)
        suffix = _suffix_as_is(data)
        if suffix is None or image is not published:
            return encode(image, self.options.image)
        return data, suffix


def look(plan: Plan) -> ChannelEvidence:
    """What a few of the frames of a plan say about their channels."""
    return examine_files([unit.files[0] for shard in plan.shards for unit in shard.units])


def _check_worth_a_swap(plan: Plan) -> None:
    evidence = look(plan)
    if evidence.looks_swapped is False:
        raise InputError(
            "Expected frames with red and blue exchanged, as they seem to have been released, "
            f"found {evidence.stored:.1%} of the pixels of a few of them in the colour of skin as "
            f"stored and {evidence.exchanged:.1%} exchanged: they seem right. Look at some and say "
            "--channel-order release (keep them) or --channel-order fixed (swap them)."
        )


def _captions(listings: Sequence[Listing], rule: CaptionRule) -> list[tuple[str, ...]]:
    """The captions of every object: its own, or the last that the split gives each frame."""
    if rule == "own":
        return [listing.captions for listing in listings]
    last = {path: caption for listing in listings for caption, path in listing.desc_to_frame}
    return [tuple(last[path] for path in listing.frames) for listing in listings]


def _is_there(file: RawFile) -> bool:
    try:
        return file.path.is_file()
    except OSError:  # a name too long for the file system
        return False


def _missing(split: str, file: RawFile) -> Drop:
    return Drop(file.name, "file", split, "frame missing", f"No file {file.name}.")


def _suffix_as_is(data: bytes) -> Suffix | None:
    """The suffix under which a picture can be kept byte for byte, None if it is not RGB."""
    with PIL.Image.open(io.BytesIO(data)) as picture:
        return SUFFIXES.get(picture.format) if picture.mode == "RGB" else None
