"""Does each distinct picture go through the VQGAN once, ever, and come out as it would alone?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from storybench.home import VARIABLE, features_dir
from storybench.loader import Transform, draw_of
from storymodels.storydalle.inputs.codes import Codes, Planes, key_of, weights_sha256
from storymodels.storydalle.sizes import VqganSize
from storymodels.storydalle.vqgan import Vqgan

SIZE = VqganSize(16, 32, (1, 1), 1, 8, 32, 8, 32)


class Counting(Vqgan):
    """A small VQGAN that keeps count of the pictures it saw."""

    def __init__(self, *, seed: int = 0) -> None:
        torch.manual_seed(seed)
        super().__init__(SIZE)
        torch.nn.init.normal_(self.codebook.weight, std=0.3)
        self.eval()
        self.n_seen = 0

    def encode(self, images: Tensor) -> Tensor:
        self.n_seen += len(images)
        return super().encode(images)


def pictures(n: int, *, seed: int = 0) -> list[Planes]:
    """Noise."""
    drawn = np.random.default_rng(seed).integers(0, 256, (n, 3, 16, 16), np.uint8)
    return list(drawn)


def test_equal_pictures_are_encoded_once_in_all_runs() -> None:
    """Within a call, between calls and between runs."""
    a, b, c = pictures(3)
    vqgan = Counting()
    codes = Codes(vqgan, batch=2)
    found = codes([a, b, a.copy(), c, b])
    assert vqgan.n_seen == 3
    assert found.shape == (5, 64)
    assert torch.equal(found[[0, 1]], found[[2, 4]])
    assert len(found.unique(dim=0)) == 3
    codes([c, a])
    again = Counting()
    assert torch.equal(Codes(again)([c, pictures(1, seed=1)[0], a])[[0, 2]], found[[3, 0]])
    assert (vqgan.n_seen, again.n_seen) == (3, 1)


def test_codes_are_those_of_the_pictures_as_the_loader_scales_them() -> None:
    """From bytes as from its floats, bit for bit the same input."""
    image = np.random.default_rng(5).integers(0, 256, (24, 30, 3), np.uint8)
    vqgan, draw = Counting(), draw_of(0)
    floats = Transform(16, scale="signed")([image], draw)
    as_bytes = Transform(16, scale="bytes")([image], draw)
    assert np.array_equal(
        torch.from_numpy(as_bytes).float().div(127.5).sub(1).numpy(), floats, equal_nan=True
    )
    assert torch.equal(Codes(vqgan)(as_bytes), vqgan.encode(torch.from_numpy(floats)))


def test_other_weights_have_other_codes_and_another_drawing_part_has_not() -> None:
    """What only draws, no code depends on."""
    first, other, drawing = Counting(), Counting(seed=1), Counting()
    torch.nn.init.zeros_(drawing.decoder.last.weight)
    assert weights_sha256(first) == weights_sha256(drawing) != weights_sha256(other)
    some = pictures(2)
    found = Codes(first)(some)
    assert torch.equal(Codes(drawing)(some), found)
    assert drawing.n_seen == 0
    assert not torch.equal(Codes(other)(some), found)
    assert len(list(features_dir().glob("codes-*"))) == 2
    norm = other.encoder.norm
    norm.num_groups = norm.num_groups // 2  # the weights do not tell
    assert weights_sha256(other) != weights_sha256(Counting(seed=1))


def test_a_damaged_file_is_computed_again() -> None:
    """As if it had never been."""
    found = Codes(Counting())(pictures(2))
    (path,) = features_dir().rglob("*.npy")
    path.write_bytes(path.read_bytes()[:-2] + b"\xff\xff")
    again = Counting()
    assert torch.equal(Codes(again)(pictures(2)), found)
    assert again.n_seen == 2


def test_the_shape_of_a_picture_counts_too() -> None:
    """Equal bytes are not equal pictures."""
    (a,) = pictures(1)
    assert key_of(a) == key_of(a.copy()) != key_of(a.reshape(3, 8, 32))


def test_autocast_around_it_changes_nothing() -> None:
    """Codes are computed in float32 whatever the training loop does."""
    some = pictures(4)
    found = Codes(Counting(), folder=features_dir() / "one")(some)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = Codes(Counting(), folder=features_dir() / "two")(some)
    assert torch.equal(inside, found)
    with pytest.raises(ValueError, match=r"VQGAN in float32, found torch\.bfloat16"):
        Codes(Counting().bfloat16())


AT_ONCE = """
import sys
from pathlib import Path
from storymodels.storydalle.inputs import codes
from tests.storydalle.inputs.test_codes import Counting, pictures
one = codes.Codes(Counting(), folder=Path(sys.argv[1]))
for start in range(0, 24, 4):
    one(pictures(24)[start:start + 4])
"""


@pytest.mark.slow
def test_two_processes_may_encode_at_once(tmp_path: Path) -> None:
    """Both end, and a third finds everything."""
    command = [sys.executable, "-c", AT_ONCE, str(tmp_path / "codes")]
    env = {**os.environ, VARIABLE: str(tmp_path), "OMP_NUM_THREADS": "1"}
    workers = [subprocess.Popen(command, env=env) for _ in range(2)]
    assert [worker.wait(timeout=300) for worker in workers] == [0, 0]
    third = Counting()
    found = Codes(third, folder=tmp_path / "codes")(pictures(24))
    assert third.n_seen == 0
    assert torch.equal(found, Counting().encode(torch.tensor(np.stack(pictures(24))) / 127.5 - 1))
