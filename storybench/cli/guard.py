"""How a command ends: every error as one sentence and its exit code, every signal cleanly.

0 done · 1 a bug · 2 wrong usage or invalid input · 3 finished with losses beyond `--max-drops` ·
4 something needed is missing · 5 verification failed · 130 Ctrl-C · 141 the reader of our output
went away · 143 SIGTERM. A traceback is shown with `-vv` only.

Of several processes, as torchrun starts them, each ends with its own code, but what all of them
have to say is said once. The first says everything. Another that fails waits a little: if it is
ended meanwhile, as torchrun ends all when one has ended, somebody else has said what is wrong. If
nobody ends it, it alone knows, and says so with its number. They ask each other nothing, since one
that fails may be unable to answer. That torchrun stopped them is said by the first alone.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import NoReturn, ParamSpec, TypeVar

import typer

from storybench.cli import console
from storybench.cli.refusal import refusal
from storybench.errors import InputError, MissingError, StorybenchError
from storybench.metrics import ranks

P = ParamSpec("P")
R = TypeVar("R")

INTERRUPTED, PIPE_CLOSED, TERMINATED = 130, 141, 143
KEPT = "What was finished is kept: run the same command again."
OUT_OF_MEMORY = (
    "Expected room in the memory of the GPU, found it full. Choose a smaller --batch, --dtype "
    "bfloat16 (to train, --precision bf16 or --recompute), or a larger device."
)
PATIENCE = 20.0
"""Seconds that another process than the first waits to be ended, before it says what is wrong.

On a busy machine one that has loaded torch takes five to end.
"""

verbosity = 0


class Interrupted(KeyboardInterrupt):
    """Ctrl-C arrived.

    A kind of its own, because Python 3.11 remembers a plain `KeyboardInterrupt` that leaves code
    run from text (every `dataclass` being made is that) and, caught or not, ends by SIGINT.
    """


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived; whoever cleans up after Ctrl-C cleans up after this too."""


def set_verbosity(level: int) -> None:
    """0: sentences only; 2 and more: tracebacks as well."""
    global verbosity
    verbosity = level


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that it ends with a sentence and a documented exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = command(*args, **kwargs)
            sys.stdout.flush()
            return result
        except Terminated:
            _stop("SIGTERM", TERMINATED)
        except KeyboardInterrupt:
            _stop("Ctrl-C", INTERRUPTED)
        except StorybenchError as error:
            _end(str(error), error.exit_code)
        except ModuleNotFoundError as error:
            _end(_missing_package(error), MissingError.exit_code)
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(PIPE_CLOSED) from error
        except OSError as error:
            _end(*refusal(error))
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            _end(OUT_OF_MEMORY, InputError.exit_code)

    return run


def install() -> None:
    """Turn signals into exceptions and unexpected errors into one line."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _on_sigint)  # one that is ignored (`nohup … &`) stays ignored
    sys.excepthook = _on_bug


def _stop(by: str, code: int) -> NoReturn:
    if _rank() == 0:
        _complain(f"Stopped by {by}. {KEPT}", sys.exc_info()[1])
    raise typer.Exit(code)


def _end(message: str, code: int) -> NoReturn:
    _tell(message, sys.exc_info()[1])
    raise typer.Exit(code)


def _tell(message: str, error: BaseException | None) -> None:
    """Say what is wrong, unless another process has said it."""
    if rank := _rank():
        try:
            time.sleep(PATIENCE)
        except KeyboardInterrupt:
            return
        message = f"rank {rank}: {message}"
    _complain(message, error)


def _complain(message: str, error: BaseException | None) -> None:
    if verbosity >= 2:
        traceback.print_exception(error)
    console.complain(message)


def _rank() -> int:
    """The number of this process, 0 where there is one; nothing is refused here."""
    try:
        return ranks.place()[0]
    except InputError:
        return 0


def _missing_package(error: ModuleNotFoundError) -> str:
    return (
        f"Expected the package {error.name!r}, which this command needs; it is not installed. "
        "Install it with: pip install 'storybench[all]'"
    )


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU is full: torch says it, or a library that it calls, such as cuBLAS.

    Torch is imported here by nobody.
    """
    if (torch := sys.modules.get("torch")) is None:
        return False
    is_of_library = re.search(r"CUDA.*out of memory|ALLOC_FAILED", str(error)) is not None
    return isinstance(error, torch.OutOfMemoryError) or is_of_library


def _on_sigint(number: int, frame: FrameType | None) -> NoReturn:
    raise Interrupted


def _on_sigterm(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _on_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _tell(
        f"This is a bug in storybench: {kind.__name__}: {error}. Nothing that was finished is "
        "lost. Run the same command as `storybench -vv …` and send us the traceback.",
        error,
    )
