"""`storybench build-flintstones`: shards from the FlintstonesSV release."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from storybench.cli.building import Run, build_with
from storybench.cli.options import (
    DryRun,
    Engine,
    EngineName,
    Json,
    MaxDrops,
    PaperCompatible,
    PerShard,
    Rank,
    Workers,
    World,
)

PAPER = {"subset": "storydalle-1900"}
"""What --paper-compatible stands for: the test stories that the official code reads."""


class Frames(str, Enum):
    """Which frames of each clip are built from."""

    sampled = "sampled"
    full = "full"


class Subset(str, Enum):
    """Named parts of the evaluation splits, as published code cuts them."""

    storydalle = "storydalle-1900"
    vlcstorygan = "vlcstorygan"


def build_flintstones(
    raw: Annotated[Path, typer.Argument(help="The release, unpacked; the frames may be a zip.")],
    out: Annotated[Path, typer.Argument(help="Folder for the shards.")],
    frames: Annotated[
        Frames,
        typer.Option(help="The five sampled from each clip, or all 75 (video_frames)."),
    ] = Frames.sampled,
    subset: Annotated[
        Subset | None,
        typer.Option(help="Cut val and test as that code does; stories are marked anyway."),
    ] = None,
    paper_compatible: PaperCompatible = False,
    frame_seed: Annotated[
        int, typer.Option(help="Which frame of a clip its stories show: another seed, another.")
    ] = 0,
    stories_per_shard: PerShard = 256,
    clips_per_shard: Annotated[int, typer.Option(min=1, help="Raw clips a tar file.")] = 256,
    max_drops: MaxDrops = 0.05,
    dry_run: DryRun = False,
    workers: Workers = 0,
    engine: Engine = EngineName.pool,
    rank: Rank = 0,
    world: World = 1,
    as_json: Json = False,
) -> None:
    """Build FlintstonesSV shards: five clips a story, and every clip whole beside them.

    Example: storybench build-flintstones raw/ shards/ --dry-run
    """
    paper = PAPER if paper_compatible else {}
    options = {
        "frames": frames.value,
        "subset": subset.value if subset else paper.get("subset"),
        "frame_seed": frame_seed,
        "stories_per_shard": stories_per_shard,
        "clips_per_shard": clips_per_shard,
    }
    run = Run(dry_run, workers, engine.value, rank, world, max_drops, as_json)
    build_with("flintstonessv", raw, out, options=options, run=run)
