"""The clips of a twin of PororoSV: what each shows and how it is told, its strip and its mask.

Everything is a pure function of an `EpisodePlan`, so episodes can be made by any number of
processes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from storybench.files import write_atomic
from storybench.images import encode_png
from storydata.twin.moving import SIDE, Paint
from storydata.twin.pororo.plan import ClipPlan, EpisodePlan
from storydata.twin.world.cast import PORORO_CAST
from storydata.twin.world.narration import Line, Manner
from storydata.twin.world.serial import Take, serial

SECONDS = 1.0
MANNER = Manner(pronoun=0.1, species=0.04, full=0.06, others=0.9, weather=0.3)
SCRIPT, TEXT = 1, 2

LOWER_CHANCE = 0.46
NO_STOP_CHANCE = 0.07
NEWLINE_EVERY, EDGE_EVERY = 53, 29
"""Captions with a newline, or white space at the edges: in turn, and one of each among the first.

The real file is rarer in both; lower case and missing full stops are as often as there.
"""

ODD_ROWS = 37
"""Rows below the last whole frame of the odd strip."""


@dataclass(frozen=True)
class Clip:
    """One clip: its plan, what it shows, and its captions as the release has them."""

    plan: ClipPlan
    take: Take
    texts: tuple[str, ...]

    @property
    def times(self) -> tuple[float, ...]:
        """When its frames are, in seconds."""
        count = self.plan.n_frames
        return tuple(round(SECONDS * (k + 0.5) / count, 3) for k in range(count))

    @property
    def labels(self) -> tuple[int, ...]:
        """1 for each character that can be seen, in label order."""
        return PORORO_CAST.multi_hot(self.take.scene.visible)


@lru_cache(maxsize=256)
def clips_of(episode: EpisodePlan) -> tuple[Clip, ...]:
    """The clips of an episode, by number."""
    plans = episode.clips
    takes = serial(
        PORORO_CAST.without(episode.without),
        episode.rng(SCRIPT),
        number=episode.place,
        seconds=SECONDS,
        n_lines=[plan.n_captions for plan in plans],
        manner=MANNER,
        lead=episode.lead,
    )
    rng = episode.rng(TEXT)
    return tuple(
        Clip(plan, take, _texts(plan, take.lines, rng))
        for plan, take in zip(plans, takes, strict=True)
    )


def write_clips(raw: Path, episode: EpisodePlan, *, paint: Paint) -> int:
    """Write the pictures of an episode that are not there, each whole or not at all.

    Returns how many clips it has.
    """
    clips = clips_of(episode)
    for clip in clips:
        path = raw / clip.plan.file
        if not path.is_file():
            write_atomic(path, strip(clip, paint=paint))
    mask_path = raw / mask_file(episode)
    if not mask_path.is_file():
        write_atomic(mask_path, mask(clips[0], paint=paint))
    return len(clips)


def strip(clip: Clip, *, paint: Paint) -> bytes:
    """The PNG of a clip: its frames below each other."""
    frames = paint(PORORO_CAST, clip.take.scene, clip.times, clip.plan.place)
    tall = frames.reshape(-1, *frames.shape[2:])
    if clip.plan.is_odd:
        tall = np.concatenate([tall, tall[: ODD_ROWS * frames.shape[1] // SIDE]])
    data = encode_png(tall)
    return data[: len(data) // 2] if clip.plan.is_broken else data


def mask_file(episode: EpisodePlan) -> str:
    """The path of the only mask of an episode, of its first clip, in the raw folder."""
    return f"pororo_png/masks/{episode.name}_1.png"


def mask(clip: Clip, *, paint: Paint) -> bytes:
    """White where someone is to be seen in the first frame of a clip, roughly; grey PNG."""
    scene, times = clip.take.scene, clip.times[:1]
    there = paint(PORORO_CAST, scene, times, clip.plan.place)[0].astype(int)
    empty = paint(PORORO_CAST, replace(scene, actors=()), times, clip.plan.place)[0]
    return encode_png(np.where(abs(there - empty).max(2) > 24, 255, 0).astype(np.uint8))


def facts(clip: Clip) -> dict[str, Any]:
    """What is true of a clip, for `twin.json`."""
    scene, event = clip.take.scene, clip.take.event
    return {
        "episode": clip.plan.episode.key,
        "number": clip.plan.number,
        "is_decodable": not clip.plan.is_broken,
        "n_frames": clip.plan.n_frames,
        "times": list(clip.times),
        "setting": scene.setting,
        "light": scene.light,
        "visible": [name for name in PORORO_CAST.names if name in scene.visible],
        "labels": list(clip.labels),
        "subject": event and event.subject,
        "action": event and event.action,
        "partner": event and event.partner,
        "thing": event and event.thing,
        "things": [thing.name for thing in scene.things],
        "captions": [
            {**asdict(line), "text": text}
            for line, text in zip(clip.take.lines, clip.texts, strict=True)
        ],
    }


def _texts(plan: ClipPlan, lines: tuple[Line, ...], rng: np.random.Generator) -> tuple[str, ...]:
    """The captions as the real file has them: many in lower case, a few without a full stop."""
    texts = []
    for line in lines:
        text = line.text.lower() if rng.random() < LOWER_CHANCE else line.text
        texts.append(text.rstrip(".") if rng.random() < NO_STOP_CHANCE else text)
    if plan.place % NEWLINE_EVERY == 3:
        texts[-1] = texts[-1].replace(" ", "\n", 1)
    if plan.place % EDGE_EVERY == 6:
        texts[0] = f" {texts[0]} "
    return tuple(texts)
