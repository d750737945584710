"""Does a command end with a sentence where it is no bug that ended it?"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from storybench.cli import guard
from storybench.errors import InputError, MissingError
from tests.torchrun import torchrun


def ended(error: BaseException) -> tuple[int, str]:
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


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        torch.AcceleratorError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_a_full_gpu_is_no_bug(error: RuntimeError) -> None:
    """Wrong usage, as where it is seen beforehand, and what to choose instead."""
    code, said = ended(error)
    assert code == 2
    assert "Choose a smaller --batch, --dtype bfloat16 (" in said


def test_a_rename_that_is_refused_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    """Not the one that it was written as."""
    (tmp_path / "page.html").mkdir()
    (tmp_path / "partial").touch()
    with pytest.raises(IsADirectoryError) as caught:
        (tmp_path / "partial").replace(tmp_path / "page.html")
    code, said = ended(caught.value)
    assert code == 2
    page = tmp_path / "page.html"
    assert said == f"error: Expected a file at {page}, found a folder. Name another."


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The second process of two, whose waits are listed and take no time."""
    waited: list[float] = []
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(guard.time, "sleep", waited.append)
    return waited


def test_what_one_process_alone_has_met_is_said_with_its_number(waits: list[float]) -> None:
    """Nobody ends it while it waits."""
    assert ended(InputError("Expected a shard.")) == (2, "error: rank 1: Expected a shard.")
    assert waits == [guard.PATIENCE]


@pytest.mark.parametrize("signalled", [guard.Terminated, guard.Interrupted])
@pytest.mark.usefixtures("waits")
def test_what_another_process_has_said_is_not_said_again(
    monkeypatch: pytest.MonkeyPatch, signalled: type[KeyboardInterrupt]
) -> None:
    """Ended while it waits, it ends with the code of its own error."""

    def sleep(seconds: float) -> None:
        raise signalled

    monkeypatch.setattr(guard.time, "sleep", sleep)
    assert ended(MissingError("Expected weights.")) == (4, "")


def test_the_first_process_says_everything_at_once(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    """With no number, as one process does; so does one whose number is none."""
    for rank in ("0", "7"):
        monkeypatch.setenv("RANK", rank)
        assert ended(InputError("Expected a shard.")) == (2, "error: Expected a shard.")
    assert not waits


def test_only_the_first_process_says_that_all_were_stopped(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    """And none waits."""
    assert ended(guard.Terminated()) == (143, "")
    assert ended(guard.Interrupted()) == (130, "")
    monkeypatch.setenv("RANK", "0")
    assert ended(guard.Terminated()) == (143, f"error: Stopped by SIGTERM. {guard.KEPT}")
    assert not waits


@pytest.mark.slow
def test_two_processes_of_torchrun_refuse_with_one_sentence(tmp_path: Path) -> None:
    """Both end with its code."""
    out = tmp_path / "run"
    out.write_text("mine")
    asked = ("train", "storydalle", "--data", "no", "--preset", "twin-full", "--out", out)
    done = torchrun("storybench", *asked)
    assert done.returncode != 0
    assert done.stderr.count(f"Expected a folder for the run at {out}, found a file.") == 1
    assert "error: rank" not in done.stderr
    assert "exitcode  : 2 " in done.stderr


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
