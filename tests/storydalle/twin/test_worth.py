"""Is a model measured where it is?"""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.pretraining.singles import Singles
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.storydalle.twin import worth
from tests.storydalle.pretrained import SIZE
from tests.storydalle.trainable import CAPTIONS


def frames() -> Singles:
    """Black ones, each with a caption of its own."""
    n, side = len(CAPTIONS), SIZE.vqgan.side
    return Singles(
        pictures=torch.zeros(n, 3, side, side, dtype=torch.uint8),
        scenes=torch.arange(n),
        captions=tuple((text,) for text in CAPTIONS),
        clusters=CAPTIONS,
        characters=(frozenset(),) * n,
    )


def test_it_is_measured_on_the_gpu_that_trained_it() -> None:
    """Frames and captions come to it: all goes well until a number, which a stand-in has not."""
    tokenizer = Tokenizer.train(CAPTIONS, size=SIZE.transformer.text_vocabulary)
    with FakeTensorMode(allow_non_fake_inputs=True):
        with torch.device("cuda"):
            model = StoryDalle(SIZE).eval()
        held = frames()
        with pytest.raises(DataDependentOutputException):
            worth.of_pictures(model, held)
        with pytest.raises(DataDependentOutputException):
            worth.of_captions(model, tokenizer, held)
