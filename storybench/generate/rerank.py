"""Which of several candidates is kept: the one that CLIP finds most like the frame's caption.

The last step of minDALL-E and DALL-E (Radford et al. 2021, arXiv 2103.00020; Ramesh et al. 2021,
arXiv 2102.12092). Frames are chosen one by one, so it is for models whose frames are drawn
independently of each other. Scores of CLIP on pictures that CLIP chose are not comparable with
those of others, so the manifest says what chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from storybench.errors import InputError
from storybench.types import Image, Prediction

PUBLISHED = "clip"
"""Asks for the published file in its place (`storybench weights fetch clip-vit-b-32`)."""

ADVICE = "Without it nothing can choose among candidates: leave out --rerank and --candidates."


class Ranker(Protocol):
    """Chooses among candidates."""

    def record(self) -> Mapping[str, Any]:
        """What chose, for the manifest."""
        ...

    def best(self, candidates: Sequence[Prediction], captions: Sequence[str]) -> Prediction:
        """Of every frame the best candidate; `captions` are those of the targets."""
        ...


class ClipRanker:
    """Ranks by the cosine of picture and caption in a CLIP, the published one or of a file.

    Raises:
        MissingError: there is no such file; names it and its place.
        InputError: it is no CLIP.
    """

    def __init__(self, weights: Path | None = None) -> None:
        from storybench.metrics import clip

        self._extractor = clip.load(weights, advice=ADVICE)
        self._text = lambda captions: clip.text(weights, captions)

    def record(self) -> Mapping[str, Any]:
        """Name and hash of the network."""
        one = self._extractor
        return {"by": one.arch, "weights_sha256": one.weights_sha256, "of_each": "frame"}

    def best(self, candidates: Sequence[Prediction], captions: Sequence[str]) -> Prediction:
        """The frames that are most like their captions; of equals the first candidate's."""
        scores = np.stack([self._scores(list(one.frames), captions) for one in candidates])
        return chosen(candidates, scores.argmax(axis=0).tolist())

    def _scores(self, images: Sequence[Image], captions: Sequence[str]) -> np.ndarray:
        from storybench.metrics.unit_rows import unit_rows

        pictures, words = unit_rows(self._extractor(images)), unit_rows(self._text(captions))
        return np.einsum("nd,nd->n", pictures, words)


def ranker(wanted: str | None, *, n_candidates: int) -> Ranker | None:
    """The ranker that was asked for: `clip`, or the path of a CLIP's weights; None where none was.

    Raises:
        InputError: there is nothing to choose from, or several candidates and nothing to choose by.
        MissingError: the weights are not there.
    """
    if wanted is None and n_candidates > 1:
        raise InputError(
            f"Expected a way to choose one of {n_candidates} candidates, found none. Add --rerank "
            f"{PUBLISHED}, or the path of a CLIP's weights."
        )
    if wanted is not None and n_candidates == 1:
        raise InputError(
            "Expected several candidates to choose from, found one a frame. Ask for --candidates "
            "4, say, of a model that draws in batches."
        )
    if wanted is None:
        return None
    return ClipRanker(None if wanted == PUBLISHED else Path(wanted))


def chosen(candidates: Sequence[Prediction], picks: Sequence[int]) -> Prediction:
    """The story whose frame k is that of candidate `picks[k]`."""
    first = candidates[0]
    frames = np.stack([candidates[pick].frames[k] for k, pick in enumerate(picks)])
    candidate = picks[0] if len(set(picks)) == 1 else 0
    return Prediction(first.story_id, frames, seed=first.seed, candidate=candidate)
