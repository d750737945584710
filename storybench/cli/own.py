"""`storybench build`: someone's own pictures or videos, by a recipe, to shards."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from storybench import registry
from storybench.cli import console
from storybench.cli.building import Run, build_with
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

    To begin: storybench build --template frames > recipe.toml (or video).

    Example: storybench build recipe.toml shards/ --dry-run
    """
    run = Run(dry_run, workers, engine.value, rank, world, max_drops, as_json)
    build_with("own", recipe, out, options={}, run=run)
