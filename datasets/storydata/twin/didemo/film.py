"""One video of the twin of DiDeMo: its script, its frames, its bytes, the facts about it.

Everything is a pure function of a `VideoPlan`, so videos can be made by any number of processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from storybench.files import write_atomic
from storybench.types import Image
from storydata.twin.didemo.plan import SEGMENT_SECONDS, VideoPlan
from storydata.twin.film import numbers
from storydata.twin.film.tune import tune
from storydata.twin.film.video import CAN_ROTATE, Clock, Coding, encode, half_of, jittered, steady
from storydata.twin.world.cast import DIDEMO_CAST
from storydata.twin.world.painter import Painter
from storydata.twin.world.script import Clip, episode

VARIABLE_RATE = 10.0
"""Mean frames per second of a video without a constant rate."""

SCRIPT, CLOCK, SOUND = 1, 2, 3


@dataclass(frozen=True)
class Shot:
    """A clip on the time line of a video, `start` to `end` in seconds.

    `segments` are the first and last chunk of five seconds it fills, None beyond the thirty
    seconds that annotators saw.
    """

    clip: Clip
    start: float
    end: float
    segments: tuple[int, int] | None


@lru_cache(maxsize=64)
def shots_of(plan: VideoPlan) -> tuple[Shot, ...]:
    """The shots of a video in order, without gaps, from 0 to its end."""
    rng = plan.rng(SCRIPT)
    spans = _spans(plan, rng)
    n_captions = _captions_per_span(plan, len(spans), rng)
    seconds = [float(SEGMENT_SECONDS * (last - first + 1)) for first, last in spans]
    n_more = max(0, int((plan.seconds - sum(seconds)) // SEGMENT_SECONDS))
    width, height = plan.traits.size
    clips = episode(
        DIDEMO_CAST,
        rng,
        seconds=seconds + [float(SEGMENT_SECONDS)] * n_more,
        n_captions=n_captions + [0] * n_more,
        aspect=width / min(width, height),
    )
    shots, now = [], 0.0
    for k, clip in enumerate(clips):
        end = plan.seconds if k == len(clips) - 1 else now + clip.scene.seconds
        shots.append(Shot(clip, now, end, spans[k] if k < len(spans) else None))
        now = end
    return tuple(shots)


def clock_of(plan: VideoPlan) -> Clock:
    """When the frames of a video are shown."""
    if plan.traits.rate is None:
        return jittered(VARIABLE_RATE, plan.seconds, plan.rng(CLOCK))
    return steady(plan.traits.rate, plan.seconds)


def frames_of(plan: VideoPlan, clock: Clock, *, numbered: bool) -> Iterator[Image]:
    """The frames, upright, uint8 RGB, one per tick of the clock."""
    shots = list(shots_of(plan))
    painter = Painter(DIDEMO_CAST, shots[0].clip.scene, plan.traits.size)
    for number, time in enumerate(clock.times):
        if len(shots) > 1 and time >= shots[1].start:
            shots.pop(0)
            painter = Painter(DIDEMO_CAST, shots[0].clip.scene, plan.traits.size)
        image = painter.paint(time - shots[0].start)
        yield numbers.paint(image, number) if numbered else image


def film(plan: VideoPlan, *, numbered: bool) -> bytes:
    """The bytes of the video file."""
    traits, clock = plan.traits, clock_of(plan)
    coding = Coding(traits.size, traits.gop, traits.rotation)
    sound = tune(plan.seconds, plan.rng(SOUND)) if traits.has_sound else None
    data = encode(frames_of(plan, clock, numbered=numbered), clock, coding, sound=sound)
    return half_of(data) if traits.is_broken else data


def write_film(videos: Path, plan: VideoPlan, *, numbered: bool) -> str:
    """Write the video file into the folder, whole or not at all; returns its name."""
    write_atomic(videos / plan.file_name, film(plan, numbered=numbered))
    return plan.file_name


def facts(plan: VideoPlan) -> dict[str, Any]:
    """What is true of the video, for `twin.json`: exact times, and who can be seen when."""
    traits, clock = plan.traits, clock_of(plan)
    rotation = traits.rotation if CAN_ROTATE else 0
    known = {
        "split": plan.split,
        "names": list(plan.names),
        "is_decodable": not traits.is_broken,
        "seconds": plan.seconds,
        "size": list(traits.size),
        "rotation": rotation,
        "gop": traits.gop,
        "has_sound": traits.has_sound,
        "rate": None if clock.is_variable else str(1 / clock.time_base),
        "time_base": str(clock.time_base),
        "n_frames": len(clock.ticks),
        "shots": [_shot_facts(shot) for shot in shots_of(plan)],
    }
    return {**known, "ticks": list(clock.ticks)} if clock.is_variable else known


def _shot_facts(shot: Shot) -> dict[str, Any]:
    scene, event = shot.clip.scene, shot.clip.event
    return {
        "start": shot.start,
        "end": shot.end,
        "segments": None if shot.segments is None else list(shot.segments),
        "setting": scene.setting,
        "light": scene.light,
        "visible": list(scene.visible),
        "subject": event.subject,
        "action": event.action,
        "partner": event.partner,
        "thing": event.thing,
        "things": [thing.name for thing in scene.things],
    }


def _spans(plan: VideoPlan, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Chunks in rows of one, with now and then a row of two."""
    spans, first = [], 0
    n_spare = plan.n_segments - min(plan.n_descriptions, plan.n_segments)
    while first < plan.n_segments:
        is_long = n_spare > 0 and first + 1 < plan.n_segments and rng.random() < 0.4
        n_spare -= is_long
        spans.append((first, first + is_long))
        first += 1 + is_long
    return spans


def _captions_per_span(plan: VideoPlan, n_spans: int, rng: np.random.Generator) -> list[int]:
    counts = [0] * n_spans
    n_apart = min(n_spans, plan.n_descriptions - plan.traits.has_collision)
    for k in rng.permutation(n_spans)[:n_apart]:
        counts[int(k)] = 1
    told = [k for k, count in enumerate(counts) if count]
    for k in rng.permutation(told * 3)[: plan.n_descriptions - n_apart]:
        counts[int(k)] += 1
    return counts
