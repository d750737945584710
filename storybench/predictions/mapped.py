"""A set of predictions in a layout of somebody else's, read where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import PredictionError
from storybench.files import sha256_json
from storybench.images import pixel_sha256
from storybench.predictions.check import check_frames
from storybench.predictions.container import Container
from storybench.predictions.manifest import PredictionManifest
from storybench.predictions.names import frame_number
from storybench.predictions.reader import Picture
from storybench.predictions.store import UNKNOWN_MODEL
from storybench.types import Image, Prediction


class MappedPredictions:
    """Pictures by (story id, frame), wherever they lie; see `storybench.predictions.reader`.

    Args:
        directory: the folder that was given.
        layout: the name of the layout.
        pictures: where each picture lies; k is 1…T for targets, 0 for the source's place.
        made: what `predictions.json` of the folder says, where it is there.
    """

    manifest: None = None

    def __init__(
        self,
        directory: Path | str,
        *,
        layout: str,
        pictures: Mapping[tuple[str, int], Picture],
        made: PredictionManifest | None = None,
    ) -> None:
        self.directory = Path(directory)
        self.layout = layout
        self.made = made
        self._pictures = dict(pictures)
        frames: dict[str, list[int]] = {}
        for story_id, k in sorted(self._pictures):
            frames.setdefault(story_id, []).append(k)
        self._frames = {story_id: tuple(of) for story_id, of in frames.items()}

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def story_ids(self) -> tuple[str, ...]:
        """The stories of which there is any frame, sorted."""
        return tuple(self._frames)

    @property
    def model(self) -> Mapping[str, Any]:
        """Unknown: only `predictions.json` says what a model is."""
        return UNKNOWN_MODEL

    @property
    def digest(self) -> str:
        """One over the pixels of every target: what the same pictures have in canonical names."""
        return self._digest

    def frames(self, story_id: str) -> tuple[int, ...]:
        """The frames of a story that are there, ascending; empty for an unknown story."""
        return self._frames.get(story_id, ())

    def picture(self, story_id: str, k: int) -> Picture:
        """Where frame k lies.

        Raises:
            PredictionError: there is none.
        """
        picture = self._pictures.get((story_id, k))
        if picture is None:
            raise PredictionError(
                f"Expected frame {k} of story {story_id} in {self.directory} (layout "
                f"{self.layout}), found none."
            )
        return picture

    def path(self, story_id: str, k: int) -> Path:
        """The file in which frame k lies, alone or with others; raises as `picture`."""
        return self.picture(story_id, k).file

    def image(self, story_id: str, k: int) -> Image:
        """Frame k of a story, uint8 RGB, (h, w, 3).

        Raises:
            PredictionError: missing, undecodable, or not what its layout says.
        """
        return self.picture(story_id, k).read()

    def recorded(self, story_id: str, k: int) -> str | None:
        """None: no manifest states a hash."""
        return None

    def lossy(self, story_id: str, k: int) -> Container | None:
        """The lossy container that a picture was in before it was converted, by the manifest.

        That lists canonical names, whatever story a mapping says that the file is.
        """
        file = self.picture(story_id, k).file
        named = frame_number(file.name)
        return self.made.lossy(file.parent.name, named) if self.made and named else None

    def load(self, story_id: str) -> Prediction:
        """All targets of a story, (t, s, s, 3).

        Raises:
            PredictionError: a frame is missing, undecodable or the wrong size.
        """
        numbers = range(1, max(self.frames(story_id), default=0) + 1)
        images = [self.image(story_id, k) for k in numbers]
        if not images or len({image.shape for image in images}) > 1:
            sizes = ", ".join(f"{image.shape[1]} x {image.shape[0]}" for image in images)
            raise PredictionError(
                f"Expected frames of one size in {story_id}, found {sizes or 'none'}."
            )
        check_frames(np.stack(images), n_targets=len(images), owner=f"Story {story_id}")
        return Prediction(story_id, np.stack(images))

    @cached_property
    def _digest(self) -> str:
        hashes = {
            story_id: [pixel_sha256(self.image(story_id, k)) for k in of if k > 0]
            for story_id, of in self._frames.items()
        }
        return sha256_json({"frames": hashes})
