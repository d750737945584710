"""What another source changes: the loss of real frames, and the codes that are drawn.

A model that uses its source predicts real frames worse when it is shown that of another story; one
that does not, predicts the same.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from storybench.loader import draw_of
from storymodels.storydalle.decoding import Decoding
from storymodels.storydalle.model import Given, StoryDalle, nats
from storymodels.storydalle.transformer import Logits

if TYPE_CHECKING:
    from jaxtyping import Float, Int


@dataclass(frozen=True)
class Read:
    """Real frames of b stories as a model predicts them, each code from those before it.

    `nats` is what each real code costs, and `likeliest` the code that was expected most.
    """

    nats: Float[Tensor, "b t codes"]
    likeliest: Int[Tensor, "b t codes"]

    @classmethod
    def of(cls, logits: Logits, codes: Int[Tensor, "b t codes"]) -> Read:
        """What the logits say of codes."""
        return cls(nats(logits.codes, codes), logits.codes.argmax(-1).view(codes.shape))


def partners(ids: Sequence[str], clusters: Sequence[str], *, seed: int) -> list[int]:
    """For each story the number of another one, each taken once, of another cluster if possible.

    It is possible if no cluster has more than half of the stories. A hash of seed and id decides.

    Raises:
        ValueError: there is one story alone.

    >>> sorted(partners(["a", "b", "c", "d"], ["x", "x", "y", "y"], seed=0)[:2])
    [2, 3]
    """
    n = len(ids)
    if n < 2:
        raise ValueError(f"Expected at least two stories, found {n}.")
    draw = draw_of(seed, "partners")
    names = sorted(set(clusters), key=lambda name: draw(f"cluster {name}"))
    rank = {name: place for place, name in enumerate(names)}
    order = sorted(range(n), key=lambda row: (rank[clusters[row]], draw(ids[row])))
    far = max(Counter(clusters).values()) % n or 1
    shifted = order[far:] + order[:far]
    partner = dict(zip(order, shifted, strict=True))
    return [partner[row] for row in range(n)]


@torch.inference_mode()
def read(model: StoryDalle, given: Given, codes: Int[Tensor, "b t codes"]) -> Read:
    """How real frames are predicted."""
    return Read.of(model(given, codes), codes)


@torch.inference_mode()
def drawn(
    model: StoryDalle, given: Given, *, then: Int[Tensor, "b codes"] | None = None
) -> Int[Tensor, "b t codes"]:
    """The likeliest codes of every frame, one after the other.

    With `then` the frames are shown these sources instead from where the text has been read and
    codes are drawn one by one.
    """
    decoding = _Turning(model, given)
    codes = [decoding.logits.argmax(1)]
    if then is not None:
        decoding.turn(then, n=given.n_frames)
    for _ in range(model.size.transformer.n_codes - 1):
        codes.append(decoding.take(codes[-1]).argmax(1))
    return torch.stack(codes, 1).unflatten(0, given.text.shape[:2])


def with_source(given: Given, source_codes: Int[Tensor, "b codes"]) -> Given:
    """The same stories with other sources."""
    return replace(given, source_codes=source_codes)


class _Turning(Decoding):
    """Frames that can be shown another source while they are drawn."""

    def turn(self, source_codes: Tensor, *, n: int) -> None:
        """Show sources (b, codes) to the n frames from here on."""
        source = self._model.source(source_codes, n=n)
        self._step.source = None if source is None else source.in_steps()
