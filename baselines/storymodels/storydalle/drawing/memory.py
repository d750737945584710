"""How much memory drawing takes, known before it starts, and refused where it cannot fit.

One batch is drawn with tensors that have shapes but no data.
"""

from __future__ import annotations

import torch

from storymodels.storydalle.decoding import Decoding
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.sampling import Choice, pick, probabilities
from storymodels.storydalle.steps import Plain, Steps
from storymodels.training.memory import Watch, bytes_of, expect_free

ANY = Choice(top_k=2, top_p=0.5)
"""Which codes are taken makes no difference to the memory."""


@torch.inference_mode()
def drawing_bytes(
    model: StoryDalle,
    *,
    n_stories: int,
    n_candidates: int,
    n_decoded: int,
    steps: Steps = Plain,
) -> int:
    """The most bytes at a time of a model's weights and of one batch of stories of its length.

    Args:
        model: on any device, in its number formats; "meta" will do.
        n_stories: drawn at once.
        n_candidates: of each frame.
        n_decoded: pictures that are decoded at once.
        steps: makes what goes from code to code; `Fixed` for what is compiled.
    """
    size, dtype = model.size, model.transformer.norm.weight.dtype
    shape = (n_stories, size.story.n_targets)
    with torch.device("meta"):
        empty = _like(model)
        given = Given(
            text=torch.zeros(*shape, size.transformer.n_text, dtype=torch.long),
            sentences=torch.zeros(*shape, size.story.sentence_width, dtype=dtype),
            source_codes=torch.zeros(n_stories, size.transformer.n_codes, dtype=torch.long),
        )
        with Watch(empty.parameters()) as drawing:
            decoding = Decoding(empty, given, copies=n_candidates, steps=steps)
            numbers = torch.zeros(decoding.logits.shape[0])
            for _ in range(2):
                decoding.take(pick(probabilities(decoding.logits, ANY), numbers))
        with Watch(empty.parameters()) as decoded:
            empty.vqgan.decode(torch.zeros(n_decoded, size.transformer.n_codes, dtype=torch.long))
    return _weights(model) + max(drawing.peak, decoded.peak)


def expect_room(needed: int, model: StoryDalle, device: torch.device) -> None:
    """See that a device has room for what `drawing_bytes` says of a model on the processor.

    Raises:
        InputError: it has not.
    """
    here = _weights(model) if device.type == "cpu" else 0
    expect_free(
        needed - here,
        device,
        what="to draw a batch",
        advice="Choose a smaller --batch, fewer --candidates, --dtype bfloat16, or a larger "
        "device.",
    )


def _weights(model: StoryDalle) -> int:
    return bytes_of([*model.parameters(), *model.buffers()])


def _like(model: StoryDalle) -> StoryDalle:
    """A model of the same shapes and number formats, without data, where "meta" is the device."""
    empty = StoryDalle(model.size, model.switches)
    if model.retro is None:
        empty.retro = None
    for part, like in zip(empty.children(), model.children(), strict=True):
        part.to(next(like.parameters()).dtype)
    return empty.eval().requires_grad_(False)
