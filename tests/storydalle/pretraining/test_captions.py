"""Does stage two learn, from the captions that belong to the pictures?"""

from __future__ import annotations

import pytest
import torch

from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.pretraining.captions import LearnCaptions, draw_captions
from storymodels.storydalle.pretraining.pictures import encoded
from storymodels.storydalle.pretraining.singles import Singles, read
from storymodels.storydalle.tokenizer import Tokenizer
from tests.storydalle.pretrained import SIZE, build


@pytest.fixture(scope="module")
def singles(tmp_path_factory: pytest.TempPathFactory) -> Singles:
    """The frames of a toy build."""
    return read([build(tmp_path_factory.mktemp("singles"))], side=SIZE.vqgan.side)


def captioner(singles: Singles) -> LearnCaptions:
    """Stage two behind a VQGAN that has learned nothing."""
    torch.manual_seed(0)
    model = StoryDalle(SIZE).eval()
    tokenizer = Tokenizer.train([text for of in singles.captions for text in of], size=96)
    codes = encoded(model.vqgan, singles)
    return LearnCaptions(model, tokenizer, singles, codes, singles, data_digest="none")


def test_captions_go_with_their_pictures(singles: Singles) -> None:
    """A batch has the codes of its frames, and one of the captions that tell each."""
    task = captioner(singles)
    rows = [0, 7, 11]
    (batch,) = task.batches(0, [rows])
    assert torch.equal(batch.codes[:, 0], encoded(task.module.vqgan, singles)[rows])
    for row, text in zip(rows, batch.text[:, 0], strict=True):
        told = task.tokenizer.encode(singles.captions[int(singles.scenes[row])], 16)
        assert (told == text).all(dim=1).any()


def test_only_the_transformer_moves(singles: Singles) -> None:
    """The VQGAN is frozen in stage two."""
    task = captioner(singles)
    assert set(task.moved) == {
        name for name, _ in task.module.named_parameters() if not name.startswith("vqgan.")
    }


def test_the_loss_of_captions_falls(singles: Singles) -> None:
    """Sixty steps on the same eight frames take most of it."""
    task = captioner(singles)
    (batch,) = task.batches(0, [range(8)])
    optimiser = torch.optim.Adam(task.module.transformer.parameters(), lr=3e-3)
    found = []
    for _ in range(60):
        parts = task.losses(task.module, batch)
        found.append(parts["codes"].item())
        optimiser.zero_grad()
        parts["loss"].backward()
        optimiser.step()
    assert found[-1] < 0.5 * found[0]


def test_a_caption_is_drawn_the_same_beside_others(singles: Singles) -> None:
    """In range, of the right shape, by the place it has and its words."""
    task = captioner(singles)
    texts = [singles.captions[0][0], singles.captions[1][0]]
    both = draw_captions(task.module, task.tokenizer, texts)
    alone = draw_captions(task.module, task.tokenizer, texts[:1])
    assert both.shape == (2, 3, 16, 16)
    assert torch.allclose(both[0], alone[0], atol=1e-5)
