"""Draws a character in a pose: body, limbs, tail, garment; `faces` adds the head.

Units: the character stands on (0, 0), is about 1 high to the top of the head, and faces right.
Squash keeps the volume: what is lost in height is gained in width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from storydata.twin.drawing.canvas import Canvas, Shade
from storydata.twin.drawing.character import Build, Character
from storydata.twin.drawing.faces import draw_head
from storydata.twin.drawing.outlines import (
    Affine,
    Points,
    arc,
    blob,
    box,
    ellipse,
    moved,
    polygon,
    scaled,
    turned,
)
from storydata.twin.drawing.palette import (
    BLUE,
    CREAM,
    LEAF,
    RED,
    WHITE,
    Colour,
    darker,
    lighter,
    mix,
)
from storydata.twin.drawing.parts import limb, part
from storydata.twin.drawing.poses import Pose


@dataclass(frozen=True)
class Frame:
    """Proportions of a build: centre height and radii of body and head, limbs, in body heights."""

    body: tuple[float, float, float]
    head: tuple[float, float, float]
    shoulder: tuple[float, float]
    hip: float
    limb: float
    arm: float
    leg: float


FRAMES: dict[Build, Frame] = {
    "round": Frame((0.32, 0.27, 0.24), (0.66, 0.37, 0.25), (0.21, 0.42), 0.13, 0.1, 0.24, 0.13),
    "pear": Frame((0.34, 0.22, 0.26), (0.72, 0.29, 0.25), (0.16, 0.46), 0.1, 0.1, 0.25, 0.14),
    "box": Frame((0.36, 0.25, 0.24), (0.78, 0.3, 0.2), (0.24, 0.46), 0.13, 0.085, 0.26, 0.16),
    "tall": Frame((0.37, 0.17, 0.27), (0.76, 0.26, 0.21), (0.13, 0.5), 0.08, 0.08, 0.28, 0.17),
    "broad": Frame((0.37, 0.31, 0.31), (0.78, 0.27, 0.23), (0.25, 0.5), 0.15, 0.125, 0.27, 0.13),
    "small": Frame((0.29, 0.28, 0.24), (0.66, 0.31, 0.28), (0.22, 0.38), 0.1, 0.09, 0.2, 0.1),
}


def draw_character(canvas: Canvas, character: Character, pose: Pose) -> None:
    """Draw the character, feet at the canvas's (0, 0), `scale` pixels high, facing right."""
    frame = FRAMES[character.build]
    base = canvas.place
    canvas.place = _stance(frame, pose).then(base)
    _tail(canvas, character, frame)
    _arm(canvas, character, frame, pose, side=-1)
    _legs(canvas, character, frame, pose)
    _body(canvas, character, frame)
    _garment(canvas, character, frame)
    torso = canvas.place
    neck = (0.0, frame.head[0] - 0.7 * frame.head[2])
    canvas.place = turned(pose.tilt, neck).then(torso)
    draw_head(canvas, character, frame.head, pose)
    canvas.place = torso
    _arm(canvas, character, frame, pose, side=1)
    canvas.place = base


def _stance(frame: Frame, pose: Pose) -> Affine:
    squashed = scaled(1 + 0.6 * pose.squash, 1 - pose.squash)
    seated = moved(0, -0.6 * frame.leg) if pose.is_sitting else Affine()
    return seated.then(squashed).then(turned(pose.lean))


def _body(canvas: Canvas, character: Character, frame: Frame) -> None:
    y, across, up = frame.body
    outline = _body_outline(character, frame)
    part(canvas, outline, character.coat)
    belly = ellipse((0.25 * across, y - 0.12 * up), 0.62 * across, 0.72 * up)
    if character.build == "box":
        belly = box(-0.05, y - 0.6 * up, 0.8 * across, y + 0.5 * up, 0.05)
    canvas.shape(belly, Shade(character.belly, darker(character.belly, 0.08)), within=outline)
    if character.pattern == "spots":
        for x, height in ((-0.6, 0.4), (-0.75, -0.2), (-0.45, -0.6)):
            spot = ellipse((x * across, y + height * up), 0.05, 0.05)
            canvas.shape(spot, darker(character.coat, 0.25), within=outline)
    shine = canvas.lit(lighter(character.coat, 0.6))
    canvas.glow((-0.3 * across, y + 0.45 * up), (0.6 * across, 0.6 * up), shine, alpha=0.4,
                within=outline)  # fmt: skip


