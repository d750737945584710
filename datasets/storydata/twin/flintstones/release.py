"""`storybench twin flintstones`: a raw FlintstonesSV release of the toy world.

Writes `flintstones/` as StoryDALL-E's release unpacks: annotations, split, cache of stories,
labels, embeddings and an array of frames for each clip, in the real formats and with the real
quirks (the sources stand in `files` and `plan`), plus `twin.json`, which says that this is a twin
and what is true of every clip. `twin.json` is written last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from storybench.files import write_atomic
from storybench.types import Progress
from storydata.kit.building.engines import engine
from storydata.twin.claim import Claim, Kind, claim, drawn_facts, make_claim, sign
from storydata.twin.flintstones.clips import Clip, array, clips_of, facts, write_clips
from storydata.twin.flintstones.files import TEXTS, texts
from storydata.twin.flintstones.plan import ARRAY_NAME, EpisodePlan, hold_out, plan_episodes
from storydata.twin.moving import Paint, drawn, drawn_with_numbers, tiny
from storydata.twin.studio import draw_episodes
from storydata.twin.world.cast import FLINTSTONES_CAST
from storydata.twin.world.settings import SETTINGS

VERSION = 1
"""Raised when the same seed no longer gives the same release."""

KIND = Kind("flintstones", drawn=re.compile(ARRAY_NAME), sections=("clips",), texts=TEXTS)


def write_release(
    raw: Path,
    *,
    stories: int = 60,
    seed: int = 0,
    numbered: bool = False,
    held_out: str | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Mapping[str, int]:
    """Write a raw FlintstonesSV release that builds into at least `stories` stories of five frames.

    The same arguments give the same files, for any number of workers: on every machine with the
    same versions of numpy and Pillow. From 6 stories on, every quirk of the real release is there.

    It can be stopped at any moment; the same call goes on, and keeps every array that is finished.

    Args:
        raw: a new or empty folder, or one that holds a twin: the same one is continued or kept,
            another is replaced.
        stories: how many stories the default build shall find, over all three splits.
        seed: which world.
        numbered: paint a number into each frame that tells its clip and its place in it
            (`storydata.twin.moving.frame_number`; `storydata.twin.film.numbers` reads it).
        held_out: who of the cast is in no clip of train and val, and leads the episodes of test.
        workers: how many processes draw.
        on_progress: called with clips done and to do, after each episode.

    Returns:
        How many "clips", "episodes" and "side files" it holds.

    Raises:
        InputError: fewer than one story or worker, a negative seed, a folder with other things, or
            no one of the cast has the name of who is held out.
        MissingError: a worker was killed, most likely for want of memory.
        NoSpaceError: the disk is full.
    """
    episodes, runner = plan_episodes(stories, seed), engine(workers)
    if held_out is not None:
        held_out = FLINTSTONES_CAST.called(held_out)
        episodes = hold_out(episodes, held_out)
    files = [clip.file for episode in episodes for clip in episode.clips]
    ours = make_claim(
        KIND,
        version=VERSION,
        stories=stories,
        seed=seed,
        numbered=numbered,
        held_out=held_out,
        files=files,
    )
    claim(raw, KIND, ours)
    paint = drawn_with_numbers if numbered else drawn
    draw_episodes(partial(write_clips, raw, paint=paint), episodes, runner, on_progress)
    clips = _write_texts(raw, episodes, seed)
    sign(raw, _facts(raw, clips, ours))
    return {"clips": len(clips), "episodes": len(episodes), "side files": len(TEXTS)}


def write_quick_release(raw: Path, *, stories: int, seed: int = 0, paint: Paint = tiny) -> int:
    """Write the same files in a new folder, with frames that cost little: tiny ones if not told.

    For measuring what a build costs: it has no `twin.json`, cannot be
    continued, and its arrays are written without a sync. Returns how many clips it has.
    """
    clips = _write_texts(raw, plan_episodes(stories, seed), seed)
    (raw / clips[0].plan.file).parent.mkdir()
    for clip in clips:
        (raw / clip.plan.file).write_bytes(array(clip, paint=paint))
    return len(clips)


def _write_texts(raw: Path, episodes: Sequence[EpisodePlan], seed: int) -> tuple[Clip, ...]:
    """Everything beside the arrays; returns the clips, sorted by id."""
    clips = tuple(clip for episode in episodes for clip in clips_of(episode))
    for path, data in texts(clips, seed).items():
        write_atomic(raw / path, data)
    return clips


def _facts(raw: Path, clips: Sequence[Clip], ours: Claim) -> dict[str, Any]:
    """What `twin.json` holds."""
    return {
        **ours.facts(),
        "cast": FLINTSTONES_CAST.facts,
        "settings": list(SETTINGS),
        "clips": {
            clip.plan.id: {**facts(clip), **drawn_facts(raw, clip.plan.file)} for clip in clips
        },
    }
