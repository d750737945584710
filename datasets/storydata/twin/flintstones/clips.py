"""The clips of a twin of FlintstonesSV: what each shows, how it is annotated, its array of frames.

Everything is a pure function of an `EpisodePlan`, so episodes can be made by any number of
processes.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from storybench.files import write_atomic
from storydata.twin.flintstones.plan import ClipPlan, EpisodePlan
from storydata.twin.moving import Paint
from storydata.twin.world.cast import FLINTSTONES_CAST
from storydata.twin.world.narration import Manner
from storydata.twin.world.serial import Take, serial

SECONDS = 3.0
MANNER = Manner(pronoun=0.1, species=0.03, full=0.02, others=0.93, weather=0.35)
SCRIPT, TEXT = 1, 2

EDGE_CHANCE, DOUBLE_CHANCE, LOWER_CHANCE = 0.18, 0.11, 0.05
"""White space at the edges, double spaces, lower case: as often as in the real captions."""

EDGE_PLACE, DOUBLE_PLACE = 2, 3
"""Clips that have them whatever the chance."""

NEWLINE, TAB, CAPITALS = (61, 4), (97, 5), (47, 6)
"""Every how many clips a caption has a newline, a tab or capitals, and which is the first."""


@dataclass(frozen=True)
class Clip:
    """One clip: its plan, what it shows, and its description as the release has it."""

    plan: ClipPlan
    take: Take
    text: str

    @property
    def times(self) -> tuple[float, ...]:
        """When its frames are, in seconds."""
        count = self.plan.n_frames
        return tuple(round(SECONDS * (k + 0.5) / count, 3) for k in range(count))

    @property
    def visible(self) -> tuple[str, ...]:
        """Names of the characters that can be seen, in label order."""
        return tuple(n for n in FLINTSTONES_CAST.names if n in self.take.scene.visible)

    @property
    def labels(self) -> tuple[int, ...]:
        """1 for each character that can be seen, in label order."""
        return FLINTSTONES_CAST.multi_hot(self.visible)


@lru_cache(maxsize=256)
def clips_of(episode: EpisodePlan) -> tuple[Clip, ...]:
    """The clips of an episode, by number."""
    takes = serial(
        FLINTSTONES_CAST.without(episode.without),
        episode.rng(SCRIPT),
        number=episode.place,
        seconds=SECONDS,
        n_lines=[1] * episode.n_clips,
        manner=MANNER,
        lead=episode.lead,
    )
    rng = episode.rng(TEXT)
    return tuple(
        Clip(plan, take, _described(take.lines[0].text, plan.place, rng))
        for plan, take in zip(episode.clips, takes, strict=True)
    )


def write_clips(raw: Path, episode: EpisodePlan, *, paint: Paint) -> int:
    """Write the arrays of an episode that are not there, each whole or not at all.

    Returns how many clips it has.
    """
    for clip in clips_of(episode):
        path = raw / clip.plan.file
        if not path.is_file():
            write_atomic(path, array(clip, paint=paint))
    return episode.n_clips


def array(clip: Clip, *, paint: Paint) -> bytes:
    """The `.npy` file of a clip: uint8 RGB (5, 128, 128, 3), and of one clip fewer frames."""
    frames = paint(FLINTSTONES_CAST, clip.take.scene, clip.times, clip.plan.place)
    file = io.BytesIO()
    np.lib.format.write_array(file, frames, version=(1, 0))
    data = file.getvalue()
    return data[: len(data) // 2] if clip.plan.is_broken else data


def facts(clip: Clip) -> dict[str, Any]:
    """What is true of a clip, for `twin.json`."""
    plan, scene, event = clip.plan, clip.take.scene, clip.take.event
    return {
        "season": plan.episode.season,
        "episode": plan.episode.number,
        "split": plan.episode.split,
        "is_decodable": not plan.is_broken,
        "n_frames": plan.n_frames,
        "times": list(clip.times),
        "setting": scene.setting,
        "light": scene.light,
        "visible": list(clip.visible),
        "labels": list(clip.labels),
        "subject": event and event.subject,
        "action": event and event.action,
        "partner": event and event.partner,
        "thing": event and event.thing,
        "things": [thing.name for thing in scene.things],
        "caption": {**asdict(clip.take.lines[0]), "text": clip.text},
    }


def _described(text: str, place: int, rng: np.random.Generator) -> str:
    """The caption as people typed it."""
    edge, double, lower = rng.random(3)
    if lower < LOWER_CHANCE:
        text = text.lower()
    if double < DOUBLE_CHANCE or place == DOUBLE_PLACE:
        text = text.replace(" ", "  ", 1)
    for (every, first), change in (
        (NEWLINE, lambda said: said.replace(" ", "\n", 1)),
        (TAB, lambda said: said.replace(" ", "\t", 1)),
        (CAPITALS, str.upper),
    ):
        if place % every == first:
            text = change(text)
    return f" {text} " if edge < EDGE_CHANCE or place == EDGE_PLACE else text
