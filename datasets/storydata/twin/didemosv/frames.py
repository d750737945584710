"""The frames of a twin of DiDeMoSV: what each shows, how it is told, its picture.

Pictures have red and blue exchanged, as those of the release seem to have: the ground truth in the
authors' own figure shows a blue-skinned man (adymaharana/storydalle@132dd19:
assets/story_dalle_predictions.png, panel C).

Everything is a pure function of a `VideoPlan`, so videos can be made by any number of processes.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from storybench.files import write_atomic
from storybench.types import Image
from storydata.twin.didemosv.plan import SECONDS, SEVERAL, Form, VideoPlan
from storydata.twin.film import numbers
from storydata.twin.world.cast import DIDEMO_CAST
from storydata.twin.world.painter import scene_image
from storydata.twin.world.script import Clip, episode

SCRIPT, TEXT = 1, 2
QUALITY = 92
SENTENCE_CHANCE = 0.1
FULL_STOP_CHANCE = 0.45


@dataclass(frozen=True)
class Frame:
    """One frame: its place in its video, what it shows, its captions as the release has them."""

    plan: VideoPlan
    index: int
    clip: Clip
    captions: tuple[str, ...]

    @property
    def file(self) -> str:
        """The path of its picture, as the lists give it."""
        return self.plan.file(self.index)

    @property
    def form(self) -> Form:
        """What kind of file it is."""
        return self.plan.form(self.index)

    @property
    def number(self) -> int:
        """The number that may be painted on it."""
        return (self.plan.first_frame + self.index) % 2**numbers.BITS


@lru_cache(maxsize=256)
def frames_of(plan: VideoPlan) -> tuple[Frame, ...]:
    """The frames of a video, in order."""
    width, height = plan.size
    clips = episode(
        DIDEMO_CAST,
        plan.rng(SCRIPT),
        seconds=[float(SECONDS)] * plan.n_frames,
        n_captions=[1 + (index == SEVERAL) for index in range(plan.n_frames)],
        aspect=width / min(width, height),
    )
    rng = plan.rng(TEXT)
    return tuple(
        Frame(plan, index, clip, tuple(_note(one.text, index, rng) for one in clip.captions))
        for index, clip in enumerate(clips)
    )


def image_of(frame: Frame, *, numbered: bool) -> Image:
    """What the frame shows in its right colours, uint8 RGB: the middle of its moment."""
    image = scene_image(DIDEMO_CAST, frame.clip.scene, SECONDS / 2, size=frame.plan.size)
    return numbers.paint(image, frame.number) if numbered else image


def picture(frame: Frame, *, numbered: bool) -> bytes:
    """The bytes of its file: JPEG or PNG, red and blue exchanged, and one of them cut short."""
    image = image_of(frame, numbered=numbered)
    if frame.form == "grey":
        drawn = PIL.Image.fromarray(image).convert("L")
    else:
        drawn = PIL.Image.fromarray(np.ascontiguousarray(image[..., ::-1]))
    file = io.BytesIO()
    if frame.form == "png":
        drawn.save(file, "PNG")
    else:
        drawn.save(file, "JPEG", quality=QUALITY)
    data = file.getvalue()
    return data[: len(data) // 2] if frame.form == "broken" else data


def write_frames(raw: Path, plan: VideoPlan, *, numbered: bool) -> int:
    """Write the pictures of a video that are not there, each whole or not at all.

    Returns how many frames it has.
    """
    for frame in frames_of(plan):
        path = raw / frame.file
        if not path.is_file():
            write_atomic(path, picture(frame, numbered=numbered))
    return plan.n_frames


def facts(frame: Frame) -> dict[str, Any]:
    """What is true of a frame, for `twin.json`."""
    scene, event = frame.clip.scene, frame.clip.event
    told = zip(frame.clip.captions, frame.captions, strict=True)
    return {
        "split": frame.plan.split,
        "video": frame.plan.name,
        "form": frame.form,
        "is_decodable": frame.form != "broken",
        "size": list(frame.plan.size),
        "setting": scene.setting,
        "light": scene.light,
        "visible": list(scene.visible),
        "subject": event.subject,
        "action": event.action,
        "partner": event.partner,
        "thing": event.thing,
        "things": [thing.name for thing in scene.things],
        "captions": [{**asdict(caption), "text": text} for caption, text in told],
    }


def _note(sentence: str, index: int, rng: np.random.Generator) -> str:
    """The caption as annotators typed it: mostly a lower-case note, the first frame a sentence."""
    is_sentence = rng.random() < SENTENCE_CHANCE or index == 0
    text = sentence if is_sentence else sentence.lower()
    return text if rng.random() < FULL_STOP_CHANCE else text.rstrip(".")
