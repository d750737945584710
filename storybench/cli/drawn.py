"""The options of `storybench generate`, as its `--help` groups them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Mode(str, Enum):
    """How a public StoryDALL-E is taken: as the paper has it, or as its code does."""

    paper = "paper"
    released = "released"


class Dtype(str, Enum):
    """The number format that a model computes in."""

    float32 = "float32"
    bfloat16 = "bfloat16"


CHECKPOINT = "Checkpoints"
OWN = "A story of one's own"

Named = Annotated[
    str,
    typer.Option(help="A registered model, such as copy-source, or the path of a checkpoint."),
]
Out = Annotated[Path, typer.Option(help="Folder for the pictures.")]
Shards = Annotated[Path | None, typer.Option("--data", help="A folder of shards.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Only the first stories, to try things out.")
]
Captions = Annotated[
    Path | None,
    typer.Option(
        help="A text file: the source's caption, then a line a frame.", rich_help_panel=OWN
    ),
]
Source = Annotated[Path | None, typer.Option(help="The source picture.", rich_help_panel=OWN)]
Batch = Annotated[
    int | None,
    typer.Option(min=1, help="Stories drawn at once.", rich_help_panel=CHECKPOINT),
]
Candidates = Annotated[
    int | None,
    typer.Option(min=1, help="Drawings of each frame.", rich_help_panel=CHECKPOINT),
]
Rerank = Annotated[
    str | None,
    typer.Option(
        help="Keep the candidate that CLIP likes best: clip, or a file of weights.",
        rich_help_panel=CHECKPOINT,
    ),
]
Setting = Annotated[
    str | None,
    typer.Option(
        help="Published sampling: code, arxiv-pororo, arxiv-flintstones, camera-ready.",
        rich_help_panel=CHECKPOINT,
    ),
]
TopK = Annotated[
    int | None,
    typer.Option(min=1, help="Only the likeliest codes.", rich_help_panel=CHECKPOINT),
]
TopP = Annotated[
    float | None,
    typer.Option(
        max=1, help="Of these the fewest that hold it; above 0.", rich_help_panel=CHECKPOINT
    ),
]
Temperature = Annotated[
    float | None, typer.Option(help="Divides the logits.", rich_help_panel=CHECKPOINT)
]
How = Annotated[
    Mode | None,
    typer.Option(
        help="Of a public file: as the paper has it, or as its code does.",
        rich_help_panel=CHECKPOINT,
    ),
]
TokenizerFolder = Annotated[
    Path | None,
    typer.Option(help="Of a public file: the folder of its tokenizer.", rich_help_panel=CHECKPOINT),
]
Sentences = Annotated[
    str | None,
    typer.Option(help="Where the sentence encoder or its vectors lie.", rich_help_panel=CHECKPOINT),
]
Device = Annotated[
    str | None,
    typer.Option(
        help="cpu, cuda, cuda:1, …; default: a GPU if there is one.", rich_help_panel=CHECKPOINT
    ),
]
Number = Annotated[Dtype | None, typer.Option(help="Number format.", rich_help_panel=CHECKPOINT)]
Compile = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="Compile the step from code to code: takes a minute, then draws faster.",
        rich_help_panel=CHECKPOINT,
    ),
]
