"""Is stage one shown the same pictures however they are grouped?"""

from __future__ import annotations

import pytest
import torch

from storymodels.storydalle.pretraining.pictures import LearnPictures
from storymodels.storydalle.pretraining.singles import Singles, read
from storymodels.storydalle.pretraining.stage1 import StageOne, Weights
from tests.storydalle.pretrained import SIZE, build


@pytest.fixture(scope="module")
def singles(tmp_path_factory: pytest.TempPathFactory) -> Singles:
    """The frames of a toy build."""
    return read([build(tmp_path_factory.mktemp("singles"))], side=SIZE.vqgan.side)


def test_pictures_depend_on_seed_epoch_and_number_alone(singles: Singles) -> None:
    """However they are grouped they are the same; another epoch mirrors others."""
    task = LearnPictures(StageOne(SIZE.vqgan, Weights()), singles, singles, seed=3)
    rows = list(range(12))
    (whole,) = task.batches(2, [rows])
    halves = torch.cat(list(task.batches(2, [rows[:5], rows[5:]])))
    assert torch.equal(whole, halves)
    (other,) = task.batches(3, [rows])
    is_same = [bool(torch.equal(a, b)) for a, b in zip(whole, other, strict=True)]
    assert 0 < sum(is_same) < len(rows)
    mirrored = [bool(torch.equal(a.flip(-1), b)) for a, b in zip(whole, other, strict=True)]
    assert all(same or flipped for same, flipped in zip(is_same, mirrored, strict=True))
