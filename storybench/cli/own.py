"""`storybench build`: someone's own pictures or videos, by a recipe, to shards."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from storybench import registry
from storybench.cli import console, data
from storybench.cli.options import DryRun, Engine, EngineName, Json, MaxDrops, Rank, Workers, World


class Template(str, Enum):
    """What a recipe to start from is for."""

    frames = "frames"
    video = "video"


def _print_template(kind: Template | None) -> None:
    """Print a recipe to start from, and nothing else."""
    if kind is not None:
        own: Any = registry.load("datasets", "own")
        console.say(own.template(kind.value).rstrip())
        raise typer.Exit


def build(
    recipe: Annotated[Path, typer.Argument(help="recipe.toml, or the folder that holds it.")],
    out: Annotated[Path, typer.Argument(help="Folder for the shards.")],
    template: Annotated[
        Template | None,
        typer.Option(help="Print a recipe to start from.", callback=_print_template, is_eager=True),
    ] = None,
    max_drops: MaxDrops = 0.05,
    dry_run: DryRun = False,
    workers: Workers = 0,
    engine: Engine = EngineName.pool,
    rank: Rank = 0,
    world: World = 1,
    as_json: Json = False,
) -> None:
    """Build shards from pictures or videos of your own, as a recipe says.

    Start with `storybench build --template frames > recipe.toml` (or video); the recipe says what
    each key is for. Example: storybench build recipe.toml shards/ --dry-run
    """
    dataset: registry.Dataset = registry.load("datasets", "own")
    workers = workers or data.cpus()
    if dry_run:
        survey = dataset.survey(recipe, out, workers=workers, options={})
        (data.emit if as_json else data.show_survey)(survey)
        return
    with console.progress("Building") as on_progress:
        result = dataset.build(
            recipe,
            out,
            workers=workers,
            engine_name=engine.value,
            rank=rank,
            world=world,
            options={},
            on_progress=on_progress,
        )
    (data.emit if as_json else data.show_build)(result)
    data.allow_losses(result, max_drops)
    console.hint(f"Next: storybench verify {out}")
