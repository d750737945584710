"""`storybench build-pororo`."""

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

PAPER = {"frame_choice": "per-story"}
"""What --paper-compatible stands for; captions and split are those of the papers anyway."""


class Caption(str, Enum):
    """Which caption of a clip is the default one."""

    first = "first"
    last = "last"


class FrameChoice(str, Enum):
    """Whether all stories that show a clip show the same frame of it."""

    per_clip = "per-clip"
    per_story = "per-story"


CaptionOption = Annotated[
    Caption, typer.Option(help="Of several captions: the first (StoryDALL-E) or the last (CMOTA).")
]
FrameSeed = Annotated[
    int, typer.Option(min=0, help="Another seed chooses other frames of the clips.")
]
FrameOption = Annotated[
    FrameChoice | None,
    typer.Option(help="One frame a clip, or another in every story (default per-clip)."),
]
Substitute = Annotated[
    bool,
    typer.Option(
        "--substitute-split",
        help="Split by hashes, under another name, where train_seen_unseen_ids.npy is lost.",
    ),
]
Recover = Annotated[
    bool,
    typer.Option("--recover-lost", help="Also build what the released split left out, as lost."),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust-caches", help="Story starts as img_cache4.npy lists them, whatever the rule."
    ),
]


def build_pororo(
    raw: Annotated[
        Path, typer.Argument(help="Folder with pororo_png, its zip, or PororoQA's GIFs.")
    ],
    out: Annotated[Path, typer.Argument(help="Folder for the shards.")],
    caption: CaptionOption = Caption.first,
    frame_seed: FrameSeed = 0,
    frame_choice: FrameOption = None,
    substitute_split: Substitute = False,
    recover_lost: Recover = False,
    trust_caches: Trust = False,
    paper_compatible: PaperCompatible = False,
    stories_per_shard: PerShard = 256,
    clips_per_shard: Annotated[int, typer.Option(min=1, help="Raw clips a tar file.")] = 512,
    max_drops: MaxDrops = 0.05,
    dry_run: DryRun = False,
    workers: Workers = 0,
    engine: Engine = EngineName.pool,
    rank: Rank = 0,
    world: World = 1,
    as_json: Json = False,
) -> None:
    """Build PororoSV shards: five clips a story, and every clip whole beside them.

    Example: storybench build-pororo raw/ shards/ --dry-run
    """
    paper = PAPER if paper_compatible else {}
    options = {
        "caption": caption.value,
        "frame_seed": frame_seed,
        "frame_choice": frame_choice.value if frame_choice else paper.get("frame_choice"),
        "substitute_split": substitute_split,
        "recover_lost": recover_lost,
        "trust_caches": trust_caches,
        "stories_per_shard": stories_per_shard,
        "clips_per_shard": clips_per_shard,
    }
    run = Run(dry_run, workers, engine.value, rank, world, max_drops, as_json)
    build_with("pororosv", raw, out, options=options, run=run)
