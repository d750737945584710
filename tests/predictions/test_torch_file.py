"""`.pt` files are read without torch, and nothing in one is ever run."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import PredictionError
from storybench.predictions.torch_file import torch_block


def saved(path: Path, value: Any, **options: Any) -> Path:
    torch.save(value, path, **options)
    return path


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.uint8]
)
def test_each_story_is_as_torch_has_it(dtype: torch.dtype, tmp_path: Path) -> None:
    """Element i of the block is tensor[i], for every type that pictures have."""
    tensor = (torch.rand(3, 4, 3, 8, 8) * 250).to(dtype)
    block = torch_block(saved(tmp_path / "a.pt", tensor), "a.pt")
    assert block.shape == tensor.shape
    for story in range(3):
        assert np.array_equal(block.element(story), tensor[story].to(torch.float64).numpy())


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[1:],
        lambda t: t.transpose(1, 2),
        lambda t: t.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3),
        lambda t: t[:, :, :, ::2],
        lambda t: t.clone().requires_grad_(),
    ],
)
def test_views_are_read_as_torch_shows_them(change: Any, tmp_path: Path) -> None:
    """A part, an exchange of axes, channels last: what lies on disk is read as it is meant."""
    tensor = change(torch.rand(3, 4, 3, 8, 8))
    block = torch_block(saved(tmp_path / "a.pt", tensor), "a.pt")
    for story in range(len(tensor)):
        assert np.array_equal(block.element(story), tensor[story].detach().numpy())


@pytest.mark.parametrize(
    "value",
    [
        {"images": torch.zeros(2)},
        [torch.zeros(2)],
        "text",
        torch.nn.Linear(2, 2),
        torch.zeros(2, dtype=torch.int64),
        torch.zeros(2).to_sparse(),
        torch.zeros(2, 1).expand(2, 5),
    ],
)
def test_anything_but_one_tensor_is_refused(value: Any, tmp_path: Path) -> None:
    """Checkpoints, lists, modules and tensors of other kinds are told, and what to save instead."""
    with pytest.raises(PredictionError, match=r"in a\.pt"):
        torch_block(saved(tmp_path / "a.pt", value), "a.pt")


def test_files_before_the_zip_are_refused(tmp_path: Path) -> None:
    """The format of torch before 1.6 is a bare pickle: it is not read."""
    path = saved(tmp_path / "a.pt", torch.zeros(2), _use_new_zipfile_serialization=False)
    with pytest.raises(PredictionError, match="Save it again with a newer torch"):
        torch_block(path, "a.pt")


class Harm:
    """A pickle that would run a command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


def archive(path: Path, pickled: bytes, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", pickled)
        for name, data in members.items():
            file.writestr(f"archive/{name}", data)
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_a_harmful_pickle_is_never_run(protocol: int, tmp_path: Path) -> None:
    """Whatever a pickle asks for, nothing is imported or called."""
    pickled = pickle.dumps(Harm(tmp_path / "harmed"), protocol)
    with pytest.raises(PredictionError, match="one tensor of numbers"):
        torch_block(archive(tmp_path / "a.pt", pickled, {"data/0": b"1234"}), "a.pt")
    assert not (tmp_path / "harmed").exists()


def test_a_description_that_does_not_fit_its_numbers_is_refused(tmp_path: Path) -> None:
    """Shape, strides and offset are compared with the bytes that are there."""
    saved(tmp_path / "a.pt", torch.zeros(7, 11))
    with zipfile.ZipFile(tmp_path / "a.pt") as file:
        (name,) = [name for name in file.namelist() if name.endswith("data.pkl")]
        pickled = file.read(name)
    whole = {"data/0": b"\0" * 7 * 11 * 4}
    assert torch_block(archive(tmp_path / "b.pt", pickled, whole), "b").shape == (7, 11)
    for before, after in ((b"K\x07", b"K\x08"), (b"K\x0b", b"K\x0c"), (b"K\x00K", b"K\x01K")):
        assert before in pickled
        wrong = pickled.replace(before, after)
        with pytest.raises(PredictionError):
            torch_block(archive(tmp_path / "c.pt", wrong, whole), "c")
    with pytest.raises(PredictionError, match="77 numbers in 300 bytes"):
        torch_block(archive(tmp_path / "d.pt", pickled, {"data/0": b"\0" * 300}), "d")
    with pytest.raises(PredictionError, match="no numbers for it"):
        torch_block(archive(tmp_path / "e.pt", pickled, {}), "e")


def test_packed_numbers_and_long_pickles_are_refused(tmp_path: Path) -> None:
    """Numbers are read where they lie, so they may not be packed; a pickle is short."""
    saved(tmp_path / "a.pt", torch.zeros(70))
    with zipfile.ZipFile(tmp_path / "a.pt") as file:
        parts = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    with pytest.raises(PredictionError, match="packed numbers"):
        torch_block(tmp_path / "b.pt", "b.pt")
    with pytest.raises(PredictionError, match="Is it a checkpoint"):
        torch_block(archive(tmp_path / "c.pt", b"\x80\x02N." + b"x" * 100_000, {}), "c.pt")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_an_error_of_ours(data: st.DataObject) -> None:
    """Any byte changed, or the file cut anywhere: a tensor or a PredictionError, nothing else."""
    buffer = io.BytesIO()
    torch.save(torch.zeros(2, 3), buffer)
    whole = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    path = Path(os.environ["STORYBENCH_HOME"]) / "a.pt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(whole[:cut] if data.draw(st.booleans()) else whole))
    try:
        block = torch_block(path, "a.pt")
        if len(block.shape) and 0 not in block.shape:
            block.element(0)
    except PredictionError:
        pass
