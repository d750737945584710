"""A page of panels: rows of pictures, each with a label and a text below, under a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from storybench.sheet import ACCENT, GAP, INK, MARGIN, PAPER, ROW_GAP, SOFT, wrapped
from storybench.types import Image

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 21, 14, 12
TITLE_LINE, TEXT_LINE, SMALL_LINE = 32, 19, 17
EDGE = 3


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture, what it is, a text, and whether it is framed as the given one."""

    image: Image
    label: str
    text: str = ""
    is_given: bool = False


@dataclass(frozen=True, eq=False)
class Legend:
    """What a bar from nothing to full heat means: a name, and a word at each end."""

    bar: Image
    name: str
    least: str
    most: str


def page(
    title: str, notes: Sequence[str], legends: Sequence[Legend], rows: Sequence[Sequence[Panel]]
) -> Image:
    """Rows of panels below a title, notes and legends; panels of a column are equally wide.

    Raises:
        ValueError: there is no panel.
    """
    if not any(rows):
        raise ValueError("Expected panels, found none.")
    column = max(panel.image.shape[1] for row in rows for panel in row)
    n_columns = max(map(len, rows))
    width = 2 * MARGIN + n_columns * column + (n_columns - 1) * GAP
    notes = [line for note in notes for line in _wrapped(note, TEXT_SIZE, width - 2 * MARGIN, 4)]
    made = [_Row(row, column) for row in rows if row]
    head = TITLE_LINE + TEXT_LINE * len(notes) + (TEXT_LINE + 6 if legends else 0) + ROW_GAP // 2
    height = 2 * MARGIN + head + sum(row.height for row in made) + ROW_GAP * (len(made) - 1)
    paper = PIL.Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(paper)
    draw.text((MARGIN, MARGIN - 6), title, fill=INK, font=_font(TITLE_SIZE))
    for n, line in enumerate(notes):
        at = (MARGIN, MARGIN + TITLE_LINE + n * TEXT_LINE)
        draw.text(at, line, fill=SOFT, font=_font(TEXT_SIZE))
    _draw_legends(paper, legends, MARGIN + TITLE_LINE + len(notes) * TEXT_LINE + 6)
    top = MARGIN + head
    for row in made:
        row.draw(paper, top)
        top += row.height + ROW_GAP
    return np.asarray(paper)


class _Row:
    """Panels side by side, their texts set, so that the height is known."""

    def __init__(self, panels: Sequence[Panel], column: int) -> None:
        self.panels, self.column = panels, column
        self.labels = [_wrapped(panel.label, SMALL_SIZE, column, 2) for panel in panels]
        self.texts = [_wrapped(panel.text, TEXT_SIZE, column, 5) for panel in panels]
        self.picture_height = max(panel.image.shape[0] for panel in panels)
        below = zip(self.labels, self.texts, strict=True)
        lines = max(SMALL_LINE * len(label) + TEXT_LINE * len(text) for label, text in below)
        self.height = self.picture_height + 5 + lines

    def draw(self, paper: PIL.Image.Image, top: int) -> None:
        draw = ImageDraw.Draw(paper)
        for k, panel in enumerate(self.panels):
            x, y = MARGIN + k * (self.column + GAP), top
            paper.paste(PIL.Image.fromarray(panel.image), (x, y))
            if panel.is_given:
                corner = (x + panel.image.shape[1] - 1, y + panel.image.shape[0] - 1)
                draw.rectangle((x, y, *corner), outline=ACCENT, width=EDGE)
            y += self.picture_height + 5
            for line in self.labels[k]:
                colour = ACCENT if panel.is_given else SOFT
                draw.text((x, y), line, fill=colour, font=_font(SMALL_SIZE))
                y += SMALL_LINE
            for line in self.texts[k]:
                draw.text((x, y), line, fill=INK, font=_font(TEXT_SIZE))
                y += TEXT_LINE


def _draw_legends(paper: PIL.Image.Image, legends: Sequence[Legend], top: int) -> None:
    draw, font, x = ImageDraw.Draw(paper), _font(SMALL_SIZE), float(MARGIN)
    for legend in legends:
        for text, colour in ((f"{legend.name}:", INK), (legend.least, SOFT)):
            draw.text((x, top), text, fill=colour, font=font)
            x += font.getlength(text) + 6
        paper.paste(PIL.Image.fromarray(legend.bar), (round(x), top + 3))
        x += legend.bar.shape[1] + 6
        draw.text((x, top), legend.most, fill=SOFT, font=font)
        x += font.getlength(legend.most) + 28


def _wrapped(text: str, size: int, width: int, lines: int) -> list[str]:
    return wrapped(text, _font(size), width=width, lines=lines) if text else []


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
