"""What the doctor needs to know of the stories: `storybench.shards.Stories` offers it.

Predictions and shards stand on one floor and never import each other, so this is a protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from storybench.types import Image, StorySpec

if TYPE_CHECKING:
    import pandas as pd


class Truth(Protocol):
    """The stories of one split in their official order; picklable."""

    split: str | None

    def __len__(self) -> int: ...

    @property
    def spec(self) -> StorySpec:
        """What the dataset promises."""
        ...

    def captions(self, index: int) -> tuple[str, ...]:
        """Default caption of every frame of one story, source first."""
        ...

    def image(self, index: int, k: int) -> Image:
        """Frame `k` of one story (0 is the source): uint8 RGB, (h, w, 3)."""
        ...

    def table(self) -> pd.DataFrame:
        """One row a story; the doctor reads `key`, `cluster`, `orders` and `characters`."""
        ...
