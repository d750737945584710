"""Does the story encoder stay on the device that it is on?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from storymodels.storydalle.story import StoryEncoder
from storymodels.storydalle.switches import PAPER


class Places(TorchDispatchMode):
    """Notes the kinds of devices that tensors are made on."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        made = func(*args, **kwargs or {})
        self.seen |= {x.device.type for x in tree_leaves(made) if isinstance(x, Tensor)}
        return made


def test_positions_are_made_where_the_rows_are() -> None:
    """Nothing is made on the processor and copied, which a GPU would wait for."""
    with torch.device("meta"):
        encoder, sentences = StoryEncoder(8, 6, 2, PAPER), torch.zeros(2, 4, 8)
    assert encoder.has_positions
    with Places() as places:
        encoder(sentences)
    assert places.seen == {"meta"}


def test_positions_are_no_part_of_a_checkpoint() -> None:
    """The state has the weights alone, so an empty model that takes them is whole."""
    encoder = StoryEncoder(8, 6, 2, PAPER)
    with torch.device("meta"):
        empty = StoryEncoder(8, 6, 2, PAPER)
    empty.load_state_dict(encoder.state_dict(), assign=True)
    sentences = torch.randn(2, 4, 8)
    assert torch.equal(empty(sentences), encoder(sentences))
