"""What a set of generated pictures offers, whatever the layout of its folder.

`PredictionSet` reads the canonical layout, `MappedPredictions` every other one that
`storybench.predictions.layouts` recognises. Scoring, the doctor and `preds convert` see only this.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from storybench.predictions.container import Container
from storybench.predictions.manifest import PredictionManifest
from storybench.types import Image, Prediction


class Picture(Protocol):
    """Where one generated picture lies; nothing is read before it is asked for."""

    @property
    def name(self) -> str:
        """What messages call it: "img-3-0.png", "batch_2.pt[5, 0]"."""
        ...

    @property
    def file(self) -> Path:
        """The file that it lies in, alone or with others."""
        ...

    def size(self) -> tuple[int, int]:
        """Width and height that its header states; no pixel is decoded.

        Raises:
            PredictionError: the file is gone, or no picture.
        """
        ...

    def read(self) -> Image:
        """Its pixels, uint8 RGB, (h, w, 3).

        Raises:
            PredictionError: the file is gone, damaged, or not what its layout says.
        """
        ...

    def encoded(self) -> bytes | None:
        """The bytes of its file where that holds this picture and nothing else, else None.

        Raises:
            PredictionError: the file is gone.
        """
        ...

    def container(self) -> Container | None:
        """How the file stores its pixels, alone or with others; None where as plain numbers.

        Raises:
            PredictionError: the file is gone.
        """
        ...


class Predictions(Protocol):
    """Generated pictures by story id and frame; k is 1…T for targets, 0 for the source's place.

    Frame 0 is there only where a model drew all frames (`frames` says so); it is never a target.
    """

    @property
    def directory(self) -> Path:
        """The folder that was given."""
        ...

    @property
    def layout(self) -> str:
        """The layout's name, such as "canonical" or "storydalle-batches"."""
        ...

    @property
    def manifest(self) -> PredictionManifest | None:
        """What `predictions.json` says of these stories and frames, None where there is none."""
        ...

    @property
    def made(self) -> PredictionManifest | None:
        """The manifest of the folder, also where a mapping says anew which picture is which."""
        ...

    @property
    def model(self) -> Mapping[str, Any]:
        """What the model says of itself; its name is "unknown" without a manifest."""
        ...

    @property
    def story_ids(self) -> tuple[str, ...]:
        """The stories that are there, sorted."""
        ...

    @property
    def digest(self) -> str:
        """Identity of the set, over the pixels of every target; equal for equal pictures."""
        ...

    def frames(self, story_id: str) -> tuple[int, ...]:
        """The frames of a story that are there, ascending; empty for an unknown story."""
        ...

    def picture(self, story_id: str, k: int) -> Picture:
        """Where frame k lies.

        Raises:
            PredictionError: there is none, or more than one.
        """
        ...

    def image(self, story_id: str, k: int) -> Image:
        """Frame k of a story, uint8 RGB, (h, w, 3).

        Raises:
            PredictionError: missing or undecodable.
            VerificationError: not the picture that the manifest was written for.
        """
        ...

    def recorded(self, story_id: str, k: int) -> str | None:
        """The pixel hash that the manifest states for a picture, None if it states none."""
        ...

    def lossy(self, story_id: str, k: int) -> Container | None:
        """The lossy container that a picture was in before it was converted, by the manifest."""
        ...

    def load(self, story_id: str) -> Prediction:
        """All targets of a story, (t, s, s, 3).

        Raises:
            PredictionError: a frame is missing, undecodable or the wrong size.
        """
        ...
