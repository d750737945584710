"""The published character classifiers: state dicts of torchvision's Inception-v3, by name.

StoryDALL-E's (`pororo-epoch-10.pt`), DuCo's and VLC-StoryGAN's (`epoch-<k>.pt`), the Flintstones
one (`best.pt`) and StoryGPT-V's (`classifier_char.pt`) are all written by `torch.save(state_dict)`
of the same network with both heads replaced (adymaharana/StoryViz@6e1126d:train_classifier.py:139,
218-230). How many characters there are is the height of the head.

The file cannot say how its input was scaled. Training started from torchvision's pretrained
network, whose `transform_input` maps ImageNet's normalisation to -1..1, and StoryGPT-V evaluates it
so. StoryDALL-E's evaluation builds the network without pretrained weights, which leaves that step
out (adymaharana/storydalle@132dd19:story-dalle/eval_char_clf.py:253); DuCo's and VLC's leave the
normalisation out. All three ways are to be had: each is a `Feed`, and a protocol names its path.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from torch import Tensor, nn

from storybench.errors import InputError
from storybench.metrics.classifier.pixels import (
    CLASSIFIER,
    CLASSIFIER_NO_STEP,
    CLASSIFIER_RAW,
)
from storybench.metrics.pixels import PixelPath

WRAPPERS = ("state_dict", "model_state_dict", "model")
PREFIX = "module."
DAMAGE = (pickle.UnpicklingError, BadZipFile, EOFError, RuntimeError, ValueError, KeyError)


@dataclass(frozen=True)
class Feed:
    """A way to feed a published network: a pixel path, and whether its own step follows.

    That step, `transform_input`, maps ImageNet's normalisation to -1..1.
    """

    pixels: PixelPath
    has_step: bool

    def of(self, network: nn.Module) -> nn.Module:
        """The network with that step or without, its parameters shared."""
        fed = copy(network)
        fed.transform_input = self.has_step  # pyright: ignore[reportArgumentType]
        return fed


FEEDS = (
    Feed(CLASSIFIER, has_step=True),
    Feed(CLASSIFIER_RAW, has_step=False),
    Feed(CLASSIFIER_NO_STEP, has_step=False),
)
"""Every way that a protocol can name by its path; the first is how it was trained."""


def read(path: Path) -> dict[str, Tensor]:
    """The parameters in a checkpoint, without the prefix of `DataParallel`; no code is run.

    Raises:
        InputError: not a torch file of tensors, a pickled module, or not this network's.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"Expected a state dict in {path}, found pickled objects of other kinds, which could "
            "run any code. Where you trust the file, load it with the code that wrote it and save "
            "it as torch.save(model.state_dict(), PATH)."
        ) from error
    except DAMAGE as error:
        reason = (str(error).strip() or "an empty file").splitlines()[0]
        raise InputError(f"Expected a state dict in {path}, found: {reason}") from error
    state = _unwrapped(found)
    if state is None:
        raise InputError(
            f"Expected parameters by name in {path}, found {type(found).__name__} of something "
            "else. Pass a file of `storybench classifier fit` or a published classifier."
        )
    return state


def n_characters(state: Mapping[str, Tensor], path: Path) -> int:
    """How many logits the network has.

    Raises:
        InputError: it has no head of Inception-v3.
    """
    head = state.get("fc.weight")
    if head is None or head.ndim != 2 or head.shape[1] != 2048:
        raise InputError(
            f"Expected an Inception-v3 classifier in {path}, with fc.weight of shape (c, 2048), "
            f"found {'none' if head is None else tuple(head.shape)}. Other backbones were never "
            "released."
        )
    return head.shape[0]


def _unwrapped(found: Any) -> dict[str, Tensor] | None:
    for name in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
            found = found[name]
    if not isinstance(found, Mapping) or not found:
        return None
    if not all(isinstance(k, str) and isinstance(v, Tensor) for k, v in found.items()):
        return None
    if all(name.startswith(PREFIX) for name in found):
        return {name.removeprefix(PREFIX): value for name, value in found.items()}
    return dict(found)
