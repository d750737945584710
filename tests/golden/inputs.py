"""What golden values are made from: features, labels, pictures and parameters, by formula.

Everything comes from the raw 64-bit stream of PCG64, which NumPy promises never to change, so the
same arrays can be had anywhere, from a test or from `metrics.py` beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

STORIES, T, EPISODES = 60, 4, 6
DIM, N_TRAIN, N_CHARACTERS = 8, 150, 5
SOURCE_EVERY, TRAIN_EVERY, EXACT_EVERY = 7, 11, 21
"""Which slots copy their source, which a training frame, and which of the former to the pixel."""

SHOWN, SIDE = 20, 48
"""Stories whose pictures are drawn, and how large."""

CAPTIONS = ("Pororo slides downhill.", "Loopy bakes a cake for Eddy.", "It snows on the old house.")

Rows = NDArray[np.float32]


def uniform(*shape: int, name: str) -> NDArray[np.float64]:
    """Numbers in 0..1 that depend on nothing but the name and their places."""
    raw = np.random.PCG64(crc32(name.encode())).random_raw(int(np.prod(shape)))
    return ((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)


def signed(*shape: int, name: str) -> NDArray[np.float64]:
    """Numbers in -1..1."""
    return 2 * uniform(*shape, name=name) - 1


@dataclass(frozen=True, eq=False)
class Stories:
    """Features of stories in episodes: made and real targets (s * t, d), sources (s, d), training.

    `copies_source`, `copies_train` and `is_exact` (s * t,) say which made ones were planted;
    `groups` (s * t,) numbers the episodes. `decided` and `labels` (s * t, c) are characters.
    """

    made: Rows
    real: Rows
    source: Rows
    train: Rows
    groups: NDArray[np.intp]
    copies_source: NDArray[np.bool_]
    copies_train: NDArray[np.bool_]
    is_exact: NDArray[np.bool_]
    logits: Rows
    labels: NDArray[np.bool_]


def stories() -> Stories:
    """Stories that drift, some of whose made targets are copies."""
    n = STORIES * T
    own = np.repeat(np.arange(STORIES), T)
    mixing = signed(DIM, DIM, name="mixing") + 2 * np.eye(DIM)
    source = signed(STORIES, DIM, name="source") @ mixing
    drift = (np.arange(n) % T + 1)[:, None] * signed(STORIES, DIM, name="drift")[own] / T
    real = source[own] + drift + 0.5 * signed(n, DIM, name="real")
    made = source[own] * 0.7 + 0.8 * signed(n, DIM, name="made") + 0.1
    train = signed(N_TRAIN, DIM, name="train") @ mixing
    slot = np.arange(n)
    copies_source = slot % SOURCE_EVERY == 0
    copies_train = (slot % TRAIN_EVERY == 0) & ~copies_source
    is_exact = slot % EXACT_EVERY == 0
    made[copies_source] = source[own[copies_source]]
    made[copies_train] = train[slot[copies_train] % N_TRAIN]
    made[copies_source & ~is_exact] *= 1.01
    present = uniform(n, N_CHARACTERS, name="labels") < [0.7, 0.5, 0.3, 0.15, 0.0]
    logits = np.where(present, 1.0, -1.0) + 1.3 * signed(n, N_CHARACTERS, name="logits")
    return Stories(
        made=made.astype(np.float32),
        real=real.astype(np.float32),
        source=source.astype(np.float32),
        train=train.astype(np.float32),
        groups=own * EPISODES // STORIES,
        copies_source=copies_source,
        copies_train=copies_train,
        is_exact=is_exact,
        logits=logits.astype(np.float32),
        labels=present,
    )


def pictures(owner: str, n: int) -> list[NDArray[np.uint8]]:
    """Coarse and fine patterns, uint8 RGB (48, 48, 3)."""
    coarse = uniform(n, 6, 6, 3, name=f"{owner} coarse").repeat(8, axis=1).repeat(8, axis=2)
    fine = uniform(n, SIDE, SIDE, 3, name=f"{owner} fine")
    return list((200 * coarse + 55 * fine).astype(np.uint8))


def captions(n: int) -> list[str]:
    """A caption for each slot."""
    return [f"{CAPTIONS[slot % 3]} Scene {slot // 5}." for slot in range(n)]


def parameters(state: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """Values for every floating-point parameter of a torch state dict, by its name and shape.

    Weights as He et al. (2015) draw them, scales of norms near 1, variances from 0.5 to 1.5.
    """
    return {
        name: np.asarray(_parameter(name, tuple(value.shape)), np.float32)
        for name, value in state.items()
        if value.is_floating_point()
    }


def _parameter(name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if name.endswith("running_var"):
        return 0.5 + uniform(*shape, name=name)
    if len(shape) > 1:
        return signed(*shape, name=name) * (6 / np.prod(shape[1:])) ** 0.5
    return name.endswith("weight") + 0.1 * signed(*shape, name=name)
