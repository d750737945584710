"""Train the twin extractor in seconds: which words of the captions does a picture go with?

No labels are needed, only shards: each frame is to predict the words of its captions, so features
come to tell apart what captions tell apart (who, where, doing what). The same shards, seed and
number of steps give the same weights on one machine and one version of torch.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from storybench.errors import InputError
from storybench.files import write_atomic
from storybench.metrics.pixels import CLEAN64
from storybench.metrics.twin import DIM, TwinNet
from storybench.shards.reader import Stories
from storybench.types import Progress

if TYPE_CHECKING:
    from jaxtyping import Float

Weights = dict[str, Tensor]

STEPS = 300
BATCH = 32
LEARNING_RATE = 3e-3
MOST_FRAMES = 4096
MOST_WORDS = 256
RAREST, COMMONEST = 0.02, 0.6


def fit(
    directory: Path | str,
    *,
    split: str = "train",
    seed: int = 0,
    steps: int = STEPS,
    on_progress: Progress | None = None,
) -> Weights:
    """Parameters of the twin extractor, learnt from the frames and captions of some shards.

    Raises:
        MissingError: no finished build in `directory`.
        InputError: no such split, or no word that tells its frames apart.
    """
    examples = _read(Stories(directory, split))
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network, head = TwinNet(), nn.Linear(DIM, examples.words.shape[1])
    parameters = [*network.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        rows = torch.randint(len(examples.pixels), (BATCH,), generator=generator)
        logits = head(network(examples.pixels[rows]))
        loss = F.binary_cross_entropy_with_logits(logits, examples.words[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if on_progress is not None:
            on_progress(step + 1, steps, "steps")
    return network.state_dict()


def save(weights: Weights, path: Path) -> None:
    """Write parameters as safetensors, whole or not at all."""
    write_atomic(path, safetensors.torch.save(weights))


def vocabulary(captions: Sequence[str]) -> tuple[str, ...]:
    """Words that occur in some captions but not in most, the commonest first.

    >>> vocabulary(["A red ball", "a green ball", "a red box", "a hat"])
    ('ball', 'red', 'box', 'green', 'hat')
    """
    counts = Counter(word for caption in captions for word in _words(caption))
    kept = [word for word, n in counts.items() if RAREST <= n / max(len(captions), 1) <= COMMONEST]
    kept.sort(key=lambda word: (-counts[word], word))
    return tuple(kept[:MOST_WORDS])


@dataclass(frozen=True, eq=False)
class _Examples:
    """Pixels in -1..1, and which words go with them, 0 or 1."""

    pixels: Float[Tensor, "n 3 64 64"]
    words: Float[Tensor, "n w"]


def _read(stories: Stories) -> _Examples:
    """Every frame, or evenly spread stories with about `MOST_FRAMES`; all captions of each."""
    stride = -(-len(stories) * (stories.spec.n_targets + 1) // MOST_FRAMES)
    frames = [frame for story in stories[:: max(stride, 1)] for frame in story.frames]
    captions = [" ".join(frame.captions) for frame in frames]
    known = vocabulary(captions)
    if not known:
        raise InputError(
            f"Expected captions that tell frames apart in {stories!r}, found no word that some "
            "frames have and most have not."
        )
    words = [[float(word in present) for word in known] for present in map(_words, captions)]
    pixels = np.stack([CLEAN64(frame.image) for frame in frames])
    return _Examples(pixels=torch.from_numpy(pixels), words=torch.tensor(words))


def _words(caption: str) -> set[str]:
    return set(re.findall(r"[a-z]+", caption.lower()))