def _body_outline(character: Character, frame: Frame) -> Points:
    y, across, up = frame.body
    if character.build == "box":
        return box(-across, y - up, across, y + up, 0.08)
    narrow = {"pear": 0.62, "tall": 0.75, "broad": 0.85}.get(character.build, 0.92)
    return blob(
        [
            (0, y + up),
            (narrow * across, y + 0.6 * up),
            (across, y - 0.25 * up),
            (0.72 * across, y - 0.88 * up),
            (0, y - up),
            (-0.72 * across, y - 0.88 * up),
            (-across, y - 0.25 * up),
            (-narrow * across, y + 0.6 * up),
        ]
    )


def _legs(canvas: Canvas, character: Character, frame: Frame, pose: Pose) -> None:
    colour = _limb_colour(character)
    for side, swing in zip((-1, 1), pose.legs, strict=True):
        hip = np.array([side * frame.hip, frame.leg + 0.04])
        if pose.is_sitting:
            foot = hip + np.array([0.16, 0.5 * frame.leg])
            sole = ellipse((foot[0] + 0.03, foot[1] + 0.02), 0.07, 0.085)
        else:
            angle = np.deg2rad(swing)
            foot = hip + frame.leg * np.array([np.sin(angle), -np.cos(angle)])
            sole = ellipse((foot[0] + 0.035, foot[1] + 0.005), 0.1, 0.05, -0.4 * swing)
        limb(canvas, np.stack([hip, foot]), frame.limb * 1.05, character.coat)
        part(canvas, sole, colour)


def _arm(canvas: Canvas, character: Character, frame: Frame, pose: Pose, *, side: int) -> None:
    angle = np.deg2rad(pose.near if side > 0 else pose.far)
    shoulder = (side * frame.shoulder[0], frame.shoulder[1])
    reach = frame.arm * np.array([side * np.sin(angle), -np.cos(angle)])
    hand = np.array(shoulder) + reach
    bend = np.array(shoulder) + 0.55 * reach + np.array([side * 0.05, -0.02])
    bone = arc(shoulder, (bend[0], bend[1]), (hand[0], hand[1]))
    if side > 0:
        _held(canvas, pose, (float(hand[0]), float(hand[1])))
    limb(canvas, bone, frame.limb, character.coat)
    part(canvas, ellipse((hand[0], hand[1]), 0.58 * frame.limb, 0.58 * frame.limb),
         _limb_colour(character))  # fmt: skip


def _limb_colour(character: Character) -> Colour:
    if character.muzzle == "beak":
        return (240, 146, 62)
    if character.muzzle == "plate":
        return (120, 124, 140)
    return mix(character.coat, character.belly, 0.25)


def _tail(canvas: Canvas, character: Character, frame: Frame) -> None:
    back = (-0.85 * frame.body[1], frame.body[0] - 0.5 * frame.body[2])
    x, y = back
    if character.tail == "bushy":
        brush = blob(
            [
                (x + 0.05, y),
                (x - 0.16, y - 0.04),
                (x - 0.33, y + 0.16),
                (x - 0.3, y + 0.42),
                (x - 0.16, y + 0.3),
                (x - 0.05, y + 0.14),
            ]
        )
        part(canvas, brush, character.coat)
        tip = ellipse((x - 0.31, y + 0.38), 0.13, 0.13)
        canvas.shape(tip, character.belly, within=brush)
    elif character.tail == "puff":
        part(canvas, ellipse((x - 0.02, y), 0.09, 0.09), character.belly)
    elif character.tail == "curl":
        curl = np.concatenate(
            [
                arc((x + 0.05, y - 0.05), (x - 0.34, y - 0.1), (x - 0.28, y + 0.26)),
                arc((x - 0.28, y + 0.26), (x - 0.24, y + 0.5), (x - 0.1, y + 0.42)),
            ]
        )
        limb(canvas, curl, 0.065, character.coat)
    elif character.tail == "tuft":
        rope = arc((x + 0.02, y + 0.1), (x - 0.16, y + 0.08), (x - 0.16, y - 0.1))
        limb(canvas, rope, 0.035, character.coat)
        part(canvas, ellipse((x - 0.16, y - 0.12), 0.035, 0.055), darker(character.coat, 0.3))
    elif character.tail == "feathers":
        fan = blob([(x + 0.1, y), (x - 0.2, y + 0.22), (x - 0.1, y + 0.24), (x + 0.12, y + 0.16)])
        part(canvas, fan, character.coat)


