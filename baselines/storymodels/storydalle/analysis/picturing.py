"""The pictures of `storybench analyse attention`: looks of each layer, and of single stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.types import Image
from storymodels.storydalle.analysis import heat
from storymodels.storydalle.analysis.panels import Legend, Panel, page

SIDE = 208
"""Pixels of a story's pictures."""

MAP_WIDTH = 256
"""Pixels of a layer's matrix, or as many as it has columns."""

COLUMNS = 4
"""Layers side by side."""

BOX = "#27c4cf"
RULE = (32, 36, 42)
SHORTEST_WORD = 4
"""Letters of a word whose look is shown: others say little."""

MOST = f"{heat.FULL_LOOK:.0f} times the even share, or more"

Weights = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer's mean look: which block it stands in, and a line on it.

    `weights` are (rows, places): first `n_text` rows that predict tokens, then those of codes. A
    row is NaN where no story has one.
    """

    block: int
    weights: Weights
    n_text: int
    line: str


@dataclass(frozen=True, eq=False)
class Shown:
    """One story of t frames as a model read it.

    Attributes:
        name: its id.
        frames: square pictures, the source and the t targets.
        captions: of the same.
        words: of each target's caption, with the rows of its tokens.
        weights: its looks, (layers, t, rows, places), heads averaged.
        blocks: in which the layers stand.
        sharpest: the layer whose looks are least even.
        n_text: rows of the text among the rows.
        saved: nats that each code is cheaper with this source than with another's, (t, codes).
        line: a line on the story.
    """

    name: str
    frames: tuple[Image, ...]
    captions: tuple[str, ...]
    words: tuple[Mapping[str, Sequence[int]], ...]
    weights: Weights
    blocks: tuple[int, ...]
    sharpest: int
    n_text: int
    saved: Weights
    line: str


def layers_page(layers: Sequence[Layer], *, title: str, note: str) -> Image:
    """The mean look of each layer: a row of the frame down, a place of the source across."""
    panels = [Panel(_matrix(layer), f"block {layer.block}", text=layer.line) for layer in layers]
    rows = [panels[at : at + COLUMNS] for at in range(0, len(panels), COLUMNS)]
    notes = (
        note,
        "Each line is a row of the frame, from above: the text (blank where no caption is that "
        "long), then below the rule the picture. Columns are places of the source, row by row. "
        "Heads are averaged.",
    )
    return page(title, notes, [Legend(heat.bar(), "a look", "none", MOST)], rows)


def story_page(shown: Shown) -> Image:
    """A story's source and where each target looks in it, target by target."""
    source = heat.scaled(shown.frames[0], SIDE)
    picture = shown.weights[:, :, shown.n_text :].mean((1, 2))
    some = np.linspace(0, len(picture) - 1, min(COLUMNS, len(picture))).round().astype(int)
    first = [
        Panel(source, "source", shown.captions[0], is_given=True),
        *(
            Panel(heat.lit(source, heat.of_look(picture[k])), f"looked at in block {block}")
            for k, block in ((k, shown.blocks[k]) for k in some)
        ),
    ]
    rows = [_target(shown, source, k) for k in range(len(shown.saved))]
    bar, nats = heat.lit_bar(), f"{heat.FULL_NATS:.0f} nats, or more"
    legends = [Legend(bar, "a look", "none", MOST), Legend(bar, "help", "none", nats)]
    return page(f"Story {shown.name}", (shown.line,), legends, [first, *rows])


def _target(shown: Shown, source: Image, k: int) -> list[Panel]:
    """A target, where the source helps it, and where it looks."""
    target = heat.scaled(shown.frames[k + 1], SIDE)
    saved, weights = shown.saved[k], shown.weights[:, k]
    place = int(saved.argmax())
    helped = heat.lit(target, heat.of_nats(saved))
    rows = weights[:, shown.n_text :]
    boxed = heat.boxed(helped, place, n_places=len(saved), colour=BOX)
    block = shown.blocks[shown.sharpest]
    panels = [
        Panel(target, f"frame {k + 1}", shown.captions[k + 1]),
        Panel(boxed, "where the source helps", f"{saved.mean():+.2f} nats per code"),
        Panel(_lit(source, rows.mean((0, 1))), "where its picture looks, all layers"),
        Panel(
            _lit(source, rows[shown.sharpest, place]),
            f"where the box looks, block {block}",
            f"{saved[place]:+.1f} nats in the box",
        ),
    ]
    word = _sharpest_word(shown, k)
    if word is not None:
        name, look = word
        panels.append(Panel(_lit(source, look), f"where “{name}” looks, block {block}"))
    return panels


def _sharpest_word(shown: Shown, k: int) -> tuple[str, Weights] | None:
    """The word whose look is least even in the sharpest layer, with the look."""
    looks = {
        word: shown.weights[shown.sharpest, k, list(rows)].mean(0)
        for word, rows in shown.words[k].items()
        if len(word) >= SHORTEST_WORD
    }
    return max(looks.items(), key=lambda pair: np.square(pair[1]).sum(), default=None)


def _lit(source: Image, weights: Weights) -> Image:
    return heat.lit(source, heat.of_look(weights))


def _matrix(layer: Layer) -> Image:
    """Rows of the text above a rule, those of the picture below; grey where there is no row."""
    width = max(MAP_WIDTH, layer.weights.shape[1])
    parts = []
    for rows in (layer.weights[: layer.n_text], layer.weights[layer.n_text :]):
        if len(rows):
            parts += [heat.matrix(heat.of_look(np.nan_to_num(rows)), width=width), _rule(width)]
    return np.concatenate(parts[:-1])


def _rule(width: int) -> Image:
    return np.full((2, width, 3), RULE, np.uint8)
