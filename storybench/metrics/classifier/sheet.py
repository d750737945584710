"""The worst mistakes of a classifier as one PNG: a row of pictures for each split, with words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from storybench.errors import InputError
from storybench.files import write_atomic
from storybench.images import centre_square, encode_png, resize
from storybench.metrics.classifier.card import Card, Mistake, SplitCard
from storybench.metrics.classifier.middle_frames import MiddleFrames
from storybench.shards.reader import Stories
from storybench.types import Image

COLUMNS = 6
SIDE = 168
GAP, MARGIN = 14, 28
LINE = 17
WORDS = 3 * LINE + 6
TITLE = 34
PAPER, INK, ALARM = "#fbfaf6", "#20242a", "#a3262a"


def write_sheet(card: Card, shards: Path, out: Path) -> int:
    """Write the sheet of a card; returns how many mistakes are on it.

    Raises:
        InputError: there is no mistake to show.
    """
    if not any(split.mistakes for split in card.splits):
        raise InputError("Expected mistakes to draw, found none: every frame is exact.")
    stories = Stories(shards)
    real = MiddleFrames(stories)
    image = mistake_sheet(
        [
            (split, [real.image(stories.find(one.story), one.k) for one in split.mistakes])
            for split in card.splits
            if split.mistakes
        ]
    )
    write_atomic(out, encode_png(image))
    return sum(len(split.mistakes) for split in card.splits)


def mistake_sheet(splits: list[tuple[SplitCard, list[Image]]]) -> Image:
    """Each split's mistakes below its title, the worst first: uint8 RGB."""
    rows = [-(-len(images) // COLUMNS) for _, images in splits]
    height = 2 * MARGIN + sum(TITLE + n * (SIDE + WORDS + GAP) for n in rows)
    width = 2 * MARGIN + COLUMNS * SIDE + (COLUMNS - 1) * GAP
    page = PIL.Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(page)
    top = MARGIN
    for (split, images), n in zip(splits, rows, strict=True):
        frame_accuracy = split.scores["frame_acc"].value
        title = f"{split.split}: {frame_accuracy:.1%} of {split.n_slots:,} frames exact"
        pen.text((MARGIN, top), title, fill=INK, font=ImageFont.load_default(18))
        top += TITLE
        for at, (mistake, image) in enumerate(zip(split.mistakes, images, strict=True)):
            x = MARGIN + at % COLUMNS * (SIDE + GAP)
            _draw(page, pen, x, top + at // COLUMNS * (SIDE + WORDS + GAP), mistake, image)
        top += n * (SIDE + WORDS + GAP)
    return np.asarray(page)


def _draw(
    page: PIL.Image.Image, pen: ImageDraw.ImageDraw, x: int, y: int, mistake: Mistake, image: Image
) -> None:
    small = ImageFont.load_default(12)
    square = resize(centre_square(image), height=SIDE, width=SIDE)
    page.paste(PIL.Image.fromarray(square), (x, y))
    missed = [name for name in mistake.labelled if name not in mistake.predicted]
    claimed = [name for name in mistake.predicted if name not in mistake.labelled]
    lines = [
        (f"is: {', '.join(mistake.labelled) or 'nobody'}", INK),
        (f"missed: {', '.join(missed)}" if missed else "", ALARM),
        (f"claimed: {', '.join(claimed)}" if claimed else "", ALARM),
    ]
    for n, (text, colour) in enumerate(line for line in lines if line[0]):
        pen.text((x, y + SIDE + 4 + n * LINE), _cut(text, small), fill=colour, font=small)


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    if font.getlength(text) <= SIDE:
        return text
    while text and font.getlength(f"{text}…") > SIDE:
        text = text[:-1]
    return f"{text}…"
