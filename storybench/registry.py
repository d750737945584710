"""Datasets, models, metrics and extractors by name, found through entry points.

Our own parts register in `pyproject.toml` exactly as a third party's package would, so anything we
can add, anyone can. Nothing is imported until its name is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from storybench.errors import MissingError, UnknownNameError
from storybench.spelling import did_you_mean

if TYPE_CHECKING:
    from storybench.types import (
        BuildResult,
        FileGuide,
        Prediction,
        Progress,
        RawCheck,
        Story,
        StoryPrompt,
        Survey,
    )

OURS = "storybench"

Kind = Literal[
    "datasets",
    "twins",
    "models",
    "trainers",
    "checkpoints",
    "analyses",
    "studies",
    "metrics",
    "extractors",
]


class Dataset(Protocol):
    """What `storybench.datasets` registers: one raw release and how it becomes shards.

    `options` are those of the dataset's own command (`storybench build-didemo --help`).
    """

    def recognise(self, raw: Path) -> str | None:
        """Why this folder holds this release, in half a sentence; None if it does not."""
        ...

    def guide(self) -> tuple[FileGuide, ...]:
        """Every kind of file of the release and what it is for."""
        ...

    def check(
        self, raw: Path, *, deep: bool = False, on_progress: Progress | None = None
    ) -> RawCheck:
        """Look at a raw folder file by file; `deep` also decodes every picture and archive.

        Raises:
            MissingError: nothing of the release is there.
        """
        ...

    def survey(
        self, raw: Path, out: Path, *, workers: int = 1, options: Mapping[str, Any]
    ) -> Survey:
        """Say what a build would find, miss, need and cost, without writing anything."""
        ...

    def build(
        self,
        raw: Path,
        out: Path,
        *,
        workers: int = 1,
        engine_name: str = "pool",
        rank: int = 0,
        world: int = 1,
        options: Mapping[str, Any],
        on_progress: Progress | None = None,
    ) -> BuildResult:
        """Build the shards, or continue an interrupted build; or make the share of one rank."""
        ...


class Twin(Protocol):
    """What `storybench.twins` registers: a function that writes a raw release of the toy world.

    `held_out` is the name of a character whom only test has; one without labels of characters
    refuses it.
    """

    def __call__(
        self,
        raw: Path,
        *,
        stories: int = 60,
        seed: int = 0,
        numbered: bool = False,
        held_out: str | None = None,
        workers: int = 1,
        on_progress: Progress | None = None,
    ) -> Mapping[str, int]:
        """Write the release; returns how many files of each kind it holds."""
        ...


class Model(Protocol):
    """What `storybench.models` registers: a class without arguments, made anew for each run."""

    def describe(self) -> Mapping[str, Any]:
        """Name, version and settings, recorded with the predictions."""
        ...

    def prepare(self, train: Sequence[Story]) -> None:
        """Look at the training stories once, before the first prompt; may be empty."""
        ...

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        """Square frames, uint8 RGB (t, s, s, 3); the same for the same prompt and seed."""
        ...


@runtime_checkable
class BatchModel(Model, Protocol):
    """A model that draws several stories at once, and each story several times if it is asked to.

    A story's pictures are the same whatever the batch, or what the model says in `describe` differs
    by it. `batch` is how many stories it likes to be given, `n_candidates` how often it draws each.
    """

    batch: int
    n_candidates: int

    def generate_batch(
        self,
        prompts: Sequence[StoryPrompt],
        *,
        seeds: Sequence[int],
        on_step: Callable[[int, int], None] | None = None,
    ) -> Sequence[Sequence[Prediction]]:
        """The candidates of each story; `on_step` is told how much of the batch is done."""
        ...

    def expected_bytes(self) -> int:
        """The most memory of its device that weights and one batch need."""
        ...

    def peak_bytes(self) -> int:
        """The most memory that has been in use so far."""
        ...


class Checkpoint(Protocol):
    """What `storybench.checkpoints` registers: a kind of file or folder with a trained model in it.

    `options` are those of `storybench generate` that were given, by name.
    """

    def recognise(self, path: Path) -> str | None:
        """Why this is such a checkpoint, in half a sentence; None if it is not."""
        ...

    def open(self, path: Path, options: Mapping[str, Any], *, data: Path | None = None) -> Model:
        """The model, ready to draw; `data` is the build of the stories, if there is one.

        Raises:
            MissingError: something beside the checkpoint is needed and not there.
            InputError: it is damaged or cannot draw stories, or an option does not fit it.
        """
        ...


class Analysis(Protocol):
    """What `storybench.analyses` registers: a look into a trained model, on a build."""

    def __call__(
        self,
        path: Path,
        data: Path,
        *,
        split: str,
        limit: int | None = None,
        options: Mapping[str, Any] | None = None,
        on_progress: Progress | None = None,
    ) -> Mapping[str, Any]:
        """What was found, as JSON values.

        Args:
            path: the checkpoint.
            data: the folder of a finished build.
            split: whose stories to look at.
            limit: at most so many, spread over the split.
            options: of the analysis, by name.
            on_progress: called as it goes on.

        Raises:
            MissingError: something is not there.
            InputError: it is another kind of checkpoint, or an option does not fit.
        """
        ...


class Trainer(Protocol):
    """What `storybench.trainers` registers: a model that `storybench train` can train."""

    def presets(self) -> Mapping[str, str]:
        """The named ways to train it, and half a sentence of each."""
        ...

    def train(
        self,
        data: Path,
        out: Path,
        *,
        preset: str,
        options: Mapping[str, Any],
        on_progress: Progress | None = None,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> Mapping[str, Any]:
        """Train on a build, or go on with a run that was stopped in `out`.

        Args:
            data: the folder of a finished build.
            out: a new folder, or that of this very run.
            preset: one of `presets`.
            options: those of `storybench train` that were given, by name; they change the preset.
            on_progress: told of work before the first step, then of every step.
            say: told in sentences what was found and is about to happen.

        Returns:
            What was made, as JSON values: `checkpoint`, `steps`, `loss`, `seconds`.

        Raises:
            UnknownNameError: no preset of that name.
            MissingError: data, weights or a device is not there.
            InputError: an option makes no sense, or `out` holds another run.
        """
        ...


def names(kind: Kind) -> tuple[str, ...]:
    """Every registered name of that kind, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=f"storybench.{kind}")}))


