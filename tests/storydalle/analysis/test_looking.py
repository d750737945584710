"""Are the looks that are shown those that the model computes with?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from storymodels.storydalle.analysis.looking import Looks, look
from storymodels.storydalle.inputs.reading import Batch
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.switches import PAPER, RELEASED
from tests.storydalle import looked
from tests.storydalle.looked import N_CODES, N_TEXT

N_HEADS = looked.SIZE.transformer.n_heads


def handed(model: StoryDalle, batch: Batch) -> list[tuple[Any, Tensor, Tensor]]:
    """What each cross-attention is handed in a plain pass: itself, rows and keys."""
    calls: list[tuple[Any, Tensor, Tensor]] = []
    assert model.retro is not None
    hooks = [
        layer.register_forward_pre_hook(lambda one, args: calls.append((one, *args[:2])))
        for layer in model.retro.layers
    ]
    model(batch.given, batch.codes)
    for hook in hooks:
        hook.remove()
    return calls


def by_hand(attention: Any, rows: Tensor, keys: Tensor) -> NDArray[np.float64]:
    """Softmax weights (n, heads, rows, places), one product at a time; keys (b, heads, s, w)."""
    queries = attention.query(attention.norm_rows(rows)).double().numpy()
    shown, width = keys.double().numpy(), keys.shape[3]
    n_frames = len(rows) // len(keys)
    found = np.zeros((len(rows), N_HEADS, rows.shape[1], keys.shape[2]))
    for frame in range(len(rows)):
        for head in range(N_HEADS):
            part = queries[frame, :, head * width : (head + 1) * width]
            scores = part @ shown[frame // n_frames, head].T / math.sqrt(width)
            raised = np.exp(scores - scores.max(-1, keepdims=True))
            found[frame, head] = raised / raised.sum(-1, keepdims=True)
    return found


def looks_of(model: StoryDalle, batch: Batch) -> Looks:
    """The looks alone."""
    return look(model, batch.given, batch.codes)[1]


def test_weights_are_those_of_queries_and_keys() -> None:
    """Of every layer, with heads averaged, for text and picture."""
    model, batch = looked.model(), looked.stories(3)
    looks = looks_of(model, batch)
    assert looks.n_text == N_TEXT - 1
    assert looks.weights.shape == (2, 6, N_TEXT - 1 + N_CODES, N_CODES)
    for layer, call in enumerate(handed(model, batch)):
        expected = by_hand(*call)
        np.testing.assert_allclose(looks.weights[layer].numpy(), expected.mean(1), atol=1e-5)
        entropy = -(expected * np.log(expected)).sum(-1).mean(1)
        np.testing.assert_allclose(looks.entropy[layer].numpy(), entropy, atol=1e-4)


def test_each_row_looks_once() -> None:
    """Weights sum to 1, uneven ones have less entropy than an even look."""
    looks = looks_of(looked.model(), looked.stories(2))
    torch.testing.assert_close(looks.weights.sum(-1), torch.ones(looks.weights.shape[:-1]))
    assert looks.entropy.min() > 0
    assert looks.entropy.max() < math.log(N_CODES)
    assert looks.entropy.mean() < 0.97 * math.log(N_CODES)


@pytest.mark.parametrize("switches", [PAPER, RELEASED], ids=["paper", "released"])
def test_looking_changes_nothing(switches: Any) -> None:
    """The predictions are those of the model, to the last bit."""
    model, batch = looked.model(switches=switches), looked.stories(1)
    logits, _ = look(model, batch.given, batch.codes)
    plain = model(batch.given, batch.codes)
    assert torch.equal(logits.codes, plain.codes)
    assert torch.equal(logits.text, plain.text)


def test_mixed_looks_are_put_back_on_their_places() -> None:
    """As released, frame k of n looks at the places k, k + n, ... of the source, over and over."""
    model, batch = looked.model(switches=RELEASED), looked.stories(1)
    looks = looks_of(model, batch)
    assert looks.n_text == 0
    assert looks.weights.shape[2] == N_CODES
    attention, rows, keys = handed(model, batch)[0]
    raw = by_hand(attention, rows, keys)
    expected = np.zeros_like(raw)
    for frame in range(2):
        for at in range(N_CODES):
            expected[frame, :, :, (at * 2 + frame) % N_CODES] += raw[frame, :, :, at]
    np.testing.assert_allclose(looks.weights[0].numpy(), expected.mean(1), atol=1e-5)
    assert looks.weights[0, 0, :, 1::2].max() == 0


def test_several_stories_are_not_mixed() -> None:
    """Nobody could say whose places were looked at."""
    with pytest.raises(ValueError, match="one story where sources are mixed, found 2"):
        looks_of(looked.model(switches=RELEASED), looked.stories(2))


def test_a_model_that_cannot_look_is_refused() -> None:
    """Without retro cross-attention."""
    story = replace(looked.SIZE.story, has_retro=False)
    model = StoryDalle(replace(looked.SIZE, story=story)).eval()
    assert cast(Any, model).retro is None
    with pytest.raises(ValueError, match="without"):
        looks_of(model, looked.stories(1))
