"""`storybench build-didemo`."""

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

PAPER = {"channel_order": "release", "captions": "by-path"}
"""What --paper-compatible stands for: colours and captions as the official code saw them."""


class Windows(str, Enum):
    """How many stories are cut from one video."""

    first = "first"
    windows = "windows"
    disjoint = "disjoint"


class ChannelOrder(str, Enum):
    """What to do about the swapped colours of the released frames."""

    release = "release"
    fixed = "fixed"


class Captions(str, Enum):
    """Which caption a released frame gets where several share its path."""

    own = "own"
    by_path = "by-path"


class Container(str, Enum):
    """How frames cut from a video are stored."""

    png = "png"
    jpeg = "jpeg"


def build_didemo(
    raw: Annotated[Path, typer.Argument(help="Annotations, and videos anywhere below.")],
    out: Annotated[Path, typer.Argument(help="Folder for the shards.")],
    videos: Annotated[
        Path | None, typer.Option(help="Where the videos are, if not in RAW.")
    ] = None,
    stories: Annotated[Windows, typer.Option(help="Which moments of a video make stories.")] = (
        Windows.windows
    ),
    story_len: Annotated[
        int, typer.Option(min=2, max=8, help="Frames a story, source included.")
    ] = 3,
    channel_order: Annotated[
        ChannelOrder | None,
        typer.Option(
            help="Released frames: as published, or red and blue exchanged (default fixed)."
        ),
    ] = None,
    captions: Annotated[
        Captions | None,
        typer.Option(help="Released frames: the caption beside each, or by path (default own)."),
    ] = None,
    paper_compatible: PaperCompatible = False,
    image: Annotated[Container, typer.Option(help="How frames are stored.")] = Container.png,
    short_side: Annotated[
        int | None, typer.Option(min=16, help="Scale frames down to this short side, in pixels.")
    ] = None,
    stories_per_shard: PerShard = 128,
    max_drops: MaxDrops = 0.05,
    dry_run: DryRun = False,
    workers: Workers = 0,
    engine: Engine = EngineName.pool,
    rank: Rank = 0,
    world: World = 1,
    as_json: Json = False,
) -> None:
    """Build DiDeMoSV shards from DiDeMo videos, or from the released DiDeMoSV folder.

    Example: storybench build-didemo raw/ shards/ --dry-run
    """
    paper = PAPER if paper_compatible else {}
    options = {
        "videos": videos,
        "stories": stories.value,
        "story_len": story_len,
        "channel_order": channel_order.value if channel_order else paper.get("channel_order"),
        "captions": captions.value if captions else paper.get("captions"),
        "image": image.value,
        "short_side": short_side,
        "stories_per_shard": stories_per_shard,
    }
    run = Run(dry_run, workers, engine.value, rank, world, max_drops, as_json)
    build_with("didemosv", raw, out, options=options, run=run)