def _garment(canvas: Canvas, character: Character, frame: Frame) -> None:
    y, across, up = frame.body
    colour = character.garment_colour
    collar_y = min(y + 0.72 * up, frame.head[0] - 0.75 * frame.head[2])
    if character.garment == "scarf":
        part(canvas, box(-0.12, collar_y - 0.26, -0.02, collar_y, 0.03), darker(colour, 0.08))
        part(canvas, ellipse((0, collar_y), 0.72 * across, 0.075), colour)
    elif character.garment == "collar":
        part(canvas, ellipse((0, collar_y), 0.62 * across, 0.05), colour)
        part(canvas, ellipse((0.3 * across, collar_y - 0.06), 0.035, 0.04), lighter(colour, 0.5))
    elif character.garment == "bow":
        for side in (-1, 1):
            wing = blob([(0.08, collar_y), (0.08 + side * 0.12, collar_y + 0.06),
                         (0.08 + side * 0.12, collar_y - 0.07)])  # fmt: skip
            part(canvas, wing, colour)
        part(canvas, ellipse((0.08, collar_y - 0.005), 0.035, 0.035), colour)
    elif character.garment == "overalls":
        _overalls(canvas, character, frame)


def _overalls(canvas: Canvas, character: Character, frame: Frame) -> None:
    y, across, up = frame.body
    colour = character.garment_colour
    outline = _body_outline(character, frame)
    trousers = box(-across, y - up, across, y - 0.08 * up)
    bib = box(-0.42 * across, y - 0.2 * up, 0.8 * across, y + 0.4 * up, 0.03)
    for cloth in (trousers, bib):
        canvas.shape(cloth, Shade(lighter(colour, 0.12), darker(colour, 0.12)), within=outline)
    for x in (-0.3, 0.62):
        strap = np.array([(x * across, y + 0.36 * up), (0.85 * x * across, y + 0.9 * up)])
        canvas.stroke(strap, 0.045, colour)
        canvas.shape(ellipse((x * across, y + 0.3 * up), 0.022, 0.022), CREAM)


def _held(canvas: Canvas, pose: Pose, hand: tuple[float, float]) -> None:
    x, y = hand
    if pose.held == "apple":
        part(canvas, ellipse((x + 0.02, y + 0.07), 0.075, 0.07), RED)
        canvas.stroke(
            arc((x + 0.02, y + 0.13), (x + 0.02, y + 0.16), (x + 0.05, y + 0.18)), 0.018, LEAF
        )
    elif pose.held == "ball":
        part(canvas, ellipse((x, y + 0.06), 0.1, 0.1), RED)
    elif pose.held == "book":
        cover = box(x - 0.26, y - 0.03, x + 0.1, y + 0.2, 0.02)
        part(canvas, cover, BLUE)
        canvas.shape(box(x - 0.23, y, x - 0.085, y + 0.17), WHITE)
        canvas.shape(box(x - 0.07, y, x + 0.07, y + 0.17), WHITE)
    elif pose.held == "balloon":
        canvas.stroke(arc((x, y), (x + 0.03, y + 0.16), (x + 0.01, y + 0.3)), 0.012, WHITE)
        part(canvas, ellipse((x + 0.01, y + 0.46), 0.15, 0.18), (236, 96, 112))
        part(canvas, polygon((x - 0.02, y + 0.27), (x + 0.04, y + 0.27), (x + 0.01, y + 0.3)),
             (236, 96, 112))  # fmt: skip
        canvas.glow((x - 0.04, y + 0.53), (0.06, 0.08), WHITE, alpha=0.7)
    elif pose.held == "flower":
        canvas.stroke(arc((x, y - 0.05), (x, y + 0.08), (x + 0.02, y + 0.16)), 0.02, LEAF)
        for k in range(5):
            angle = 2 * np.pi * k / 5
            petal = ellipse(
                (x + 0.02 + 0.05 * np.cos(angle), y + 0.19 + 0.05 * np.sin(angle)), 0.035, 0.035
            )
            canvas.shape(petal, (250, 150, 178))
        canvas.shape(ellipse((x + 0.02, y + 0.19), 0.03, 0.03), (250, 206, 84))
