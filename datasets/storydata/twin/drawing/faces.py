"""The head of a character: ears, muzzle, eyes, mouth, cheeks.

Split from `rig` because a face is where charm lives and where most of the choices are.
"""

from __future__ import annotations

import numpy as np

from storydata.twin.drawing.canvas import Canvas
from storydata.twin.drawing.character import Character
from storydata.twin.drawing.outlines import Points, arc, blob, box, ellipse, turned
from storydata.twin.drawing.palette import BLUSH, GOLD, INK, WHITE, Colour, darker, lighter, mix
from storydata.twin.drawing.parts import limb, part
from storydata.twin.drawing.poses import Pose

BEAK: Colour = (240, 146, 62)
Head = tuple[float, float, float]
"""Centre height and radii of the head."""


def draw_head(canvas: Canvas, character: Character, head: Head, pose: Pose) -> None:
    """Draw the head at its place over the body, facing right."""
    y, across, up = head
    _ears(canvas, character, head)
    outline = _outline(character, head)
    part(canvas, outline, character.coat)
    if character.pattern == "mask":
        mask = blob([(0.02, y - 0.02), (0.24, y + 0.02), (across, y - 0.1), (0.12, y - up),
                     (-0.16, y - 0.9 * up), (-0.18, y - 0.1)])  # fmt: skip
        canvas.shape(mask, character.belly, within=outline)
    shine = canvas.lit(lighter(character.coat, 0.6))
    canvas.glow((-0.35 * across, y + 0.5 * up), (0.55 * across, 0.5 * up), shine, alpha=0.45,
                within=outline)  # fmt: skip
    centre = 0.22 * across
    if character.muzzle == "plate":
        screen = box(centre - 0.2, y - 0.12, centre + 0.21, y + 0.13, 0.05)
        part(canvas, screen, (66, 78, 104))
    elif character.muzzle != "none":
        canvas.glow((centre - 0.19, y - 0.07), (0.07, 0.05), canvas.lit(BLUSH), alpha=0.55)
        canvas.glow((centre + 0.19, y - 0.07), (0.06, 0.05), canvas.lit(BLUSH), alpha=0.55)
    _muzzle(canvas, character, (centre, y), pose)
    for side in (-1, 1):
        _eye(canvas, character, (centre + side * 0.115, _eye_height(character, head)), pose)
    if character.garment == "cap":
        _cap(canvas, character, head)


def _outline(character: Character, head: Head) -> Points:
    y, across, up = head
    if character.build == "box":
        return box(-across, y - up, across, y + up, 0.09)
    if character.muzzle in ("whiskers", "snout") and character.ears == "pointed":
        return blob([(0, y + up), (0.7 * across, y + 0.72 * up), (across, y - 0.1 * up),
                     (0.75 * across, y - 0.72 * up), (0.1, y - up), (-0.7 * across, y - 0.75 * up),
                     (-across, y - 0.12 * up), (-0.7 * across, y + 0.72 * up)])  # fmt: skip
    return ellipse((0, y), across, up)


def _eye_height(character: Character, head: Head) -> float:
    if character.ears == "bumps":
        return head[0] + 0.92 * head[2]
    return head[0] + (0.04 if character.muzzle != "plate" else 0.03)


