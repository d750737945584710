"""Are vectors made from words alone the same everywhere, and near where captions are?"""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from storybench.errors import InputError
from storymodels.storydalle.sentences.hashed import Hashed

ONE = "from storymodels.storydalle.sentences.hashed import Hashed; print(Hashed(16)(['Eddy ran.']))"


def test_vectors_are_the_same_in_every_process() -> None:
    """Python's own hash of text is not."""
    done = subprocess.run([sys.executable, "-c", ONE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(Hashed(16)(["Eddy ran."]))


def test_captions_that_share_words_are_near() -> None:
    """And their order and case count a little and not at all."""
    a, same, other_order, like, unlike = Hashed(512)(
        [
            "Pororo gives Eddy a fish",
            "pororo gives eddy a FISH.",
            "Eddy gives Pororo a fish",
            "Pororo gives Loopy a fish",
            "the woman begins to speak",
        ]
    )
    assert torch.equal(a, same)
    assert not torch.equal(a, other_order)
    assert a @ other_order > a @ like > 0.4
    assert abs(a @ unlike) < 0.2
    assert a.norm() == pytest.approx(1)


def test_a_caption_alone_and_among_others_is_the_same() -> None:
    """No caption changes another; no word at all is zero; no caption is no row."""
    encoder = Hashed(64)
    assert torch.equal(encoder(["x y", "!", "z"])[2], encoder(["z"])[0])
    assert encoder(["?!"]).abs().sum() == 0
    assert encoder([]).shape == (0, 64)
    assert encoder(["x"]).dtype == torch.float32


@pytest.mark.parametrize("width", [0, 12, -8])
def test_a_width_must_be_whole_bytes(width: int) -> None:
    """That is how directions are drawn."""
    with pytest.raises(InputError, match=f"multiple of 8, found {width}"):
        Hashed(width)
