"""Is a file of parameters read whole, and anything else refused in words of ours?"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from storybench.errors import InputError
from storybench.metrics import inception
from storybench.metrics.parameters import read


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """A torch file with something that is no tensor."""
    torch.save({"weight": torch.ones(2), "callback": Path("x")}, tmp_path / "objects.pt")
    return tmp_path / "objects.pt"


def test_parameters_are_read_as_float32(tmp_path: Path) -> None:
    """Whole numbers stay what they are."""
    torch.save({"a": torch.ones(2).half(), "n": torch.tensor(3)}, tmp_path / "a.pt")
    found = read(tmp_path / "a.pt", what="parameters")
    assert (found["a"].dtype, found["n"].dtype) == (torch.float32, torch.int64)


def test_objects_are_refused_without_the_advice_of_torch(objects: Path) -> None:
    """Which is to read the file whatever it holds; of the network behind FID too."""
    with pytest.raises(
        InputError, match=r"objects\.pt, found pickled objects .* run code"
    ) as error:
        read(objects, what="the parameters of a CLIP")
    with pytest.raises(InputError, match="parameters of the 2015 Inception") as of_fid:
        inception.read(objects)
    for said in (str(error.value), str(of_fid.value)):
        assert "weights_only" not in said
        assert "trust the source" not in said
        assert "\n" not in said


@pytest.mark.parametrize("name", ["cut.pt", "cut.safetensors"])
def test_a_damaged_file_is_called_so(objects: Path, name: str) -> None:
    """Whatever it ends in; an empty one is called that."""
    path = objects.with_name(name)
    path.write_bytes(objects.read_bytes()[:200])
    with pytest.raises(
        InputError, match=rf"parameters in .*{name}, found a damaged one: .*again\."
    ):
        read(path, what="parameters")
    objects.write_bytes(b"")
    with pytest.raises(InputError, match="found an empty file"):
        read(objects, what="parameters")
