"""What every dataset of ours has in common: raw folder and options make a recipe, to be built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storybench.types import BuildResult, Progress
from storydata.kit.building.build import build
from storydata.kit.building.recipe import Recipe


class Buildable(ABC):
    """The building half of `storybench.registry.Dataset`."""

    @abstractmethod
    def recipe(self, raw: Path, options: Mapping[str, Any]) -> Recipe:
        """The recipe for what lies in a raw folder.

        Raises:
            MissingError: what a build cannot do without is not there.
            InputError: an option does not fit, or a file is not what was expected.
        """

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
        """Build the shards, or continue an interrupted build; or make the share of one rank.

        Raises:
            MissingError: what a build cannot do without is not there, or a worker was killed.
            InputError: an option does not fit, a file is not what was expected, or `out` holds
                something else.
            NoSpaceError: the disk is full; what was finished is kept.
        """
        return build(
            self.recipe(raw, options),
            out,
            workers=workers,
            engine_name=engine_name,
            rank=rank,
            world=world,
            on_progress=on_progress,
        )
