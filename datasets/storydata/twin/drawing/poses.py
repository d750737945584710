"""How a character holds itself at a moment: actions as functions of time.

An `Action` gives, for a time in seconds, a `Pose` (what the sprite looks like, drawn once and kept)
and a `Shift` (where it stands, as smooth as you like). Poses are quantised to `STEPS_PER_SECOND`,
which both keeps the sprite cache small and looks like animation drawn on twos.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, pi, sin
from typing import Literal

STEPS_PER_SECOND = 10
TOSS_SECONDS = 1.6
"""From hand to hand when a ball is thrown in the air."""

CATCH_SECONDS = 1.2
"""From one player to the other; the second plays with that offset."""

BLINK_EVERY = 3.1
BLINK_SECONDS = 0.2

Eyes = Literal["open", "closed", "happy", "up", "down"]
Mouth = Literal["smile", "open", "small", "munch"]
Held = Literal["none", "book", "apple", "ball", "balloon", "flower"]


@dataclass(frozen=True)
class Pose:
    """Angles in degrees: arms from hanging (0) outwards (90) to straight up (180), legs forwards.

    `squash` is how much shorter and wider than at rest (negative: stretched), `lean` the turn of
    the whole body, `tilt` of the head alone. `near` is the arm on the side the character faces.
    """

    squash: float = 0.0
    lean: float = 0.0
    tilt: float = 0.0
    near: float = 14.0
    far: float = 14.0
    legs: tuple[float, float] = (0.0, 0.0)
    eyes: Eyes = "open"
    mouth: Mouth = "smile"
    is_sitting: bool = False
    held: Held = "none"


@dataclass(frozen=True)
class Shift:
    """Displacement from where the character stands, in units of its own height."""

    across: float = 0.0
    up: float = 0.0


Action = Callable[[float], tuple[Pose, Shift]]


def pose_at(action: str, time: float) -> tuple[Pose, Shift]:
    """Pose and displacement `time` seconds into an action, blinking now and then.

    Raises:
        KeyError: no such action.
    """
    stepped = round(time * STEPS_PER_SECOND) / STEPS_PER_SECOND
    pose, _ = ACTIONS[action](stepped)
    _, shift = ACTIONS[action](time)
    if pose.eyes == "open" and stepped % BLINK_EVERY < BLINK_SECONDS:
        pose = replace(pose, eyes="closed")
    return pose, shift


def _wave_of(time: float, seconds: float, phase: float = 0.0) -> float:
    return round(sin(2 * pi * (time / seconds + phase)), 2)


def _slow(time: float, seconds: float) -> float:
    """A wave in nine levels: slow movements need few drawings."""
    return round(4 * sin(2 * pi * time / seconds)) / 4


def _stand(time: float) -> tuple[Pose, Shift]:
    breath = _slow(time, 2.4)
    return Pose(squash=0.012 * breath, near=14 + 2 * breath, far=14 + 2 * breath), Shift()


def _walk(time: float) -> tuple[Pose, Shift]:
    swing = _wave_of(time, 0.8)
    bounce = abs(cos(2 * pi * time / 0.8))
    pose = Pose(
        squash=0.03 * _wave_of(time, 0.4, 0.25),
        lean=4,
        near=16 - 30 * swing,
        far=16 + 30 * swing,
        legs=(28 * swing, -28 * swing),
    )
    return pose, Shift(up=0.025 * bounce)


def _run(time: float) -> tuple[Pose, Shift]:
    swing = _wave_of(time, 0.5)
    pose = Pose(
        squash=0.05 * _wave_of(time, 0.25),
        lean=13,
        near=50 - 50 * swing,
        far=50 + 50 * swing,
        legs=(48 * swing, -48 * swing),
        mouth="open",
    )
    return pose, Shift(up=0.06 * abs(sin(2 * pi * time / 0.5)))


def _jump(time: float) -> tuple[Pose, Shift]:
    phase = (time / 1.2) % 1.0
    if phase < 0.3:
        press = round(sin(pi * phase / 0.3), 2)
        return Pose(squash=0.18 * press, near=10, far=10, eyes="open"), Shift()
    flight = (phase - 0.3) / 0.7
    lift = 4 * flight * (1 - flight)
    stretch = round(-0.1 * cos(pi * flight) ** 2, 2)
    arms = 60 + round(80 * lift)
    pose = Pose(squash=stretch, near=arms, far=arms, legs=(14, -14), eyes="happy", mouth="open")
    return pose, Shift(up=0.42 * lift)


def _wave(time: float) -> tuple[Pose, Shift]:
    pose = Pose(
        near=124 + 22 * _wave_of(time, 0.6),
        far=12,
        tilt=5 * _wave_of(time, 1.2),
        squash=0.01 * _wave_of(time, 1.2),
        mouth="open",
    )
    return pose, Shift()


def _sleep(time: float) -> tuple[Pose, Shift]:
    pose = Pose(
        squash=0.03 * _slow(time, 2.4),
        lean=-78,
        near=30,
        far=8,
        legs=(12, -4),
        eyes="closed",
        mouth="small",
    )
    return pose, Shift(up=0.13)


def _dance(time: float) -> tuple[Pose, Shift]:
    sway = _wave_of(time, 1.0)
    pose = Pose(
        squash=0.06 * _wave_of(time, 0.5),
        lean=11 * sway,
        tilt=-8 * sway,
        near=105 + 50 * sway,
        far=105 - 50 * sway,
        legs=(18 * sway, 18 * sway),
        eyes="happy",
        mouth="open",
    )
    return pose, Shift(across=0.05 * sway, up=0.03 * abs(sway))


def _toss(time: float) -> tuple[Pose, Shift]:
    phase = (time / TOSS_SECONDS) % 1.0
    if phase < 0.3:
        dip = round(sin(pi * phase / 0.3), 2)
        return Pose(squash=0.07 * dip, near=66 - 20 * dip, far=20), Shift()
    wait = abs(phase - 0.65) / 0.35
    arm = 66 + round(50 * (1 - min(1.0, wait)))
    return Pose(squash=-0.03, near=arm, far=20, eyes="up", mouth="open"), Shift()


def _catch(time: float) -> tuple[Pose, Shift]:
    turn = (time / CATCH_SECONDS) % 2.0
    has_ball = round(max(0.0, 1 - min(turn, 2 - turn) / 0.5), 1)
    pose = Pose(
        squash=0.04 * has_ball, lean=6 * has_ball, near=50 + 46 * has_ball, far=36, mouth="open"
    )
    return pose, Shift()


def _hide(time: float) -> tuple[Pose, Shift]:
    peek = max(0.0, _wave_of(time, 2.2))
    eyes: Eyes = "up" if peek > 0.5 else "open"
    pose = Pose(squash=0.16, near=24, far=24, eyes=eyes, mouth="small", is_sitting=True)
    return pose, Shift(up=0.12 * peek)


def _sit(time: float) -> tuple[Pose, Shift]:
    breath = _slow(time, 2.4)
    pose = Pose(squash=0.012 * breath, near=24, far=24, tilt=2 * breath, is_sitting=True)
    return pose, Shift()


def _eat(time: float) -> tuple[Pose, Shift]:
    bite = max(0.0, _slow(time, 1.2))
    mouth: Mouth = "open" if bite > 0.4 else "munch"
    pose = Pose(
        near=86 + 26 * bite, far=24, tilt=3 * bite, mouth=mouth, is_sitting=True, held="apple"
    )
    return pose, Shift()


def _read(time: float) -> tuple[Pose, Shift]:
    pose = Pose(
        near=64,
        far=58,
        tilt=5 + 4 * _slow(time, 4.0),
        eyes="down",
        is_sitting=True,
        held="book",
    )
    return pose, Shift()


def _sing(time: float) -> tuple[Pose, Shift]:
    sway = _wave_of(time, 1.6)
    mouth: Mouth = "open" if _wave_of(time, 0.8) > -0.4 else "smile"
    pose = Pose(
        lean=5 * sway, tilt=5 * sway, near=70 + 14 * sway, far=70 - 14 * sway, eyes="happy",
        mouth=mouth,
    )  # fmt: skip
    return pose, Shift()


def _look(time: float) -> tuple[Pose, Shift]:
    sway = _slow(time, 3.0)
    return Pose(tilt=-9 + 4 * sway, near=20, far=20, eyes="up", mouth="small"), Shift()


def _balloon(time: float) -> tuple[Pose, Shift]:
    bob = _slow(time, 2.0)
    return Pose(near=118 + 6 * bob, far=14, tilt=3 * bob, held="balloon"), Shift()


def _smell(time: float) -> tuple[Pose, Shift]:
    sniff = max(0.0, _slow(time, 1.8))
    pose = Pose(lean=5 * sniff, near=88 + 8 * sniff, far=16, eyes="closed", held="flower")
    return pose, Shift()


ACTIONS: dict[str, Action] = {
    "stand": _stand,
    "walk": _walk,
    "run": _run,
    "jump": _jump,
    "wave": _wave,
    "sleep": _sleep,
    "dance": _dance,
    "toss": _toss,
    "catch": _catch,
    "hide": _hide,
    "sit": _sit,
    "eat": _eat,
    "read": _read,
    "sing": _sing,
    "look": _look,
    "balloon": _balloon,
    "smell": _smell,
}
"""Every action by name."""
