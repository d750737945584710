"""`storybench generate`: a model's pictures for every story of a split."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Data, Json, Seed, Split


def generate(
    model: Annotated[str, typer.Option(help="A registered model, such as copy-source.")],
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for the predictions.")],
    split: Split = "test",
    seed: Seed = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first stories, to try things out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Generate the target frames of every story; continues where it was stopped.

    Example: storybench generate --model copy-source --data shards/ --out preds/copy-source
    """
    from storybench.generate import generate as generate_predictions

    with console.progress(f"Generating with {model}") as on_progress:
        predictions = generate_predictions(
            model, data, out, split=split, seed=seed, limit=limit, on_progress=on_progress
        )
    n_stories = len(predictions.story_ids)
    if as_json:
        console.emit_json(
            {"predictions": str(out), "n_stories": n_stories, "digest": predictions.digest}
        )
        return
    console.facts(
        f"Predictions of {model} in {out}", {"stories": n_stories, "digest": predictions.digest}
    )
    console.hint(f"Next: storybench eval --preds {out} --data {data}")
