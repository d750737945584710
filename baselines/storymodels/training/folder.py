"""A run on disk: what it is, and its checkpoints, each whole or absent.

::

    run.json                      recipe, task, versions, command
    metrics.jsonl tensorboard/    see `log`
    samples/step-00000100.png
    checkpoints/step-00000100/    a model in its own format, and beside it
        state/                    what is needed to go on: see `state`, place.json, sha256.json
"""

from __future__ import annotations

import json
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, TypeAdapter

from storybench.errors import InputError, MissingError
from storybench.files import expect_folder, sha256_file, space_guard, write_json
from storybench.lock import only_one
from storybench.schema import validated_json
from storybench.staging import appearing
from storymodels.training.recipe import Recipe

RUN, CHECKPOINTS, SAMPLES = "run.json", "checkpoints", "samples"
STATE, PLACE, WEIGHTS = "state", "place.json", "model.safetensors"
MOMENTS, RAW, DIGESTS = "optimiser.safetensors", "raw.safetensors", "sha256.json"

SHOWN = 3
"""Of all that differs between two runs, how much a message says."""

BROKEN = "Delete this checkpoint to go on from the one before."
"""What to do about one that is not as it was written."""

Read = TypeVar("Read", bound=BaseModel)


class About(BaseModel):
    """`run.json`: `identity` is what tells one training from another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_version: Literal[1] = 1
    identity: dict[str, Any]
    versions: dict[str, str]
    command: str


class Place(BaseModel):
    """`place.json`: with its seed, the step is the state of all random numbers too.

    `seconds` were computed before it; `scaler` is that of the gradients in fp16, else empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    step: NonNegativeInt
    seconds: NonNegativeFloat
    seed: NonNegativeInt
    scaler: dict[str, int | float]


class Digests(BaseModel):
    """`sha256.json`: of each file of the model, but for those in `state/`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """What a process finds of a run: the hash of `run.json`, and its newest checkpoint."""

    about: str | None
    checkpoint: str | None

    def __str__(self) -> str:
        about = f"{RUN} {self.about[:8]}" if self.about else f"no {RUN}"
        return f"{about} and {self.checkpoint or 'no checkpoint'}"


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


def identity_of(recipe: Recipe, record: Mapping[str, Any]) -> dict[str, Any]:
    """What two runs share if they are one, as JSON has it."""
    return json.loads(json.dumps({"recipe": asdict(recipe), **record}))


def begin(run: Path, identity: Mapping[str, Any], *, command: str) -> None:
    """Write `run.json`, or see that the run that is there is this one; for one process alone.

    A run that has no checkpoint yet is none that could go on: another may take its place.

    Raises:
        InputError: there is another run, or something else.
    """
    path = run / RUN
    if not path.is_file() and (run / CHECKPOINTS).exists():
        raise InputError(
            f"Expected {RUN} beside the checkpoints in {run}, found none. Choose another folder."
        )
    if newest(run) is not None:
        _expect_same(run, identity)
        return
    versions = {
        "storybench": version("storybench"),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    about = About(identity=dict(identity), versions=versions, command=command)
    write_json(path, about.model_dump(mode="json"))


def viewed(run: Path) -> View:
    """What this process finds of a run."""
    path, last = run / RUN, newest(run)
    return View(sha256_file(path) if path.is_file() else None, last.name if last else None)


def expect_begun(run: Path, identity: Mapping[str, Any], view: View) -> None:
    """See that this process finds the run which the first one has begun, and means it too.

    Raises:
        InputError: it finds another, or none, as on a disk of its own; or it is to train another.
    """
    found = viewed(run)
    if found != view:
        raise InputError(
            f"Expected the run folder {run} on a disk that all machines share, found {found} "
            f"where the first process finds {view}. Choose a folder that all of them see."
        )
    _expect_same(run, identity)


def newest(run: Path) -> Path | None:
    """The newest checkpoint of a run."""
    return next(reversed(checkpoints(run)), None)


def checkpoints(run: Path) -> list[Path]:
    """The checkpoints of a run, the newest last."""
    found = (run / CHECKPOINTS).glob("step-*")
    return sorted((path for path in found if re.fullmatch(r"step-[0-9]+", path.name)), key=step_of)


def checkpoint_of(run: Path, step: int) -> Path:
    """The checkpoint after so many steps."""
    return run / CHECKPOINTS / _name(step)


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
    folder = checkpoint_of(run, step)
    for left in (run / CHECKPOINTS).glob(".step-*.partial"):  # by a run that was killed
        shutil.rmtree(left)
    with appearing(folder) as partial:
        (partial / STATE).mkdir()
        write(partial)
        write_json(partial / STATE / DIGESTS, _digests(partial).model_dump(mode="json"))
    for old in checkpoints(run)[:-keep]:
        gone = old.with_name(f".{old.name}.partial")
        old.rename(gone)
        shutil.rmtree(gone)
    return folder


def expect_as_written(checkpoint: Path) -> None:
    """See that the files of a model are those that the training wrote, where it left their hashes.

    One of an older training has none, nor has a model that is no checkpoint: these pass. The file
    of the weights is read once for it: some seconds for a gigabyte.

    Raises:
        MissingError: a file is not there.
        InputError: one is another, or the hashes cannot be read.
    """
    path = checkpoint / STATE / DIGESTS
    if not path.is_file():
        return
    advice = f"Copy it again, or delete {checkpoint} to go on from the checkpoint before."
    for name, digest in sorted(_read(TypeAdapter(Digests), path, advice=advice).files.items()):
        file = checkpoint / name
        if not file.is_file():
            raise MissingError(f"Expected the file {file}, found none. {advice}")
        if sha256_file(file) != digest:
            raise InputError(f"Expected {file} as it was written, found other bytes. {advice}")


def read_place(checkpoint: Path, *, seed: int) -> Place:
    """Where a checkpoint was written, in a run of this seed.

    Raises:
        MissingError: it does not say so.
        InputError: it says so in other terms, or is another step's or seed's.
    """
    path = checkpoint / STATE / PLACE
    place = _read(TypeAdapter(Place), path, advice=BROKEN)
    for name, value, wanted in (
        ("step", place.step, step_of(checkpoint)),
        ("seed", place.seed, seed),
    ):
        if value != wanted:
            raise InputError(f"Expected {name} {wanted} in {path}, found {value}. {BROKEN}")
    return place


def _read(adapter: TypeAdapter[Read], path: Path, *, advice: str) -> Read:
    """A JSON file of a run; what is wrong with it ends with the advice."""
    if not path.is_file():
        raise MissingError(f"Expected the file {path}, found none. {advice}")
    try:
        return validated_json(adapter, path.read_bytes(), name=str(path))
    except InputError as error:
        raise InputError(f"{error} {advice}") from error


def _digests(folder: Path) -> Digests:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return Digests(files={path.name: sha256_file(path) for path in files})


def _name(step: int) -> str:
    return f"step-{step:08d}"


def _expect_same(run: Path, asked: Mapping[str, Any]) -> None:
    advice = "Put back the file as it was, or choose another folder."
    before = _flat(_read(TypeAdapter(About), run / RUN, advice=advice).identity)
    now = _flat(asked)
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
