"""CLIP-T and CLIP-I: does a picture fit its caption, does it resemble the real frame?

Means over slots of raw cosines between normalised embeddings of OpenAI's CLIP (ViT-B/32 unless
another file is named) with its own preprocessing: CLIP-T between a generated picture and the
default caption of its slot, cut at 77 tokens, CLIP-I between it and the real frame. As in
haoningwu3639/StoryGen@c30c33a:evaluation/calc_CLIP_{text,image}.py. What the real frames score on
the same captions stands beside CLIP-T: few of its points are a model's to win.

The number of a caption is cached as that of a picture is, so a repeat runs neither network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import MissingError
from storybench.files import sha256_bytes
from storybench.home import features_dir
from storybench.metrics import clip
from storybench.metrics.clustered_mean import clustered_mean, story_means
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import Extractor, Features
from storybench.metrics.features import FeatureCache
from storybench.metrics.metric import Absent, Estimate
from storybench.metrics.unit_rows import unit_rows

VERSION = 1
AT_ONCE = 1024


class ClipScore:
    """CLIP-T, then CLIP-I; both absent without weights."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """Two means with cluster bootstrap.

        Raises:
            MissingError: the weights that the user named are not there.
        """
        weights = evidence.options.clip
        try:
            extractor = clip.load(weights)
        except MissingError as error:
            if weights is not None:
                raise
            return tuple(Absent(name, str(error)) for name in ("clip_t", "clip_i"))
        made, real = (evidence.features(side, extractor) for side in ("generated", "reference"))
        captions, rows = _captions(evidence.slots.captions)
        texts = _embedded(captions, extractor, weights)
        real_text = cosines(real.rows, real.slots, texts, rows)
        return (
            _estimate(
                "clip_t",
                cosines(made.rows, made.slots, texts, rows),
                evidence=evidence,
                extractor=extractor,
                settings={"real_frames": float(real_text.mean()), "tokens": 77},
            ),
            _estimate(
                "clip_i",
                cosines(made.rows, made.slots, real.rows, real.slots),
                evidence=evidence,
                extractor=extractor,
                settings={"real_frames": 1.0},
            ),
        )


def cosines(
    first: Features, first_rows: NDArray[np.intp], second: Features, second_rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Cosines (n,) between rows of two sets of features (…, d), numbered by (n,) each.

    >>> features, rows = np.float32([[3, 4], [0, 2]]), np.array([0, 1])
    >>> cosines(features, rows, features, rows[::-1]).round(6).tolist()
    [0.8, 0.8]
    """
    parts = [
        np.einsum(
            "nd,nd->n",
            unit_rows(first[first_rows[at : at + AT_ONCE]]),
            unit_rows(second[second_rows[at : at + AT_ONCE]]),
        )
        for at in range(0, len(first_rows), AT_ONCE)
    ]
    return np.concatenate(parts or [np.zeros(0)])


def _captions(captions: tuple[str, ...]) -> tuple[list[str], NDArray[np.intp]]:
    """The distinct captions, and the row (n,) of each slot among them."""
    rows = {caption: row for row, caption in enumerate(dict.fromkeys(captions))}
    return list(rows), np.array([rows[caption] for caption in captions], np.intp)


def _embedded(captions: list[str], extractor: Extractor, weights: Path | None) -> Features:
    """The embeddings (u, d) of captions; those in the cache are not computed again."""
    cache = FeatureCache(features_dir() / f"{extractor.key}-text", dim=extractor.dim)
    keys = [sha256_bytes(caption.encode()) for caption in captions]
    known = {key: row for key in keys if (row := cache.find(key)) is not None}
    missing = [at for at, key in enumerate(keys) if key not in known]
    if missing:
        computed = clip.text(weights, [captions[at] for at in missing])
        fresh = {keys[at]: row for at, row in zip(missing, computed, strict=True)}
        cache.add(fresh)
        known |= fresh
    return np.stack([known[key] for key in keys])


def _estimate(
    name: str,
    values: NDArray[np.float64],
    *,
    evidence: Evidence,
    extractor: Extractor,
    settings: dict[str, Any],
) -> Estimate:
    mean = clustered_mean(values, evidence.slots.groups)
    model = extractor.arch.removeprefix("clip-")
    table = {"extractor": extractor.describe(), "preprocess": extractor.pixels.describe()}
    return Estimate(
        metric=f"{name}.{model}.{extractor.weights_sha256[:8]}.{evidence.frames}.v{VERSION}",
        value=mean.value,
        replicates=mean.replicates,
        n=evidence.slots.n,
        direction="higher",
        settings={"flags": [], **table, **settings},
        spread="bootstrap",
        bounds=(-1, 1),
        per_story=story_means(values, evidence.slots),
    )
