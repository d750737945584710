"""From a raw release to stories and clips: the recipe of `flintstonessv`.

A unit is what one split has of one episode: either its stories, or its clips kept whole. Each array
is read once a unit, each frame encoded once, however many stories show it. A clip that is missing
or broken costs the stories that need it, each by name; no other story moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from storybench.clip_frames import MAX_CLIP_PIXELS, Frames, frames_of
from storybench.errors import InputError, MissingError, RawDataError
from storybench.images import encode_png
from storybench.shards.clip_format import ClipRecord
from storybench.shards.format import FrameRecord, StoryRecord
from storybench.types import Origin
from storydata.flintstonessv import spec
from storydata.flintstonessv.contents import Contents, cache_losses, read_contents
from storydata.flintstonessv.ids import key
from storydata.flintstonessv.labels import ANNOTATIONS, CAPTIONS
from storydata.flintstonessv.options import Options
from storydata.flintstonessv.release import Release
from storydata.flintstonessv.work import (
    ClipWork,
    EpisodeClips,
    EpisodeStories,
    StoryWork,
    clip_units,
    clip_works,
    story_units,
)
from storydata.kit.building.plan import Plan, ShardPlan, Unit, pack, pack_clips
from storydata.kit.drops import Drop
from storydata.kit.frames.choice import chosen
from storydata.kit.raw import RawFile

MAX_BYTES = 3 * MAX_CLIP_PIXELS + 16_384
"""A file larger than the largest clip is not read into memory to find that out."""


@dataclass(frozen=True)
class Loss:
    """Why a clip whose array is there gives no frames."""

    step: str
    reason: str


@dataclass(frozen=True)
class Flintstones:
    """The recipe: a release and how to build from it."""

    release: Release
    options: Options

    def plan(self) -> Plan:
        """The plan of a build; needs at least one story whose arrays are there.

        Raises:
            MissingError: no annotations, no split file, or not one array.
            RawDataError: a file is not what was expected, or every story is lost.
        """
        contents = read_contents(self.release, self.options)
        plan = self.draft(contents)
        if not contents.arrays.files:
            raise MissingError(_no_arrays(contents, self.options))
        if not any(shard.holds == "stories" for shard in plan.shards):
            first = next(contents.story_losses())
            raise RawDataError(
                f"Expected at least one whole story of {plan.n_planned:,} planned, found every one "
                f"lost. The first, {first.id}: {first.reason}"
            )
        return plan

    def draft(self, contents: Contents) -> Plan:
        """Every story that the release promises, and what of them is lost before any work."""
        losses = list(contents.story_losses())
        lost = {drop.id for drop in losses}
        works = clip_works(contents)
        shards: list[ShardPlan] = []
        for split in contents.stories:
            units = story_units(contents, works, lost, split)
            shards += pack(units, split, stories_per_shard=self.options.stories_per_shard)
        kept = clip_units(contents, works)
        shards += pack_clips(kept, clips_per_shard=self.options.clips_per_shard)
        return Plan(
            spec=spec.spec(
                characters=self.release.characters,
                is_twin=self.release.is_twin,
                subset=self.options.subset,
            ),
            shards=tuple(shards),
            drops=(
                *contents.annotations.drops,
                *contents.lists.drops,
                *contents.lost.values(),
                *losses,
                *cache_losses(contents),
            ),
            n_planned=sum(contents.n_stories.values()),
            raw_files=_raw_files(self.release),
            options=asdict(self.options),
        )

    def make(self, unit: Unit) -> Iterator[StoryRecord | ClipRecord | Drop]:
        """Read the arrays of one episode and yield its stories, or its clips."""
        work: EpisodeStories | EpisodeClips = unit.payload
        files = {file.name: file for file in unit.files}
        if isinstance(work, EpisodeClips):
            yield from (_kept(clip, work, files[clip.file]) for clip in work.clips)
            return
        frames = [self._shown(clip, files[clip.file]) for clip in work.clips]
        for story in work.stories:
            members = slice(story.first, story.first + spec.STORY_LEN)
            yield _story(story, unit.split, work, members, frames[members])

    def _shown(self, clip: ClipWork, file: RawFile) -> FrameRecord | Loss:
        """The frame of a clip that its stories show, encoded."""
        read = _read(file)
        if isinstance(read, Loss):
            return read
        _, frames = read
        index = chosen(spec.NAME, clip.id, seed=self.options.frame_seed, n_frames=len(frames))
        return FrameRecord(
            data=encode_png(frames[index]),
            suffix="png",
            captions=(clip.caption,),
            origin=Origin(clip.file, clip.id, index=index),
            characters=clip.characters,
        )


def _read(file: RawFile) -> tuple[bytes, Frames] | Loss:
    """The bytes of an array and its frames, or why there are none."""
    try:
        data = file.read_bytes(MAX_BYTES)
        return data, frames_of(data, "npy", file.name)
    except InputError as error:
        return Loss("array broken", str(error))


def _kept(clip: ClipWork, work: EpisodeClips, file: RawFile) -> ClipRecord | Drop:
    """A clip with the bytes of its array untouched."""
    read = _read(file)
    if isinstance(read, Loss):
        return Drop(clip.id, "clip", work.split, read.step, read.reason)
    data, frames = read
    return ClipRecord(
        key=key(clip.id),
        cluster=work.cluster,
        data=data,
        suffix="npy",
        n_frames=len(frames),
        captions=(clip.caption,),
        origin=Origin(clip.file, clip.id),
        characters=clip.characters,
        label_source=clip.label_source,
    )


def _story(
    story: StoryWork,
    split: str,
    work: EpisodeStories,
    members: slice,
    frames: Sequence[FrameRecord | Loss],
) -> StoryRecord | Drop:
    clips = work.clips[members]
    for clip, frame in zip(clips, frames, strict=True):
        if isinstance(frame, Loss):
            reason = f"Its clip {clip.id} is lost. {frame.reason}"
            return Drop(key(clips[0].id), "story", split, frame.step, reason)
    by_caption = any(clip.label_source == CAPTIONS for clip in clips)
    return StoryRecord(
        key=key(clips[0].id),
        split=split,
        cluster=work.cluster,
        position=story.position,
        frames=tuple(frame for frame in frames if isinstance(frame, FrameRecord)),
        label_source=CAPTIONS if by_caption else ANNOTATIONS,
        orders={"file": story.position, "sorted": story.rank},
        subsets=story.subsets,
    )


def _raw_files(release: Release) -> tuple[RawFile, ...]:
    """Every file beside the arrays that a build reads."""
    names = (spec.ANNOTATIONS_FILE, spec.SPLIT_FILE, spec.FOLLOWINGS_FILE, spec.LABELS_FILE)
    paths = {name: release.path(name) for name in names}
    return tuple(RawFile(name, str(path)) for name, path in paths.items() if path.is_file())


def _no_arrays(contents: Contents, options: Options) -> str:
    folder, place = contents.release.folder, contents.arrays.place
    other = "full" if options.frames == "sampled" else "sampled"
    names = (spec.FRAME_FOLDERS[other], f"{spec.FRAME_FOLDERS[other]}.zip")
    there = [name for name in names if (folder / name).exists()]
    hint = f" {there[0]} is there: say --frames {other} to build from it." if there else ""
    return (
        f"Expected <clip id>.npy in {place} or {place}.zip in {folder} for the "
        f"{len(contents.lists.split_of):,} clips of {spec.SPLIT_FILE}, found none.{hint}"
    )
