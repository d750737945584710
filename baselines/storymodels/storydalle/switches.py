"""Where the public code of StoryDALL-E differs from the paper: one named switch each.

`PAPER` is what the paper describes and what we train; `RELEASED` does what the public code does,
so that the public checkpoint behaves as its authors saw it. Lines are those of
adymaharana/storydalle@132dd19:story-dalle/dalle/models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Switches:
    """Each switch with its two settings; the first is the paper's.

    Attributes:
        keeps_retro: whether the retro cross-attention is trained and saved. In the public code it
            stands in a plain list, so it is neither (`__init__.py:980-987`).
        retro_rows: which rows look at the source: all of text and picture, or only the last of the
            text and the picture (`stage2/transformer.py:373-376`).
        retro_layout: each sample looks at its own source, or sample b of n at the rows b, b + n,
            b + 2n, ... of all sources on end (`stage2/layers.py:117-133`). We draw such a model
            with one story at a time and read a story once for all of its candidates, so n is the
            story's frames whatever `--candidates` is; the public sampler puts candidates into the
            batch, so that n, and which rows are seen, depends on their number
            (`__init__.py:1052-1120`).
        retro_in_steps: whether codes look at the source while they are drawn one by one. In the
            public code the mask of a cached step is empty, and what is added is zero
            (`stage2/transformer.py:373-376`).
        first_row: which row of the prefix and the text draws the first code: the last, or the one
            that would be the last if there were no prefix (`stage2/transformer.py:349`).
        story_positions: sines and cosines added to the sentences before the story encoder, or
            nothing (`__init__.py:1008`).
        story_attention: whether a story vector has read the captions up to its own or all of them;
            the paper does not say (`__init__.py:905-909`).
        plain_prefix: whether a model without retro cross-attention draws with its prefix. The
            public sampler builds it and leaves it out (`stage2/transformer.py:245-252`).
    """

    keeps_retro: bool = True
    retro_rows: Literal["text-and-picture", "last-text-and-picture"] = "text-and-picture"
    retro_layout: Literal["own-source", "mixed"] = "own-source"
    retro_in_steps: bool = True
    first_row: Literal["last", "without-prefix"] = "last"
    story_positions: Literal["sinusoidal", "none"] = "sinusoidal"
    story_attention: Literal["causal", "full"] = "causal"
    plain_prefix: bool = True


PAPER = Switches()

RELEASED = Switches(
    keeps_retro=False,
    retro_rows="last-text-and-picture",
    retro_layout="mixed",
    retro_in_steps=False,
    first_row="without-prefix",
    story_positions="none",
    plain_prefix=False,
)
