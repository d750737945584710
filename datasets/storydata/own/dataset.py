"""The dataset as `storybench` finds it: a recipe, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from storybench.errors import InputError, UnknownNameError
from storybench.spelling import did_you_mean
from storybench.types import FileGuide, Progress, RawCheck, Survey
from storydata.kit.building.dataset import Buildable
from storydata.own.check import check
from storydata.own.document import RECIPE_NAME, find_recipe, read_document
from storydata.own.guide import GUIDE
from storydata.own.recipe import Own
from storydata.own.survey import survey

TEMPLATES = ("frames", "video")


class OwnDataset(Buildable):
    """Pictures or videos of one's own, with a recipe, to shards.

    Implements `storybench.registry.Dataset`. `raw` is the recipe, or the folder that holds
    `recipe.toml`; there are no options beside it.
    """

    def recognise(self, raw: Path) -> str | None:
        """Why this folder or file is for `storybench build`, None if it is not."""
        if (raw / RECIPE_NAME).is_file():
            return f"it holds {RECIPE_NAME}"
        return "it is a recipe" if raw.suffix == ".toml" and raw.is_file() else None

    def guide(self) -> tuple[FileGuide, ...]:
        """Every kind of file that a recipe may speak of and what it is for."""
        return GUIDE

    def check(
        self, raw: Path, *, deep: bool = False, on_progress: Progress | None = None
    ) -> RawCheck:
        """Look at everything that a recipe speaks of; `deep` also decodes every frame.

        Raises:
            MissingError: there is no recipe, or nothing of what it speaks of.
            InputError: the recipe or a table is not what was expected.
        """
        why = self.recognise(raw) or "it was named as a recipe"
        return check(recipe_for(raw), why, deep=deep, on_progress=on_progress)

    def survey(
        self, raw: Path, out: Path, *, workers: int = 1, options: Mapping[str, Any]
    ) -> Survey:
        """Say what a build would find, miss, need and cost, without writing anything.

        Raises:
            MissingError: there is no recipe, or nothing of what it speaks of.
            InputError: the recipe or a table is not what was expected.
        """
        return survey(self.recipe(raw, options), out, workers=workers)

    def recipe(self, raw: Path, options: Mapping[str, Any]) -> Own:
        """The recipe for what lies in a raw folder.

        Raises:
            MissingError: there is no recipe.
            InputError: the recipe is not what was expected, or there are options beside it.
        """
        _check_no(options)
        return recipe_for(raw)

    def template(self, kind: str) -> str:
        """A commented recipe to start from, for "frames" or "video".

        Raises:
            UnknownNameError: there is none for that.
        """
        if kind not in TEMPLATES:
            raise UnknownNameError(
                f"Expected a template for {' or '.join(TEMPLATES)}, found {kind!r}."
                f"{did_you_mean(kind, TEMPLATES)}"
            )
        return files("storydata.own").joinpath(f"templates/{kind}.toml").read_text("utf-8")


DATASET = OwnDataset()


def recipe_for(raw: Path) -> Own:
    """The recipe at a path or in a folder.

    Raises:
        MissingError: there is none.
        InputError: it is not what was expected.
    """
    file = find_recipe(raw)
    return Own(file.path, read_document(file).stories)


def _check_no(options: Mapping[str, Any]) -> None:
    for name in options:
        raise InputError(
            f"Expected no options beside the recipe, found {name!r}. Everything stands in "
            f"{RECIPE_NAME}."
        )
