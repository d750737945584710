"""`storybench analyse`: look into a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Data, Json


def replay(
    model: Annotated[Path, typer.Option(help="A file of StoryDALL-E's public training script.")],
    data: Data,
    split: Annotated[str, typer.Option(help="Which split: train, val or test.")] = "val",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first stories, to try things out.")
    ] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="The folder of its tokenizer, if it is not beside it.")
    ] = None,
    sentences: Annotated[
        str | None, typer.Option(help="Where its sentence vectors or encoder lie.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Was it trained around the lost cross-attention that its seed draws? Compares losses.

    Example: storybench analyse replay --model 20.pth --data shards/ --sentences raw/
    """
    from storybench.registry import Analysis, load

    analysis: Analysis = load("analyses", "replay")
    given = {"tokenizer": tokenizer, "sentences": sentences}
    options = {name: value for name, value in given.items() if value is not None}
    with console.progress("Comparing") as on_progress:
        found = analysis(
            model, data, split=split, limit=limit, options=options, on_progress=on_progress
        )
    if as_json:
        console.emit_json(found)
        return
    error = "" if found["gain_error"] is None else f" ± {found['gain_error']:.4f} standard error"
    fresh = ", ".join(f"{loss:.4f}" for loss in found["fresh"])
    console.facts(
        f"Loss of real frames, nats a code, {found['n']:,} stories of {split}",
        {
            f"replayed from seed {found['seed']}": f"{found['replayed']:.4f}",
            "of other seeds": fresh,
            "without": f"{found['removed']:.4f}",
            "gain": f"{found['gain']:.4f}{error}",
        },
    )
    console.say(
        "The weights know the replayed cross-attention: they were trained around it."
        if found["is_found"]
        else "The weights do not know the replayed cross-attention."
    )
