"""From annotations and videos to stories: the recipe of `didemosv-rebuilt`.

`plan` reads annotations and looks which videos are there; it opens none. `make` turns one video
into its stories. A video that is missing or broken, and a moment that begins after its video ends,
cost the stories that need them, each counted with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench.errors import MissingError, RawDataError
from storybench.shards.format import FrameRecord, StoryRecord
from storybench.types import Origin
from storydata.didemosv import spec
from storydata.didemosv.licences import read_hashes, read_licences
from storydata.didemosv.moments import Loss, Moment, resolve
from storydata.didemosv.options import Options
from storydata.didemosv.pictures import take
from storydata.didemosv.raw import find_file, raw_files, read_splits
from storydata.didemosv.stories import PlannedStory, PlannedVideo, cut_stories
from storydata.didemosv.videos import VideoFolder, open_folder
from storydata.kit.building.plan import Plan, ShardPlan, Unit, pack
from storydata.kit.drops import Drop
from storydata.kit.frames.still import encode, shrink
from storydata.kit.frames.video import VideoFrame
from storydata.kit.raw import RawFile

RECORDED = ("stories", "story_len", "image", "short_side", "stories_per_shard")
"""The options that change what is built; where the videos lie does not."""


@dataclass(frozen=True)
class VideoWork:
    """What one video is to become: the payload of a unit."""

    stem: str
    licence: str | None
    moments: tuple[Moment, ...]
    stories: tuple[PlannedStory, ...]


@dataclass(frozen=True)
class Rebuilt:
    """The recipe: the raw folder and how to build from it."""

    raw: Path
    options: Options

    def plan(self) -> Plan:
        """The plan of a build; needs at least one video, and raises as `draft` does.

        Raises:
            MissingError: not one of the videos is there.
        """
        plan = self.draft()
        if not plan.shards:
            raise MissingError(
                f"Expected videos in {self.options.videos or self.raw} for the {plan.n_planned:,} "
                "stories that the annotations promise, found none. Put them into RAW/videos or "
                "name their folder with --videos."
            )
        return plan

    def draft(self) -> Plan:
        """Every story that the annotations promise, and the videos that are there for them.

        Raises:
            MissingError: no annotation file.
            InputError: an annotation file is not whole JSON.
            RawDataError: a record, a row or the splits are not what was expected.
        """
        splits = planned_videos(self.raw, self.options)
        folder = open_folder(self.raw, self.options.videos, hashes=_hashes(self.raw))
        licences = _licences(self.raw)
        shards: list[ShardPlan] = []
        drops: list[Drop] = []
        for split, videos in splits.items():
            units = _units(split, videos, folder, licences)
            shards += pack(units, split, stories_per_shard=self.options.stories_per_shard)
            drops += _known_drops(split, videos, folder, {u.payload.stem for u in units if u.files})
        return Plan(
            spec=spec.rebuilt(self.raw, story_len=self.options.story_len),
            shards=tuple(shards),
            drops=tuple(drops),
            n_planned=_count(splits),
            raw_files=raw_files(self.raw),
            options=_recorded(self.options),
        )

    def make(self, unit: Unit) -> Iterator[StoryRecord | Drop]:
        """Decode the frames of one video and yield its stories, or why there are none."""
        work: VideoWork = unit.payload
        (file,) = unit.files
        shown = sorted({k for story in work.stories for k in story.members})
        try:
            taken = take(file.path, [work.moments[k] for k in shown])
        except RawDataError as error:
            reason = file.reason(error)
            yield from _lost_video(unit.split, work.stem, work.stories, "video broken", reason)
            return
        yield from (
            _lost_description(unit.split, work.stem, loss)
            for loss in taken
            if isinstance(loss, Loss)
        )
        frames = {
            k: frame if isinstance(frame, Loss) else self._record(file, work, k, frame)
            for k, frame in zip(shown, taken, strict=True)
        }
        for story in work.stories:
            yield _story(story, unit.split, work.stem, [frames[k] for k in story.members])

    def _record(self, file: RawFile, work: VideoWork, k: int, frame: VideoFrame) -> FrameRecord:
        image = shrink(frame.image, self.options.short_side)
        data, suffix = encode(image, self.options.image)
        return FrameRecord(
            data=data,
            suffix=suffix,
            captions=(work.moments[k].caption,),
            origin=Origin(file.name, work.stem, index=frame.index, time=frame.time),
            licence=work.licence,
        )


def planned_videos(raw: Path, options: Options) -> dict[str, list[PlannedVideo]]:
    """Every video of every split with the stories to be cut from it, from annotations alone.

    Raises:
        MissingError: no annotation file.
        InputError: an annotation file is not whole JSON.
        RawDataError: a record is not what was expected, or the splits share a video, or no video
            has enough descriptions for a story.
    """
    splits = {
        split: cut_stories(resolve(records), rule=options.stories, story_len=options.story_len)
        for split, records in read_splits(raw).items()
    }
    if not _count(splits):
        raise RawDataError(
            f"Expected a video with at least {options.story_len} descriptions in the annotations "
            f"in {raw}, found none, so there is no story to build."
        )
    return splits


def _count(splits: Mapping[str, Sequence[PlannedVideo]]) -> int:
    return sum(len(video.stories) for videos in splits.values() for video in videos)


def _recorded(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in RECORDED}


def _licences(raw: Path) -> dict[str, str]:
    path = find_file(raw, spec.LICENCES_FILE)
    return read_licences(path) if path else {}


def _hashes(raw: Path) -> dict[str, str]:
    path = find_file(raw, spec.HASHES_FILE)
    return read_hashes(path) if path else {}


def _units(
    split: str,
    videos: Sequence[PlannedVideo],
    folder: VideoFolder,
    licences: Mapping[str, str],
) -> list[Unit]:
    """One unit for each video that has stories; without a file for one that is missing."""
    units = []
    for video in videos:
        if not video.stories:
            continue
        file = folder.find(video.moments)
        work = VideoWork(
            stem=video.moments.stem,
            licence=licences.get(video.moments.flickr_id),
            moments=video.moments.moments,
            stories=video.stories,
        )
        files = (file,) if file else ()
        units.append(Unit(split, files, payload=work, n_stories=len(video.stories)))
    return units


def _known_drops(
    split: str, videos: Sequence[PlannedVideo], folder: VideoFolder, found: set[str]
) -> list[Drop]:
    """What is lost before any video is opened: descriptions, and the videos not `found`."""
    drops: list[Drop] = []
    for video in videos:
        stem = video.moments.stem
        drops += [_lost_description(split, stem, loss) for loss in video.moments.losses]
        if video.stories and stem not in found:
            reason = folder.why_missing(video.moments)
            drops += _lost_video(split, stem, video.stories, "video missing", reason)
    return drops


def _story(
    story: PlannedStory, split: str, stem: str, frames: Sequence[FrameRecord | Loss]
) -> StoryRecord | Drop:
    for frame in frames:
        if isinstance(frame, Loss):
            reason = f"Description {frame.annotation_id} is lost. {frame.reason}"
            return Drop(story.key, "story", split, frame.step, reason)
    whole = tuple(frame for frame in frames if isinstance(frame, FrameRecord))
    return StoryRecord(story.key, split, cluster=stem, position=story.position, frames=whole)


def _lost_video(
    split: str, stem: str, stories: Sequence[PlannedStory], step: str, reason: str
) -> Iterator[Drop]:
    yield Drop(stem, "file", split, step, reason)
    for story in stories:
        yield Drop(story.key, "story", split, step, reason)


def _lost_description(split: str, stem: str, loss: Loss) -> Drop:
    return Drop(f"{stem}/{loss.annotation_id}", "description", split, loss.step, loss.reason)
