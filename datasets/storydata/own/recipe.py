"""Someone's own recipe as the kit runs it: a plan, and how a run of stories is made.

A picture that is broken and a moment that a video does not have cost the stories that show them; a
video that is broken costs all of its own. Each is counted once, by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import InputError, MissingError, RawDataError
from storybench.shards.format import FrameRecord, StoryRecord, Suffix
from storybench.types import Origin
from storydata.kit.building.plan import Plan, Unit
from storydata.kit.drops import Drop
from storydata.kit.frames.still import encode, shrink
from storydata.kit.frames.video import Footage, FrameLoss, VideoFrame, footage
from storydata.kit.raw import RawFile
from storydata.own.gathering import gather
from storydata.own.pictures import still
from storydata.own.planning import draft_plan
from storydata.own.settings import StoriesTable
from storydata.own.work import ShotWork, StoryWork, Work

MAX_BYTES = 256 * 2**20
"""Of decoded frames of one video that are held at a time."""

Made = FrameRecord | Drop
"""What becomes of a shot: a frame, or what is lost and why."""


@dataclass(frozen=True)
class Own:
    """The recipe: where recipe.toml is, and how frames are stored."""

    raw: Path
    stories: StoriesTable

    def plan(self) -> Plan:
        """The plan of a build; needs at least one whole story.

        Raises:
            MissingError: not one story has all its files.
            InputError: the recipe is not what was expected, or does not fit the files.
        """
        plan = draft_plan(gather(self.raw))
        if not plan.shards:
            first = next((drop.reason for drop in plan.drops if drop.kind == "file"), "")
            raise MissingError(
                f"Expected the files of at least one story of the {plan.n_planned:,} that the "
                f"captions promise, found every one incomplete. The first reason: {first}"
            )
        return plan

    def make(self, unit: Unit) -> Iterator[StoryRecord | Drop]:
        """Read or decode the frames of a run of stories and yield them, or why there are none."""
        work: Work = unit.payload
        n_done = 0
        try:
            for made in self._made(unit, work):
                n_done += isinstance(made, StoryRecord) or made.kind == "story"
                yield made
        except RawDataError as error:
            (file,) = unit.files
            reason = file.reason(error)
            if not work.n_known:
                yield Drop(file.name, "file", unit.split, "video broken", reason)
            for story in work.stories[n_done:]:
                yield Drop(story.key, "story", unit.split, "video broken", reason)

    def _made(self, unit: Unit, work: Work) -> Iterator[StoryRecord | Drop]:
        """Stories as soon as their last shot is there; shots go when no later story needs them."""
        files = {file.name: file for file in unit.files}
        shots = enumerate(self._shots(work, files, unit.split))
        held: dict[int, Made] = {}
        for story in work.stories:
            while story.members[-1] not in held:
                k, made = next(shots)
                held[k] = made
                if isinstance(made, Drop) and k >= work.n_known:
                    yield made
            yield _story(story, work, unit.split, [held[k] for k in story.members])
            held = {k: made for k, made in held.items() if k >= story.members[0]}

    def _shots(self, work: Work, files: Mapping[str, RawFile], split: str) -> Iterator[Made]:
        """The frame of every shot in order, or what is lost."""
        if not work.is_video:
            return (self._still(work, shot, files[shot.file], split) for shot in work.shots)
        (file,) = files.values()
        return self._cut_out(work, file, split)

    def _still(self, work: Work, shot: ShotWork, file: RawFile, split: str) -> Made:
        try:
            data, suffix = still(file.read_bytes(), file.name, self.stories)
        except InputError as error:
            return Drop(file.name, "file", split, "picture broken", str(error))
        return _record(shot, data, suffix, Origin(file.name, work.episode))

    def _cut_out(self, work: Work, file: RawFile, split: str) -> Iterator[Made]:
        """The frames of a video, a few at a time.

        Raises:
            RawDataError: it is not a video that can be decoded.
        """
        times = [shot.time or 0.0 for shot in work.shots]
        with footage(file.path, until=max(times)) as film:
            length = _frames_at_once(film)
            for start in range(0, len(times), length):
                part = slice(start, start + length)
                frames = film.frames_at(times[part])
                for shot, frame in zip(work.shots[part], frames, strict=True):
                    yield self._cut(work, shot, frame, split)

    def _cut(self, work: Work, shot: ShotWork, frame: VideoFrame | FrameLoss, split: str) -> Made:
        if isinstance(frame, FrameLoss):
            name = f"{shot.file}, {shot.time:.3f} s"
            return Drop(name, "description", split, "frame lost", f"No frame: {frame.reason}.")
        data, suffix = encode(shrink(frame.image, self.stories.short_side), self.stories.image)
        origin = Origin(shot.file, work.episode, index=frame.index, time=frame.time)
        return _record(shot, data, suffix, origin)


def _frames_at_once(film: Footage) -> int:
    context = film.video.stream.codec_context
    return max(1, MAX_BYTES // max(1, 3 * context.width * context.height))


def _record(shot: ShotWork, data: bytes, suffix: Suffix, origin: Origin) -> FrameRecord:
    return FrameRecord(
        data=data,
        suffix=suffix,
        captions=shot.captions,
        origin=origin,
        characters=shot.characters,
        licence=shot.licence,
    )


def _story(story: StoryWork, work: Work, split: str, made: list[Made]) -> StoryRecord | Drop:
    for one in made:
        if isinstance(one, Drop):
            reason = f"Its frame {one.id} is lost. {one.reason}"
            return Drop(story.key, "story", split, one.step, reason)
    return StoryRecord(
        key=story.key,
        split=split,
        cluster=work.episode,
        position=story.position,
        frames=tuple(one for one in made if isinstance(one, FrameRecord)),
        label_source=work.label_source,
    )
