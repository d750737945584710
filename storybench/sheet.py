"""Contact sheets: rows of pictures with captions below them, as one picture.

For a README, a paper or a message, where a page would be too much. Text is set in the face that
comes with Pillow, which has Latin letters only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from storybench.images import resize
from storybench.types import Image

SIDE = 208
MARGIN = 28
GAP = 12
ROW_GAP = 26
PAPER, INK, SOFT, ACCENT = "#fbfaf6", "#20242a", "#5b6470", "#0f5c63"
TEXT_SIZE, SMALL_SIZE = 15, 12
TEXT_LINE, SMALL_LINE = 20, 18
MAX_LINES = 4
EDGE = 3

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, eq=False)
class Strip:
    """One row: what stands above it, its pictures (the source first), and a caption for each."""

    title: str
    images: tuple[Image, ...]
    captions: tuple[str, ...]


def contact_sheet(strips: Sequence[Strip], *, side: int = SIDE) -> Image:
    """The rows below each other, uint8 RGB; pictures fit into squares of `side` pixels.

    Raises:
        ValueError: no rows, or not one caption a picture.
    """
    if not strips or any(len(strip.images) != len(strip.captions) for strip in strips):
        raise ValueError("Expected rows with one caption for each of their pictures.")
    columns = max(len(strip.images) for strip in strips)
    rows = [_Row(strip, side) for strip in strips]
    width = 2 * MARGIN + columns * side + (columns - 1) * GAP
    height = 2 * MARGIN + sum(row.height for row in rows) + ROW_GAP * (len(rows) - 1)
    page = PIL.Image.new("RGB", (width, height), PAPER)
    top = MARGIN
    for row in rows:
        row.draw(page, top)
        top += row.height + ROW_GAP
    return np.asarray(page)


def wrapped(text: str, font: Font, *, width: int, lines: int) -> list[str]:
    """The text in at most so many lines of at most `width` pixels, an ellipsis where it is cut."""
    made: list[str] = []
    line = ""
    for word in text.split():
        for piece in _pieces(word, font, width):
            longer = f"{line} {piece}" if line else piece
            if font.getlength(longer) <= width:
                line = longer
            else:
                made.append(line)
                line = piece
    made.append(line)
    if len(made) <= lines:
        return made
    last = made[lines - 1]
    while last and font.getlength(f"{last} …") > width:
        last = last[:-1].rstrip()
    return [*made[: lines - 1], f"{last} …"]


class _Row:
    """A strip with its pictures scaled and its captions set, so that its height is known."""

    def __init__(self, strip: Strip, side: int) -> None:
        self.title, self.side = strip.title, side
        self.text, self.small = (_font(size) for size in (TEXT_SIZE, SMALL_SIZE))
        self.images = [_fitted(image, side) for image in strip.images]
        self.captions = [
            wrapped(caption, self.text, width=side, lines=MAX_LINES) for caption in strip.captions
        ]
        self.picture_height = max(image.shape[0] for image in self.images)
        n_lines = max(map(len, self.captions))
        self.height = 2 * SMALL_LINE + self.picture_height + 6 + n_lines * TEXT_LINE

    def draw(self, page: PIL.Image.Image, top: int) -> None:
        draw = ImageDraw.Draw(page)
        draw.text((MARGIN, top), self.title, fill=SOFT, font=self.small)
        for k, (image, lines) in enumerate(zip(self.images, self.captions, strict=True)):
            x, y = MARGIN + k * (self.side + GAP), top + SMALL_LINE + 4
            page.paste(PIL.Image.fromarray(image), (x, y))
            if k == 0:
                corner = (x + image.shape[1] - 1, y + image.shape[0] - 1)
                draw.rectangle((x, y, *corner), outline=ACCENT, width=EDGE)
            y += self.picture_height + 4
            role, colour = ("source", ACCENT) if k == 0 else (f"frame {k}", SOFT)
            draw.text((x, y), role, fill=colour, font=self.small)
            for n, line in enumerate(lines):
                at = (x, y + SMALL_LINE + n * TEXT_LINE - 2)
                draw.text(at, line, fill=INK, font=self.text)


def _fitted(image: Image, side: int) -> Image:
    """As large as fits into a square, small pictures scaled up."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    return resize(image, height=max(1, round(height * scale)), width=max(1, round(width * scale)))


def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def _pieces(word: str, font: Font, width: int) -> list[str]:
    """A word, or where it is wider than a line, parts of it that are not."""
    pieces, piece = [], ""
    for letter in word:
        if piece and font.getlength(piece + letter) > width:
            pieces.append(piece)
            piece = letter
        else:
            piece += letter
    return [*pieces, piece]
