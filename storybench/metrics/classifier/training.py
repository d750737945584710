"""One step and one pass of fitting: loss, schedule, augmentation, logits; pure or seeded pieces.

What is random in step s is drawn from (seed, s) alone, so a fit that was stopped anywhere and
resumed takes the same steps.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from storybench.metrics.classifier.frames import Frames
from storybench.metrics.classifier.pixels import DEVIATION, MEAN
from storybench.metrics.classifier.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import Float, UInt8

    from storybench.loader.resize import Planes

WARM_UP = 0.1
STRONGEST = 10.0
"""The most that a positive weighs against a negative."""

_ORDER, _STEP = 1, 2
"""What a draw is for, so that no two share their numbers."""


def epoch_frames(frames: Frames, settings: Settings, epoch: int) -> Frames:
    """The frames of one epoch in their order, filled up to whole batches from its beginning."""
    rng = np.random.default_rng((settings.seed, _ORDER, epoch))
    chosen = frames if settings.frames == "all" else frames.one_each(rng)
    order = rng.permutation(len(chosen))
    return chosen.at(np.resize(order, steps_of(len(chosen), settings.batch) * settings.batch))


def steps_of(n_frames: int, batch: int) -> int:
    """Steps in an epoch."""
    return math.ceil(n_frames / batch)


def learning_rate(step: int, *, total: int, highest: float) -> float:
    """Up in a straight line for a tenth of the steps, then down to 0 along a cosine.

    >>> [round(learning_rate(s, total=20, highest=1.0), 3) for s in (0, 1, 11, 19)]
    [0.5, 1.0, 0.459, 0.007]
    """
    warm_up = max(1, round(WARM_UP * total))
    if step < warm_up:
        return highest * (step + 1) / warm_up
    return highest * 0.5 * (1 + math.cos(math.pi * (step - warm_up + 1) / (total - warm_up + 1)))


def positive_weights(labels: NDArray[np.bool_], balance: float) -> Float[Tensor, " c"]:
    """How much a positive of each character weighs in the loss.

    >>> positive_weights(np.array([[1, 0], [0, 0], [0, 0], [0, 1]], bool), 1.0).tolist()
    [3.0, 3.0]
    """
    present = labels.sum(axis=0)
    absent = len(labels) - present
    weights = (absent / np.maximum(present, 1)) ** balance
    return torch.tensor(np.clip(weights, 1 / STRONGEST, STRONGEST), dtype=torch.float32)


def loss_of(
    output: Any, labels: Float[Tensor, "b c"], *, weights: Float[Tensor, " c"], aux_weight: float
) -> Float[Tensor, ""]:
    """Binary cross-entropy over characters, that of an auxiliary head added with its weight."""
    if isinstance(output, Tensor):
        return F.binary_cross_entropy_with_logits(output, labels, pos_weight=weights)
    main, aux = (
        F.binary_cross_entropy_with_logits(logits, labels, pos_weight=weights) for logits in output
    )
    return main + aux_weight * aux


def augmented(
    pixels: Float[Tensor, "b 3 s s"], settings: Settings, generator: torch.Generator
) -> Float[Tensor, "b 3 s s"]:
    """Pictures flipped, moved and tinted at random, each for itself."""
    b, side = len(pixels), pixels.shape[-1]
    flips = torch.rand(b, generator=generator) < 0.5
    pixels = torch.where(flips[:, None, None, None].to(pixels.device), pixels.flip(3), pixels)
    reach = round(settings.shift * side)
    if reach:
        moves = torch.randint(0, 2 * reach + 1, (b, 2), generator=generator).tolist()
        padded = F.pad(pixels, (reach, reach, reach, reach), mode="replicate")
        pixels = torch.stack(
            [one[:, y : y + side, x : x + side] for one, (y, x) in zip(padded, moves, strict=True)]
        )
    if settings.colour:
        gain, offset = torch.randn(2, b, 3, 1, 1, generator=generator).to(pixels.device)
        pixels = pixels * (1 + settings.colour * gain) + settings.colour * offset
    return pixels


def take_step(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    planes: Planes,
    labels: NDArray[np.bool_],
    *,
    weights: Float[Tensor, " c"],
    settings: Settings,
    step: int,
    total: int,
) -> float:
    """One step of the optimizer; returns the loss in nats."""
    device = weights.device
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step, total=total, highest=settings.learning_rate)
    seed = int(np.random.SeedSequence((settings.seed, _STEP, step)).generate_state(1)[0])
    generator = torch.Generator().manual_seed(seed)
    pixels = augmented(to_pixels(torch.from_numpy(planes).to(device)), settings, generator)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)  # of dropout
        output = network(pixels.contiguous(memory_format=torch.channels_last))
    loss = loss_of(
        output,
        torch.from_numpy(labels).float().to(device),
        weights=weights,
        aux_weight=settings.aux_weight,
    )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def logits_of(
    network: nn.Module,
    batches: Iterable[tuple[Planes, NDArray[np.bool_]]],
    device: torch.device,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Logits (n, c) and labels (n, c) of all batches, the network in eval mode."""
    network.eval()
    parts = []
    with torch.inference_mode():
        for planes, labels in batches:
            pixels = to_pixels(torch.from_numpy(planes).to(device))
            parts.append((network(pixels).cpu().numpy(), labels))
    return np.concatenate([z for z, _ in parts]), np.concatenate([y for _, y in parts])


def to_pixels(planes: UInt8[Tensor, "b 3 s s"]) -> Float[Tensor, "b 3 s s"]:
    """Bytes as the network is fed them; equal to `pixels.normalised`."""
    mean, deviation = (
        torch.from_numpy(part[:, None, None]).to(planes.device) for part in (MEAN, DEVIATION)
    )
    return (planes.float() / 255 - mean) / deviation
