"""`storybench analyse`: look into a trained model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storybench.cli import console, drawn
from storybench.cli.options import Data, Json, Seed

if TYPE_CHECKING:
    from storybench.types import Progress


def replay(
    model: Annotated[Path, typer.Option(help="A file of StoryDALL-E's public training script.")],
    data: Data,
    split: Annotated[str, typer.Option(help="Which split: train, val or test.")] = "val",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many stories, spread over the split.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="New folder for the model with it, if it is found: generate, train."),
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

    Example: storybench analyse replay --model 20.pth --data shards/ --sentences raw/ --out whole/
    """
    options = {"out": out, "tokenizer": tokenizer, "sentences": sentences}
    with console.progress("Comparing") as on_progress:
        found = _analysed("replay", model, data, split, limit, options, on_progress)
    if as_json:
        console.emit_json(found)
        return
    error = "" if found["gain_error"] is None else f" ± {found['gain_error']:.4f} standard error"
    fresh = ", ".join(f"{loss:.4f}" for loss in found["fresh"])
    console.facts(
        f"Loss of real frames, nats per code, {found['n']:,} stories of {split}",
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
    if found["model"] is not None:
        console.hint(f"Next: storybench generate --model {out} --data {data} --out preds/replayed")
    elif out is not None:
        console.hint("So no model was written.")


def attention(
    model: Annotated[
        Path, typer.Option(help="A training run, a checkpoint, or a public StoryDALL-E file.")
    ],
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for attention.json and pictures.")],
    split: Annotated[str, typer.Option(help="Which split: train, val or test.")] = "val",
    limit: Annotated[
        int | None, typer.Option(min=2, help="At most so many stories, spread over the split.")
    ] = None,
    seed: Seed = 0,
    batch: Annotated[int | None, typer.Option(min=1, help="Stories at a time.")] = None,
    mode: drawn.How = None,
    tokenizer: drawn.TokenizerFolder = None,
    sentences: drawn.Sentences = None,
    device: drawn.Device = None,
    dtype: drawn.Number = None,
    as_json: Json = False,
) -> None:
    """Is the source used, and where is it looked at? Swaps sources and draws heat maps.

    Example: storybench analyse attention --model runs/twin --data shards/ --out looks/
    """
    options = {
        "out": out,
        "seed": seed,
        "batch": batch,
        "mode": mode and mode.value,
        "tokenizer": tokenizer,
        "sentences": sentences,
        "device": device,
        "dtype": dtype and dtype.value,
    }
    with console.progress("Looking") as on_progress:
        found = _analysed("attention", model, data, split, limit, options, on_progress)
    if as_json:
        console.emit_json(found)
        return
    _show_attention(found, split)
    console.hint(f"Pictures and numbers: {out}")


def _analysed(
    name: str,
    model: Path,
    data: Path,
    split: str,
    limit: int | None,
    options: Mapping[str, Any],
    on_progress: Progress,
) -> Mapping[str, Any]:
    """What a registered analysis finds, with the options that were given."""
    from storybench.registry import Analysis, load

    analysis: Analysis = load("analyses", name)
    given = {option: value for option, value in options.items() if value is not None}
    return analysis(model, data, split=split, limit=limit, options=given, on_progress=on_progress)


def _show_attention(found: Mapping[str, Any], split: str) -> None:
    """Losses, looks of each layer, and the verdict."""
    losses = found["losses"]
    console.facts(
        f"Loss of real frames, nats per code, {found['n_stories']:,} stories of {split}",
        {
            "own source": f"{losses['own']:.4f}",
            "another's": f"{losses['other']:.4f}  {_change(found['swaps']['other'])}",
            "none": f"{losses['none']:.4f}  {_change(found['swaps']['none'])}",
        },
    )
    console.facts(
        "Entropy of looks at the source, nats (share of an even look)",
        {
            f"block {layer['block']}": " · ".join(
                f"{kind} {of['mean']:.3f} ({of['share_of_even']:.0%})"
                for kind in ("picture", "text")
                if (of := layer[kind]) is not None
            )
            for layer in found["layers"]
        },
    )
    console.say(found["verdict"])


def _change(swap: Mapping[str, Any]) -> str:
    """What a swap costs, and how many codes it changes."""
    error = "" if swap["standard_error"] is None else f" ± {swap['standard_error']:.4f}"
    return f"{swap['mean']:+.4f}{error}, {swap['codes_changed']:.1%} of likeliest codes are others"
