"""Where the rows of a frame look in the source, while real frames go through the model.

Weights are computed beside the forward pass, of the rows that it hands to each retro
cross-attention; the pass itself is that of `StoryDalle`, to the last bit, and keeps nothing.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from storymodels.storydalle.attention import CrossAttention
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.retro import EVERY, Source, mixed
from storymodels.storydalle.transformer import Logits

if TYPE_CHECKING:
    from jaxtyping import Float, Int


@dataclass(frozen=True)
class Looks:
    """Where the rows of n frames look, those r of each that look at all.

    Attributes:
        weights: how much of a row's look falls on each place of the source, all heads together,
            summing to 1.
        entropy: of each head's own weights, in nats, then the mean of the heads.
        n_text: the first so many rows predict tokens; 0 where rows of the text see nothing. Each of
            the others predicts a code, in their order.
    """

    weights: Float[Tensor, "layers n r places"]
    entropy: Float[Tensor, "layers n r"]
    n_text: int


@torch.inference_mode()
def look(model: StoryDalle, given: Given, codes: Int[Tensor, "b t codes"]) -> tuple[Logits, Looks]:
    """What is predicted of real frames, and where their rows look.

    Where the layout is "mixed", the weights are put back on the places of the source that the mixed
    rows came from; that takes one story at a time.

    Raises:
        ValueError: the model has no retro cross-attention, or several stories would be mixed.
    """
    n = given.n_frames
    source = model.source(given.source_codes, n=n)
    if source is None:
        raise ValueError("Expected a model with retro cross-attention, found one without.")
    is_mixed = model.switches.retro_layout == "mixed"
    if is_mixed and len(codes) > 1:
        raise ValueError(f"Expected one story where sources are mixed, found {len(codes)}.")
    n_places = given.source_codes.shape[1]
    watch = _Watch(source, places=_mixed_places(n, n_places, codes.device) if is_mixed else None)
    logits = model.transformer.logits(
        given.text.flatten(0, 1),
        codes.flatten(0, 1),
        prefix=model.prefix(given.sentences),
        aside=watch,
    )
    weights, entropy = torch.stack(watch.weights), torch.stack(watch.entropy)
    return logits, Looks(weights, entropy, n_text=weights.shape[2] - codes.shape[2])


@dataclass
class _Watch:
    """A `LookAside` that answers as the source does, and remembers what was looked at.

    `places` (n, s) are those of the source where its rows stand in another order.
    """

    source: Source
    places: Tensor | None
    weights: list[Tensor] = field(default_factory=list)
    entropy: list[Tensor] = field(default_factory=list)

    def __call__(self, block: int, rows: Tensor) -> Tensor:
        layer, place = divmod(block + 1, EVERY)
        if place == 0:
            self._remember(layer - 1, rows[:, self.source.first_row :])
        return self.source(block, rows)

    def _remember(self, layer: int, rows: Tensor) -> None:
        attention, (keys, _) = self.source.layers[layer], self.source.projected[layer]
        assert isinstance(attention, CrossAttention)
        found = attention.weights(rows, keys).float()
        if self.places is not None:
            index = self.places[:, None, None].expand_as(found)
            found = torch.zeros_like(found).scatter_add(3, index, found)
        self.weights.append(found.mean(1))
        self.entropy.append(torch.special.entr(found).sum(-1).mean(1))


def _mixed_places(n: int, n_places: int, device: torch.device) -> Tensor:
    """The place in the source of each row that n frames of one story are given, (n, places)."""
    return mixed(torch.arange(n_places, device=device).view(1, -1, 1), n)[..., 0]
