"""Which parameters a tuning moves: one explicit list, so that nothing moves by accident.

The VQGAN never does. In the public code the text head of a prompt-tuned model is trained because
its freeze comes before the vocabulary grows
(adymaharana/storydalle@132dd19:story-dalle/train_t2i.py:227-247); here that is asked for by name.
"""

from __future__ import annotations

from typing import Literal

from storymodels.storydalle.model import StoryDalle

Tuning = Literal["full", "prompt"]
"""All of the transformer or, where prompts are learned, its embeddings; and all that was added."""

EMBEDDINGS = (
    "transformer.text_tokens.",
    "transformer.text_positions.",
    "transformer.image_tokens.",
    "transformer.image_positions.",
)
ADDED = ("story_encoder.", "prompt.")
TEXT_HEAD = "transformer.text_head."


def moved(model: StoryDalle, tuning: Tuning, *, has_text_head: bool = False) -> list[str]:
    """The names of the parameters that move, in the order of the model.

    Args:
        model: what is tuned; if its switches keep no retro cross-attention, that doesn't move.
        tuning: how much of it.
        has_text_head: whether the text head moves in prompt-tuning, as it must if words were added.
    """
    starts = ["transformer."] if tuning == "full" else [*EMBEDDINGS]
    starts += [TEXT_HEAD] if has_text_head else []
    starts += [*ADDED, *(["retro."] if model.switches.keeps_retro else [])]
    return [name for name, _ in model.named_parameters() if name.startswith(tuple(starts))]