def load(kind: Kind, name: str) -> Any:
    """The registered object.

    Raises:
        UnknownNameError: nothing of that name is registered; lists close matches.
        MissingError: it is registered but a package that it imports is not installed; says whose
            part it is.
    """
    point = _find(kind, name)
    try:
        return point.load()
    except ModuleNotFoundError as error:
        raise MissingError(
            f"Expected the package {error.name!r}, which {_one_of(kind)} {name!r} needs; it is not "
            f"installed. {_cure(point)}"
        ) from error


def is_ours(kind: Kind, name: str) -> bool:
    """Whether this package itself registers a part, so that its source says all that it does.

    Raises:
        UnknownNameError: nothing of that name is registered.
    """
    point = _find(kind, name)
    return point.dist is not None and point.dist.name == OURS


def _one_of(kind: Kind) -> str:
    """The singular of a kind.

    >>> _one_of("studies"), _one_of("analyses"), _one_of("models")
    ('study', 'analysis', 'model')
    """
    return {"studies": "study", "analyses": "analysis"}.get(kind, kind[:-1])


def _cure(point: EntryPoint) -> str:
    """What to install for a part that misses something: our extras, or what its maker says."""
    if point.dist is None or point.dist.name == OURS:
        return f"Install it with: pip install '{OURS}[all]'"
    return (
        f"{point.dist.name} {point.dist.version} registered it: install what that package asks for."
    )


def _find(kind: Kind, name: str) -> EntryPoint:
    for point in entry_points(group=f"storybench.{kind}"):
        if point.name == name:
            return point
    known = names(kind)
    hint = did_you_mean(name, known) or f" Known: {', '.join(known)}."
    raise UnknownNameError(f"Expected the name of one of the {kind}, found {name!r}.{hint}")
