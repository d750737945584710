"""`storybench twin didemosv`: the toy world as a release of DiDeMoSV's frames.

Writes `didemo/` as StoryDALL-E's loader expects it: three lists, the frames they name, caches of
stories and embeddings, in the real formats and with the real quirks (the sources stand in `files`,
`frames` and `plan`), plus `twin.json`, which says that this is a twin and what is true of every
frame. `twin.json` is written last.
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
from storydata.twin.didemosv.files import TEXTS, listed, texts
from storydata.twin.didemosv.frames import facts, frames_of, write_frames
from storydata.twin.didemosv.plan import FRAME_NAME, SPLITS, VideoPlan, plan_videos
from storydata.twin.studio import draw_episodes
from storydata.twin.world.cast import DIDEMO_CAST
from storydata.twin.world.settings import SETTINGS

VERSION = 1
"""Raised when the same seed no longer gives the same release."""

KIND = Kind(
    "didemosv",
    drawn=re.compile(FRAME_NAME),
    sections=("frames",),
    texts=TEXTS,
    is_labelled=False,
)


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
    """Write a release of DiDeMoSV that builds into at least `stories` stories of three frames.

    Red and blue are exchanged in its pictures, as they seem to be in the real ones, so a build
    needs `channel_order` "fixed" for the right colours. The same arguments give the same files, for
    any number of workers: on every machine with the same versions of numpy and Pillow. Every quirk
    of the real release is there, however few the stories.

    It can be stopped at any moment; the same call goes on, and keeps every picture that is there.

    Args:
        raw: a new or empty folder, or one that holds a twin: the same one is continued or kept,
            another is replaced.
        stories: how many stories the default build shall find, over all three splits.
        seed: which world.
        numbered: paint a number into each picture that tells its place among all
            (`storydata.twin.film.numbers` reads it).
        held_out: nobody: frames are not labelled with characters.
        workers: how many processes draw.
        on_progress: called with pictures done and to do, after each video.

    Returns:
        How many "frames", "videos" and "side files" it holds.

    Raises:
        InputError: fewer than one story or worker, a negative seed, a folder with other things, or
            a character that is held out.
        MissingError: a worker was killed, most likely for want of memory.
        NoSpaceError: the disk is full.
    """
    plans, runner = plan_videos(stories, seed), engine(workers)
    files = [plan.file(index) for plan in plans for index in range(plan.n_frames)]
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
    draw_episodes(partial(write_frames, raw, numbered=numbered), plans, runner, on_progress)
    for path, data in texts(plans).items():
        write_atomic(raw / path, data)
    sign(raw, _facts(raw, plans, ours))
    return {"frames": len(files), "videos": len(plans), "side files": len(TEXTS)}


def _facts(raw: Path, plans: Sequence[VideoPlan], ours: Claim) -> dict[str, Any]:
    """What `twin.json` holds."""
    frames = [one for plan in plans for one in frames_of(plan)]
    return {
        **ours.facts(),
        "cast": DIDEMO_CAST.facts,
        "settings": list(SETTINGS),
        "frames": {
            frame.file: {**facts(frame), **drawn_facts(raw, frame.file)} for frame in frames
        },
        "objects": {
            split: [one.facts for plan in plans if plan.split == split for one in listed(plan)]
            for split in SPLITS
        },
    }
