"""A run on disk: what it is, and its checkpoints, each whole or absent.

::

    run.json                      recipe, task, versions, command
    metrics.jsonl tensorboard/    see `log`
    samples/step-00000100.png
    checkpoints/step-00000100/    a model in its own format, and beside it
        state/                    what is needed to go on: see `state`, and place.json
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from storybench.errors import InputError
from storybench.files import expect_folder, read_json, space_guard, sync_folder, write_json
from storybench.lock import only_one
from storymodels.training.recipe import Recipe

RUN, CHECKPOINTS, SAMPLES = "run.json", "checkpoints", "samples"
STATE, PLACE, WEIGHTS = "state", "place.json", "model.safetensors"
MOMENTS, RAW = "optimiser.safetensors", "raw.safetensors"

SHOWN = 3
"""Of all that differs between two runs, how much a message says."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is written of a run, in steps; it changes nothing of what is learned.

    The newest `keep` checkpoints stay. `sample_every` and `draw` are for sheets of samples.
    """

    log_every: int = 1
    checkpoint_every: int = 500
    keep: int = 2
    sample_every: int | None = None

    def __post_init__(self) -> None:
        for name in ("log_every", "checkpoint_every", "keep", "sample_every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                option = f"--{name.replace('_', '-')}"
                raise InputError(f"Expected {option} to be at least 1, found {value}.")


@contextmanager
def opened(run: Path, *, is_first: bool) -> Iterator[None]:
    """Have a run folder for oneself; the first process alone locks it.

    Raises:
        InputError: another training is at work there, or a file is in the way.
    """
    expect_folder(run, what="the run")
    with space_guard(run):
        run.mkdir(parents=True, exist_ok=True)
    with only_one(run / ".lock", what="training") if is_first else nullcontext():
        yield


def begin(
    run: Path, recipe: Recipe, record: Mapping[str, Any], *, command: str, is_first: bool
) -> None:
    """Write `run.json`, or see that the run that is there is this one.

    A run that has no checkpoint yet is none that could go on: another may take its place.

    Raises:
        InputError: there is another run, or something else.
    """
    identity = json.loads(json.dumps({"recipe": asdict(recipe), **record}))
    path = run / RUN
    if not path.is_file() and (run / CHECKPOINTS).exists():
        raise InputError(
            f"Expected {RUN} beside the checkpoints in {run}, found none. Choose another folder."
        )
    if newest(run) is not None:
        _expect_same(run, read_json(path).get("identity"), identity)
    elif is_first:
        versions = {
            "storybench": version("storybench"),
            "torch": torch.__version__,
            "python": platform.python_version(),
        }
        write_json(
            path,
            {"schema_version": 1, "identity": identity, "versions": versions, "command": command},
        )


def newest(run: Path) -> Path | None:
    """The newest checkpoint of a run."""
    return next(reversed(checkpoints(run)), None)


def checkpoints(run: Path) -> list[Path]:
    """The checkpoints of a run, the newest last."""
    found = (run / CHECKPOINTS).glob("step-*")
    return sorted((path for path in found if re.fullmatch(r"step-[0-9]+", path.name)), key=step_of)


def step_of(checkpoint: Path) -> int:
    """How many steps were made before it."""
    return int(checkpoint.name.removeprefix("step-"))


def sample_path(run: Path, step: int) -> Path:
    """Where the sheet of samples after so many steps is."""
    return run / SAMPLES / f"{_name(step)}.png"


def write_checkpoint(run: Path, step: int, write: Callable[[Path], None], *, keep: int) -> Path:
    """Have a checkpoint written, whole or not at all; then only the newest few are left.

    Raises:
        NoSpaceError: the disk is full; the checkpoints before are kept.
    """
    folder = run / CHECKPOINTS / _name(step)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    with space_guard(folder):
        for left in (run / CHECKPOINTS).glob(".step-*.partial"):
            shutil.rmtree(left)
        (partial / STATE).mkdir(parents=True)
        try:
            write(partial)
            if folder.exists():
                shutil.rmtree(folder)
            partial.rename(folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    for old in checkpoints(run)[:-keep]:
        gone = old.with_name(f".{old.name}.{os.getpid()}.partial")
        old.rename(gone)
        shutil.rmtree(gone)
    return folder


def _name(step: int) -> str:
    return f"step-{step:08d}"


def _expect_same(run: Path, found: Any, asked: Mapping[str, Any]) -> None:
    before, now = _flat(found), _flat(asked)
    differ = [
        f"{name} {_said(now, name)} instead of {_said(before, name)}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]
    if differ:
        more = f" and {len(differ) - SHOWN} more" if len(differ) > SHOWN else ""
        raise InputError(
            f"Expected to go on with the training in {run} as it was begun, found "
            f"{', '.join(differ[:SHOWN])}{more}. Choose another folder, or begin as {RUN} says."
        )


def _said(flat: Mapping[str, Any], name: str) -> str:
    return json.dumps(flat[name]) if name in flat else "nothing"


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Values by dotted names.

    >>> _flat({"a": {"b": 1, "c": [2]}})
    {'a.b': 1, 'a.c': [2]}
    """
    if not isinstance(value, Mapping):
        return {name: value}
    found = {}
    for key, of in value.items():
        found.update(_flat(of, f"{name}.{key}" if name else str(key)))
    return found
