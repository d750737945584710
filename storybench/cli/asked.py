"""The options of `storybench eval`, as its `--help` groups them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NETWORKS, RESULTS = "Networks and their weights", "What is written"
"""Headings of `--help`."""

Named = Annotated[str, typer.Option(help="A named protocol, or all: what each difference moves.")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metrics",
        help="A metric beside the protocol's, or all; again for more: copying, consistency, "
        "coverage, story-fd, clip-fd, dino-fd, kid, …",
    ),
]
Network = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=NETWORKS,
        help="What distances look through: twin (toy, shipped), inception, clip, dino; default: "
        "the protocol's own.",
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=NETWORKS, help="Other weights for the extractor; named in the metric."
    ),
]
Judge = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=NETWORKS,
        help="A file of `storybench classifier fit`, or a published one: character scores.",
    ),
]
Clip = Annotated[
    Path | None,
    typer.Option(rich_help_panel=NETWORKS, help="Weights of CLIP; see `weights list`."),
]
Dino = Annotated[
    Path | None,
    typer.Option(rich_help_panel=NETWORKS, help="Weights of DINO; see `weights list`."),
]
Device = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=NETWORKS, help="cpu, cuda, cuda:1, …; default: a GPU if there is one."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=RESULTS, help="Folder for the report; default PREDS.report/PROTOCOL/."
    ),
]
Copy = Annotated[
    Path | None, typer.Option(rich_help_panel=RESULTS, help="Write the report.json here as well.")
]
Like = Annotated[
    Path | None, typer.Option(help="Repeat the run of this report.json, and say what differs.")
]
Controls = Annotated[
    bool,
    typer.Option("--controls", help="Score real frames, copies and grey beside the predictions."),
]
Force = Annotated[
    bool, typer.Option("--force", help="Score what the doctor refuses; every score says so.")
]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh", help="Compute anew what an earlier run found out about the very same files."
    ),
]