def _ears(canvas: Canvas, character: Character, head: Head) -> None:
    y, across, up = head
    inner = mix(character.belly, BLUSH, 0.35)
    for side in (-1, 1):
        if character.ears == "round":
            centre = (side * 0.78 * across, y + 0.78 * up)
            part(canvas, ellipse(centre, 0.105, 0.105), character.coat)
            canvas.shape(ellipse(centre, 0.055, 0.055), inner)
        elif character.ears == "long":
            centre = (side * 0.42 * across, y + 1.75 * up)
            part(canvas, ellipse(centre, 0.075, 0.26, 9 * side), character.coat)
            canvas.shape(ellipse(centre, 0.036, 0.19, 9 * side), inner)
        elif character.ears == "pointed":
            _pointed(canvas, character, head, side, inner)
        elif character.ears == "fan":
            centre = (side * 1.18 * across, y + 0.06)
            part(canvas, ellipse(centre, 0.2, 0.25, 12 * side), character.coat)
            canvas.shape(ellipse(centre, 0.13, 0.17, 12 * side), inner)
        elif character.ears == "bumps":
            centre = (0.22 * across + side * 0.115, y + 0.88 * up)
            part(canvas, ellipse(centre, 0.125, 0.12), character.coat)
        elif character.ears == "horns":
            tip = (side * 0.7 * across, y + 1.45 * up)
            horn = arc((side * 0.45 * across, y + 0.8 * up), (side * 0.75 * across, y + up), tip)
            limb(canvas, horn, 0.07, character.belly)
    if character.ears == "antenna":
        canvas.stroke(np.array([(0.0, y + up), (0.0, y + 1.55 * up)]), 0.04, (120, 124, 140))
        part(canvas, ellipse((0, y + 1.65 * up), 0.07, 0.07), GOLD)
        for side in (-1, 1):
            part(canvas, box(side * across - 0.04, y - 0.07, side * across + 0.04, y + 0.07, 0.03),
                  (120, 124, 140))  # fmt: skip
    elif character.muzzle == "beak" and character.garment != "cap":
        for x in (-0.04, 0.04):
            part(canvas, ellipse((x, y + 1.05 * up), 0.04, 0.09, 400 * x), character.coat)


def _pointed(canvas: Canvas, character: Character, head: Head, side: int, inner: Colour) -> None:
    y, across, up = head
    base = np.array([(0.95, 0.35), (0.62, 1.62), (0.22, 0.85)]) * (side * across, up) + (0, y)
    inset = np.array([(0.82, 0.6), (0.62, 1.38), (0.36, 0.9)]) * (side * across, up) + (0, y)
    part(canvas, base, character.coat)
    canvas.shape(inset, inner)


def _eye(canvas: Canvas, character: Character, at: tuple[float, float], pose: Pose) -> None:
    x, y = at
    on_screen = character.muzzle == "plate"
    ink: Colour = (150, 240, 226) if on_screen else INK
    dark = sum(character.coat) < 280 and not on_screen
    if pose.eyes in ("closed", "happy"):
        bend = 0.045 if pose.eyes == "happy" else -0.035
        if dark:
            ink = GOLD
        lid = arc((x - 0.055, y), (x, y + 2 * bend), (x + 0.055, y))
        canvas.stroke(lid, 0.024, ink)
        return
    up = {"up": 0.02, "down": -0.03}.get(pose.eyes, 0.0)
    if on_screen:
        canvas.shape(ellipse((x, y + up), 0.04, 0.055), ink)
        return
    canvas.shape(ellipse((x, y), 0.072, 0.086), GOLD if dark else WHITE)
    pupil = (x + 0.018, y + up)
    canvas.shape(ellipse(pupil, 0.047, 0.06), INK)
    canvas.shape(ellipse((pupil[0] - 0.014, pupil[1] + 0.024), 0.019, 0.021), WHITE)


