"""Real frames with the replayed retro cross-attention, with those of other seeds, and without any.

If a model was trained around the replayed one, the loss is clearly lower with it than with the
others and than without (`checkpoints.replay`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from storymodels.storydalle.analysis.spread import spread
from storymodels.storydalle.checkpoints.replay import State
from storymodels.storydalle.model import Given, StoryDalle, nats
from storymodels.storydalle.retro import Retro

FRESH_SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Compared:
    """Teacher-forced losses of the codes of real frames, in nats per code, mean over `n` stories.

    `fresh` has one for each of `FRESH_SEEDS`. `gain` is what the replayed one saves against their
    mean, and `gain_error` its standard error, which takes the stories of an episode as one; None of
    too few of these clusters (`spread`).
    """

    n: int
    n_clusters: int
    replayed: float
    fresh: tuple[float, ...]
    removed: float
    gain: float
    gain_error: float | None

    @property
    def is_found(self) -> bool:
        """Whether the weights know the replayed one: it is best, by four standard errors."""
        is_best = self.replayed < min(*self.fresh, self.removed)
        return is_best and self.gain_error is not None and self.gain > 4 * self.gain_error


@torch.inference_mode()
def compare(
    model: StoryDalle,
    stories: Iterable[tuple[Given, Tensor]],
    *,
    clusters: Sequence[str],
    replay: State,
) -> Compared:
    """The loss of stories with the replayed cross-attention, with fresh ones, and without any.

    Args:
        model: with the weights of a checkpoint, in evaluation mode; left without cross-attention.
        stories: what is given, and the codes (b, t, codes) of the real frames.
        clusters: the episode of each story.
        replay: from `checkpoints.replay.replayed`.

    Raises:
        ValueError: there are no stories.
    """
    states: dict[str, State | None] = {"replayed": replay, "removed": None}
    states |= {str(seed): _fresh(model, seed) for seed in FRESH_SEEDS}
    losses: dict[str, list[Tensor]] = {name: [] for name in states}
    for given, codes in stories:
        for name, state in states.items():
            model.retro = None if state is None else with_weights(model, state)
            losses[name].append(nats(model(given, codes).codes, codes).double().mean((1, 2)))
    model.retro = None
    if not losses["replayed"]:
        raise ValueError("Expected stories to compare on, found none.")
    found = {name: torch.cat(of).cpu().numpy() for name, of in losses.items()}
    fresh = np.stack([found[str(seed)] for seed in FRESH_SEEDS])
    gain = spread(fresh.mean(0) - found["replayed"], clusters)
    return Compared(
        n=len(clusters),
        n_clusters=len(set(clusters)),
        replayed=float(found["replayed"].mean()),
        fresh=tuple(fresh.mean(1).tolist()),
        removed=float(found["removed"].mean()),
        gain=gain.mean,
        gain_error=gain.standard_error,
    )


def with_weights(model: StoryDalle, state: State) -> Retro:
    """A retro cross-attention for a model, with these weights in its number format."""
    size, like = model.size.transformer, model.transformer.norm.weight
    with torch.device("meta"):
        retro = Retro(size.n_layers, size.width, size.n_heads)
    retro.load_state_dict({name: tensor.to(like) for name, tensor in state.items()}, assign=True)
    return retro.eval()


def _fresh(model: StoryDalle, seed: int) -> State:
    size = model.size.transformer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return dict(Retro(size.n_layers, size.width, size.n_heads).state_dict())
