"""Options that several commands share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


def given(context: typer.Context, *names: str) -> tuple[str, ...]:
    """Those of some parameters that a user set, on the command line or in the environment."""
    sources = {name: context.get_parameter_source(name) for name in names}
    return tuple(name for name, source in sources.items() if source and source.name != "DEFAULT")


class EngineName(str, Enum):
    """Who does the work of a build."""

    pool = "pool"
    ray = "ray"


Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
Workers = Annotated[int, typer.Option(min=0, help="Processes; 0 means one a processor.")]
Data = Annotated[Path, typer.Option("--data", help="A folder of shards.")]
Preds = Annotated[Path, typer.Option("--preds", help="A folder of predictions.")]
Split = Annotated[str, typer.Option(help="Which split: train, val or test.")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice; recorded.")]
Board = Annotated[Path, typer.Option("--board", help="The leaderboard folder.")]
MaxDrops = Annotated[
    float, typer.Option(min=0, max=1, help="Share of lost stories that is still a success.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
PerShard = Annotated[int, typer.Option(min=1, help="Stories a tar file.")]
Engine = Annotated[
    EngineName, typer.Option(help="Processes of this machine, or a Ray cluster (RAY_ADDRESS).")
]
Rank = Annotated[int, typer.Option(min=0, help="In a job array: which share this job makes.")]
World = Annotated[int, typer.Option(min=1, help="In a job array: of how many shares.")]
PaperCompatible = Annotated[
    bool,
    typer.Option(
        "--paper-compatible",
        help="Every quirk of the official code that moved a number, at once; recorded.",
    ),
]