def _muzzle(canvas: Canvas, character: Character, centre: tuple[float, float], pose: Pose) -> None:
    x, y = centre
    if character.muzzle == "snout":
        if character.pattern != "mask":
            part(canvas, ellipse((x + 0.02, y - 0.1), 0.12, 0.085), character.belly)
        _mouth(canvas, (x + 0.02, y - 0.125), pose, 0.05)
        canvas.shape(ellipse((x + 0.03, y - 0.055), 0.042, 0.03), INK)
    elif character.muzzle == "whiskers":
        for side in (-1, 1):
            for slope in (-0.02, 0.025):
                hair = np.array([(x + side * 0.12, y - 0.09), (x + side * 0.26, y - 0.09 + slope)])
                canvas.stroke(hair, 0.011, lighter(character.coat, 0.6))
        canvas.shape(ellipse((x + 0.02, y - 0.07), 0.026, 0.02), BLUSH)
        _mouth(canvas, (x + 0.02, y - 0.1), pose, 0.045, lighter(character.coat, 0.7))
    elif character.muzzle == "wide":
        _mouth(canvas, (x + 0.01, y - 0.02), pose, 0.13)
    elif character.muzzle == "plate":
        _mouth(canvas, (x, y - 0.06), pose, 0.06, (150, 240, 226))
    elif character.muzzle == "beak":
        _beak(canvas, (x, y), pose)
    elif character.muzzle == "trunk":
        trunk = np.concatenate(
            [
                arc((x + 0.03, y - 0.02), (x + 0.08, y - 0.2), (x + 0.15, y - 0.26)),
                arc((x + 0.15, y - 0.26), (x + 0.24, y - 0.3), (x + 0.27, y - 0.2)),
            ]
        )
        _mouth(canvas, (x - 0.08, y - 0.13), pose, 0.06)
        limb(canvas, trunk, 0.105, character.coat)
        for t in (4, 8, 12):
            wrinkle = trunk[t] + np.array([(-0.035, 0.01), (0.035, 0.03)])
            canvas.stroke(wrinkle, 0.01, darker(character.coat, 0.25))
    else:
        _mouth(canvas, (x + 0.02, y - 0.11), pose, 0.06)


def _beak(canvas: Canvas, centre: tuple[float, float], pose: Pose) -> None:
    x, y = centre
    gap = 0.06 if pose.mouth == "open" else 0.0
    lower = blob([(x - 0.08, y - 0.08), (x + 0.16, y - 0.1 - gap), (x + 0.02, y - 0.15 - gap)])
    part(canvas, lower, darker(BEAK, 0.15))
    upper = blob(
        [(x - 0.1, y - 0.05), (x + 0.02, y + 0.0), (x + 0.2, y - 0.09), (x + 0.02, y - 0.11)]
    )
    part(canvas, upper, BEAK)
    canvas.shape(ellipse((x + 0.04, y - 0.035), 0.01, 0.008), darker(BEAK, 0.5))


def _mouth(
    canvas: Canvas, at: tuple[float, float], pose: Pose, half: float, ink: Colour = INK
) -> None:
    x, y = at
    if pose.mouth == "open":
        lips = blob([(x - half, y), (x, y + 0.005), (x + half, y), (x + 0.5 * half, y - 0.055),
                     (x - 0.5 * half, y - 0.055)])  # fmt: skip
        canvas.shape(lips, (150, 58, 66))
        canvas.shape(ellipse((x, y - 0.055), 0.6 * half, 0.025), BLUSH, within=lips)
        return
    dip = {"smile": -0.05, "small": -0.02, "munch": -0.01}[pose.mouth]
    width = half if pose.mouth == "smile" else 0.6 * half
    canvas.stroke(arc((x - width, y), (x, y + 2 * dip), (x + width, y)), 0.02, ink)


def _cap(canvas: Canvas, character: Character, head: Head) -> None:
    y, across, up = head
    colour = character.garment_colour
    dome = blob(
        [
            (-0.75 * across, y + 0.5 * up),
            (-0.5 * across, y + 1.02 * up),
            (0, y + 1.2 * up),
            (0.5 * across, y + 1.02 * up),
            (0.75 * across, y + 0.5 * up),
            (0, y + 0.62 * up),
        ]
    )
    part(canvas, dome, colour)
    peak = turned(-8, (0.6 * across, y))(ellipse((0.72 * across, y + 0.52 * up), 0.2, 0.045))
    part(canvas, peak, darker(colour, 0.12))
    part(canvas, ellipse((0, y + 1.2 * up), 0.035, 0.03), lighter(colour, 0.4))
