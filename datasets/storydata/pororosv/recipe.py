"""From clips to stories: the recipe of `pororosv` and its relatives.

`plan` reads tables and lists folders; it opens no clip. `make` turns what one split has of one
episode into its stories, or one episode into clips kept whole. Every story that shows a clip shows
the same frame of it, chosen by a hash of the clip's name (or, if that is asked for, one of its own,
by a hash of both names). A clip is decoded and encoded once for all the stories of a unit; one that
is broken costs the stories that show it, each counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import InputError
from storybench.shards.clip_format import ClipRecord
from storybench.shards.format import FrameRecord, StoryRecord
from storybench.types import Origin
from storydata.kit.building.plan import Plan, Unit
from storydata.kit.drops import Drop
from storydata.kit.raw import RawFile
from storydata.pororosv.facts import read_facts
from storydata.pororosv.names import Clip
from storydata.pororosv.options import Options
from storydata.pororosv.pictures import count_frames, pictures, suffix_of
from storydata.pororosv.planning import (
    ClipNotes,
    EpisodeClips,
    EpisodeStories,
    StoryPlan,
    check_any,
    make_plan,
)
from storydata.pororosv.stories import clips_of_story

BROKEN = "clip broken"

Frames = Mapping[tuple[int, int], "FrameRecord | str"]
"""By number of a story's first clip and of a clip: the frame to show, or why there is none."""


@dataclass(frozen=True)
class Pororo:
    """The recipe: the raw folder and how to build from it."""

    raw: Path
    options: Options

    def plan(self) -> Plan:
        """The plan of a build; raises as `storydata.pororosv.facts.read_facts` does.

        Raises:
            MissingError: also when not one story has all its clips.
        """
        facts = read_facts(self.raw, self.options)
        plan = make_plan(facts, self.options)
        check_any(plan, facts)
        return plan

    def make(self, unit: Unit) -> Iterator[StoryRecord | ClipRecord | Drop]:
        """The stories, or the clips, of one unit."""
        work: EpisodeStories | EpisodeClips = unit.payload
        files = {Path(file.name).stem: file for file in unit.files}
        if isinstance(work, EpisodeClips):
            yield from (self._clip(files[str(notes.n)], work, notes) for notes in work.clips)
            return
        shown_in: dict[int, list[StoryPlan]] = {notes.n: [] for notes in work.clips}
        for story in work.stories:
            for n in clips_of_story(story.n):
                shown_in[n].append(story)
        frames: dict[tuple[int, int], FrameRecord | str] = {}
        for notes in work.clips:
            file, stories = files[str(notes.n)], shown_in[notes.n]
            for story, frame in zip(stories, self._frames(file, work, notes, stories), strict=True):
                frames[story.n, notes.n] = frame
        yield from (_story(story, unit.split, work, frames) for story in work.stories)

    def _clip(self, file: RawFile, work: EpisodeClips, notes: ClipNotes) -> ClipRecord | Drop:
        clip = Clip(work.episode, notes.n)
        suffix = suffix_of(file)
        try:
            data = file.read_bytes()
            n_frames = count_frames(data, suffix, file.name)
        except InputError as error:
            return Drop(clip.id, "clip", "", BROKEN, str(error))
        return ClipRecord(
            key=clip.key,
            cluster=work.episode,
            data=data,
            suffix=suffix,
            n_frames=n_frames,
            captions=notes.captions,
            origin=Origin(file.name, clip.id),
            default=self._default(notes),
            characters=notes.characters,
            label_source=work.label_source if notes.characters is not None else None,
        )

    def _frames(
        self, file: RawFile, work: EpisodeStories, notes: ClipNotes, stories: Sequence[StoryPlan]
    ) -> list[FrameRecord] | list[str]:
        """The frame of a clip in each of the stories, or for each why there is none."""
        clip = Clip(work.episode, notes.n)
        names = [self._choice_name(clip, Clip(work.episode, story.n)) for story in stories]
        try:
            shown = pictures(file, names, seed=self.options.frame_seed)
        except InputError as error:
            return [f"{clip.id} is lost. {error}"] * len(stories)
        return [
            FrameRecord(
                data=picture.data,
                suffix="png",
                captions=notes.captions,
                origin=Origin(file.name, clip.id, index=picture.index),
                default=self._default(notes),
                characters=notes.characters,
            )
            for picture in shown
        ]

    def _choice_name(self, clip: Clip, start: Clip) -> str:
        """What the choice of a frame is a hash of."""
        return clip.id if self.options.frame_choice == "per-clip" else f"{clip.id}|{start.key}"

    def _default(self, notes: ClipNotes) -> int:
        return 0 if self.options.caption == "first" else max(len(notes.captions) - 1, 0)


def _story(
    story: StoryPlan, split: str, work: EpisodeStories, frames: Frames
) -> StoryRecord | Drop:
    key = Clip(work.episode, story.n).key
    shown: list[FrameRecord] = []
    for n in clips_of_story(story.n):
        frame = frames[story.n, n]
        if isinstance(frame, str):
            return Drop(key, "story", split, BROKEN, frame)
        shown.append(frame)
    return StoryRecord(
        key,
        split,
        cluster=work.episode,
        position=story.position,
        frames=tuple(shown),
        label_source=work.label_source,
        orders=dict(story.orders),
        subsets=story.subsets,
    )
