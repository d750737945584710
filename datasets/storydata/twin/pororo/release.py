"""`storybench twin pororo`: a raw PororoSV release of the toy world.

Writes `pororo_png/` as StoryDALL-E's release unpacks: a strip of frames for each clip, captions,
labels, the caches of stories, the splits and the embeddings, in the real formats and with the real
quirks (the sources stand in `files`, `listing` and `plan`), plus `twin.json`, which says that this
is a twin and what is true of every clip. `twin.json` is written last.
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
from storydata.twin.moving import Paint, drawn, drawn_with_numbers, tiny
from storydata.twin.pororo.clips import Clip, clips_of, facts, mask_file, strip, write_clips
from storydata.twin.pororo.files import ROOT, TEXTS, texts
from storydata.twin.pororo.listing import Listing, hold_out, list_release
from storydata.twin.pororo.plan import MASK_NAME, STRIP_NAME, EpisodePlan, plan_episodes
from storydata.twin.studio import draw_episodes
from storydata.twin.world.cast import PORORO_CAST
from storydata.twin.world.settings import SETTINGS

VERSION = 1
"""Raised when the same seed no longer gives the same release."""

KIND = Kind(
    "pororo",
    drawn=re.compile(f"{STRIP_NAME}|{MASK_NAME}"),
    sections=("clips", "masks"),
    texts=TEXTS,
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
    """Write a raw PororoSV release that builds into at least `stories` stories of five frames.

    The same arguments give the same files, for any number of workers: on every machine with the
    same versions of numpy and Pillow. Whatever the number of stories, every quirk of the real
    release is there.

    It can be stopped at any moment; the same call goes on, and keeps every strip that is finished.

    Args:
        raw: a new or empty folder, or one that holds a twin: the same one is continued or kept,
            another is replaced.
        stories: how many stories the default build shall find, over all three splits.
        seed: which world.
        numbered: paint a number into each frame that tells its clip and its place in it
            (`storydata.twin.moving.frame_number`; `storydata.twin.film.numbers` reads it).
        held_out: who of the cast is in no clip of a story of train and val; it leads the episodes
            of test.
        workers: how many processes draw.
        on_progress: called with clips done and to do, after each episode.

    Returns:
        How many "clips", "captions", "episodes", "masks" and "side files" it holds.

    Raises:
        InputError: fewer than one story or worker, a negative seed, a folder with other things, or
            no one of the cast has the name of who is held out.
        MissingError: a worker was killed, most likely for want of memory.
        NoSpaceError: the disk is full.
    """
    episodes, runner = plan_episodes(stories, seed), engine(workers)
    if held_out is not None:
        held_out = PORORO_CAST.called(held_out)
        episodes = hold_out(episodes, seed, held_out)
    files = [clip.file for episode in episodes for clip in episode.clips]
    files += [mask_file(episode) for episode in episodes]
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
    listing, clips = _write_texts(raw, episodes, seed)
    sign(raw, _facts(raw, episodes, listing, clips, ours))
    return {
        "clips": len(clips),
        "captions": sum(len(clip.texts) for clip in clips),
        "episodes": len(episodes),
        "masks": len(episodes),
        "side files": len(TEXTS),
    }


def write_quick_release(raw: Path, *, stories: int, seed: int = 0, paint: Paint = tiny) -> int:
    """Write the same files in a new folder, with frames that cost little: tiny ones if not told.

    For measuring what a build costs: it has no `twin.json`, cannot be continued,
    and its strips are written without a sync. Returns how many clips it has.
    """
    episodes = plan_episodes(stories, seed)
    for episode in episodes:
        (raw / ROOT / episode.key).mkdir(parents=True)
        for clip in clips_of(episode):
            data = strip(clip, paint=paint)
            (raw / clip.plan.file).write_bytes(data)
    _, clips = _write_texts(raw, episodes, seed)
    return len(clips)


def _write_texts(
    raw: Path, episodes: Sequence[EpisodePlan], seed: int
) -> tuple[Listing, tuple[Clip, ...]]:
    """Everything beside the pictures; returns what it is made of, clips in the order of images."""
    by_id = {clip.plan.id: clip for episode in episodes for clip in clips_of(episode)}
    hidden = [one.plan for one in by_id.values() if one.plan.episode.lead in one.take.scene.visible]
    listing = list_release(episodes, seed, hidden=hidden)
    clips = tuple(by_id[image.id] for image in listing.images)
    for path, data in texts(episodes, listing, clips).items():
        write_atomic(raw / path, data)
    return listing, clips


def _facts(
    raw: Path,
    episodes: Sequence[EpisodePlan],
    listing: Listing,
    clips: Sequence[Clip],
    ours: Claim,
) -> dict[str, Any]:
    """What `twin.json` holds."""
    return {
        **ours.facts(),
        "cast": PORORO_CAST.facts,
        "settings": list(SETTINGS),
        "starts": [clip.id for clip in listing.starts],
        "splits": {**listing.splits, "lost": listing.lost},
        "clips": {
            clip.plan.id: {**facts(clip), **drawn_facts(raw, clip.plan.file)} for clip in clips
        },
        "masks": {episode.name: drawn_facts(raw, mask_file(episode)) for episode in episodes},
    }
