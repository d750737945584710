"""Contact sheets: pictures in rows with their captions, for READMEs and for looking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from storybench.types import Image
from storydata.twin.drawing.palette import INK, Colour

PAPER: Colour = (253, 250, 244)
GAP = 10
CORNER = 8
FONT_SIZE = 13
LINES = 2


def contact_sheet(
    images: Sequence[Image], *, columns: int, captions: Sequence[str] | None = None
) -> Image:
    """Pictures of one size in rows, their captions below them, uint8 RGB.

    Raises:
        ValueError: no pictures, sizes that differ, or not one caption a picture.
    """
    if not images or len({image.shape for image in images}) != 1:
        raise ValueError("Expected one or more pictures, all of one size.")
    if captions is not None and len(captions) != len(images):
        raise ValueError(f"Expected {len(images)} captions, found {len(captions)}.")
    height, width = images[0].shape[:2]
    text = LINES * (FONT_SIZE + 4) + 6 if captions is not None else 0
    rows = -(-len(images) // columns)
    page = PIL.Image.new(
        "RGB",
        (columns * (width + GAP) + GAP, rows * (height + text + GAP) + GAP),
        PAPER,
    )
    frame = _rounded(width, height)
    font = ImageFont.load_default(FONT_SIZE)
    draw = ImageDraw.Draw(page)
    for k, image in enumerate(images):
        x = GAP + (k % columns) * (width + GAP)
        y = GAP + (k // columns) * (height + text + GAP)
        page.paste(PIL.Image.fromarray(image), (x, y), frame)
        if captions is not None:
            for line, words in enumerate(_wrapped(captions[k], width, draw, font)):
                at = (x + 3, y + height + 4 + line * (FONT_SIZE + 4))
                draw.text(at, words, fill=INK, font=font)
    return np.asarray(page)


def _rounded(width: int, height: int) -> PIL.Image.Image:
    mask = PIL.Image.new("L", (width * 4, height * 4))
    corner = (width * 4 - 1, height * 4 - 1)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *corner), radius=CORNER * 4, fill=255)
    return mask.reduce(4)


def _wrapped(
    text: str,
    width: int,
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and draw.textlength(longer, font=font) > width - 6:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1]} …"]
    return lines
