"""Real and generated frames of the same slots, streamed in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from storybench.evaluate.plan import Plan
from storybench.evaluate.references import Pick, RealFrames
from storybench.evaluate.subject import TRAIN
from storybench.files import sha256_json
from storybench.images import centre_square
from storybench.metrics.evidence import Side
from storybench.metrics.streams import Stream
from storybench.shards.reader import Stories
from storybench.types import Image, Progress

Draw = Callable[[str, int], Image]
"""The generated picture of (story id, k)."""


@dataclass(eq=False)
class Match:
    """The pictures of an evaluation.

    `crop` is what real frames are cut to before anything else; `sides` collects the short sides of
    the pictures that went by.
    """

    plan: Plan
    real: RealFrames
    picks: tuple[Pick, ...]
    draw: Draw
    crop: Callable[[Image], Image] = centre_square
    on_progress: Progress | None = None
    sides: dict[str, set[int]] = field(
        default_factory=lambda: {"reference": set(), "generated": set()}
    )

    def of(self, side: Side) -> Iterator[Image]:
        """The pictures of a side, as `metrics.evidence.Pictures` says."""
        stories = self.plan.stories
        if side == "source":
            return (self.crop(stories.image(index, 0)) for index in self.plan.chosen)
        if side == "reference":
            return self._stream(side, lambda at: self.crop(self.real.image(at, self.picks[at])))
        return self._stream(side, self._drawn)

    def train(self) -> Stream | None:
        """Every frame of the training split, fixed by the build and the crop."""
        stories, is_square = self.plan.stories, self.crop is centre_square
        if TRAIN not in stories.manifest.splits:
            return None
        fixed = {"data": stories.digest, "split": TRAIN, "is_square": is_square}
        return Stream(sha256_json(fixed), self._train)

    def _train(self) -> Iterator[Image]:
        for story in Stories(self.plan.stories.directory, TRAIN):
            for frame in story.frames:
                yield self.crop(frame.image)

    def _drawn(self, at: int) -> Image:
        index, k = self.plan.slots[at]
        return self.draw(self.plan.stories.ids[index], k)

    def _stream(self, side: str, read: Callable[[int], Image]) -> Iterator[Image]:
        n = len(self.plan.slots)
        done = 0 if side == "reference" else n
        for at in range(n):
            image = read(at)
            self.sides[side].add(min(image.shape[:2]))
            yield image
            done += 1
            if self.on_progress is not None:
                self.on_progress(done, 2 * n, "pictures")
