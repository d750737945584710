"""What was recognised in a folder: which layout, why, how complete it is, and what is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storybench.errors import PredictionError
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.split import Split
from storybench.predictions.manifest import find_manifest
from storybench.predictions.mapped import MappedPredictions
from storybench.predictions.reader import Picture, Predictions
from storybench.predictions.store import PredictionSet

Pictures = Mapping[tuple[str, int], Picture]
"""Where each picture lies, by story id and frame: 1…T are targets, 0 is the source's place."""

SHOWN = 5


@dataclass(frozen=True)
class Question:
    """What cannot be known from the names, and the option that answers it."""

    option: str
    text: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        choices = f" Choices: {', '.join(self.choices)}." if self.choices else ""
        return f"--{self.option}: {self.text}{choices}"


@dataclass(frozen=True)
class Found:
    """What one layout makes of a folder.

    `pictures` is None where a question is open or the folder is refused. `used` are the files that
    belong to the layout, `left_out` those known to stand beside the pictures (real images, grids).
    """

    why: tuple[str, ...]
    confidence: float = 0.9
    pictures: Pictures | None = None
    questions: tuple[Question, ...] = ()
    refusal: str | None = None
    notes: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    frames: tuple[int, ...] = ()


@dataclass(frozen=True)
class Layout:
    """One producer family's way to lay out pictures.

    `example` is a name of its files with numbers as "#"; `recognised` says by what it is known,
    `meaning` what the names mean, `traps` what has gone wrong with it, `upstream` where its writer
    stands (repository@commit:file:lines). `look` returns None for a folder of another layout.
    """

    id: str
    name: str
    producer: str
    example: str
    recognised: str
    meaning: str
    traps: tuple[str, ...]
    upstream: tuple[str, ...]
    look: Callable[[Folder, Split, Answers], Found | None]

    @property
    def called(self) -> str:
        """Id and name, once where they are the same."""
        return " ".join(dict.fromkeys((self.id, self.name)))


@dataclass(frozen=True, eq=False)
class Recognition:
    """What lies in a folder, and what of it can be scored.

    `counts` says what the number of stories or pictures is known from; `sizes` counts pictures by
    "width x height"; `missing` are targets that are not there; `extra` files that belong to nothing
    here, `left_out` files that were recognised as no predictions.
    """

    directory: Path
    layout: Layout
    why: tuple[str, ...]
    confidence: float
    n_stories: int
    n_stories_expected: int
    n_targets_found: int
    n_targets_expected: int
    frames: tuple[int, ...]
    counts: tuple[str, ...]
    sizes: Mapping[str, int]
    missing: tuple[tuple[str, int], ...]
    extra: tuple[str, ...]
    left_out: tuple[str, ...]
    questions: tuple[Question, ...]
    refusal: str | None
    notes: tuple[str, ...]
    pictures: Pictures | None = field(repr=False)

    @property
    def can_be_scored(self) -> bool:
        """Whether it is known which picture is which; not whether all are there."""
        return self.pictures is not None and self.refusal is None and not self.questions

    @property
    def is_complete(self) -> bool:
        """Whether every target of every story is there."""
        return self.can_be_scored and not self.missing

    def require(self) -> Recognition:
        """The recognition itself, if the pictures can be told apart.

        Raises:
            PredictionError: the layout cannot be scored, or a question is open; says what to do.
        """
        head = f"Recognised {self.layout.producer} ({self.layout.id}) in {self.directory}"
        if self.refusal is not None:
            raise PredictionError(f"{head}, which cannot be scored as it is. {self.refusal}")
        if self.questions:
            lines = "".join(f"\n  {question}" for question in self.questions)
            raise PredictionError(
                f"{head}; expected to be told what its names do not say. Answer with:{lines}"
            )
        return self

    def predictions(self) -> Predictions:
        """A reader of the pictures where they lie.

        Raises:
            PredictionError: as `require`; or a manifest that can't be read.
            VerificationError: `predictions.json` was edited after it was written.
        """
        self.require()
        if self.layout.id == "canonical":
            return PredictionSet(self.directory)
        return MappedPredictions(
            self.directory,
            layout=self.layout.name,
            pictures=self.pictures or {},
            made=find_manifest(self.directory),
        )

    def summary(self) -> dict[str, Any]:
        """All of it in JSON values, the missing ones counted and the first few named."""
        return {
            "directory": str(self.directory),
            "layout": self.layout.id,
            "name": self.layout.name,
            "producer": self.layout.producer,
            "meaning": self.layout.meaning,
            "upstream": list(self.layout.upstream),
            "traps": list(self.layout.traps),
            "why": list(self.why),
            "confidence": self.confidence,
            "stories": {"found": self.n_stories, "expected": self.n_stories_expected},
            "targets": {"found": self.n_targets_found, "expected": self.n_targets_expected},
            "frames": list(self.frames),
            "counts": list(self.counts),
            "sizes": dict(self.sizes),
            "n_missing": len(self.missing),
            "missing": [list(one) for one in self.missing[:SHOWN]],
            "n_extra": len(self.extra),
            "extra": list(self.extra[:SHOWN]),
            "n_left_out": len(self.left_out),
            "left_out": list(self.left_out[:SHOWN]),
            "questions": [
                {"option": f"--{one.option}", "text": one.text, "choices": list(one.choices)}
                for one in self.questions
            ],
            "refusal": self.refusal,
            "notes": list(self.notes),
            "can_be_scored": self.can_be_scored,
            "is_complete": self.is_complete,
        }
