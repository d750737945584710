"""The model that comes with the package: a small text-to-image transformer of the toy world.

It stands to the toy datasets as minDALL-E stands to the real ones: pretrained on single frames and
their captions, to be retro-fitted with what a story needs (`finetuning.starting`). `weights/` has
it in half precision, its tokenizer, and in `made.json` what it was made of; `making` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench.files import read_json
from storymodels.storydalle.checkpoints.saved import read_model
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sizes import StorySize
from storymodels.storydalle.tokenizer import Tokenizer

WEIGHTS = Path(__file__).with_name("weights")
MADE = "made.json"

UNSEEN = "Zuzu"
"""Of toy PororoSV's cast: the transformer learned no scene with her."""

NO_STORY = StorySize(n_targets=1, sentence_width=0, has_retro=False)
"""Nothing is added to the transformer."""


@dataclass(frozen=True)
class Pretrained:
    """A text-to-image model: a StoryDALL-E without a story, in evaluation mode; its tokenizer.

    `made` says of what, how, when and on what it was trained.
    """

    model: StoryDalle
    tokenizer: Tokenizer
    made: dict[str, Any]


def load(folder: Path = WEIGHTS) -> Pretrained:
    """The model that comes with the package, or one that `making` left in a folder; in fp32.

    Raises:
        MissingError: a file is missing.
        InputError: a file is damaged.
    """
    saved = read_model(folder)
    tokenizer = Tokenizer.read(saved.vocab, saved.merges, added=saved.about.added)
    return Pretrained(saved.model.float(), tokenizer, read_json(folder / MADE))
