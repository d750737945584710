"""Does a command end with a sentence where it is no bug that ended it?"""

from __future__ import annotations

import pytest
import torch
import typer
from typer.testing import CliRunner

from storybench.cli import guard


def ended(error: Exception) -> tuple[int, str]:
    """The exit code and stderr of a command that fails so."""
    app = typer.Typer()

    @app.command()
    @guard.guarded
    def command() -> None:
        raise error

    done = CliRunner().invoke(app)
    if not isinstance(done.exception, SystemExit):
        assert done.exception is not None
        raise done.exception
    return done.exit_code, " ".join(done.stderr.split())


def test_a_full_gpu_is_no_bug() -> None:
    """Wrong usage, as where it is seen beforehand, and what to choose instead."""
    code, said = ended(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."))
    assert code == 2
    assert "Choose a smaller --batch, --dtype bfloat16 (" in said


def test_any_other_error_of_torch_is_one() -> None:
    """It is not caught."""
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        ended(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_torch_is_not_imported_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command without it fails as it did."""
    monkeypatch.delitem(guard.sys.modules, "torch")
    with pytest.raises(RuntimeError, match="something else"):
        ended(RuntimeError("something else"))
    assert "torch" not in guard.sys.modules
