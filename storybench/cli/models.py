"""`storybench generate`: a model's pictures for every story of a split, or for one's own story."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from storybench.cli import console, drawn, preds
from storybench.cli.options import Json, Seed, Split
from storybench.errors import InputError

if TYPE_CHECKING:
    from storybench.registry import Model


def generate(
    context: typer.Context,
    model: drawn.Named,
    out: drawn.Out,
    data: drawn.Shards = None,
    split: Split = "test",
    seed: Seed = 0,
    limit: drawn.Limit = None,
    captions: drawn.Captions = None,
    source: drawn.Source = None,
    batch: drawn.Batch = None,
    candidates: drawn.Candidates = None,
    rerank: drawn.Rerank = None,
    setting: drawn.Setting = None,
    top_k: drawn.TopK = None,
    top_p: drawn.TopP = None,
    temperature: drawn.Temperature = None,
    mode: drawn.How = None,
    tokenizer: drawn.TokenizerFolder = None,
    sentences: drawn.Sentences = None,
    device: drawn.Device = None,
    dtype: drawn.Number = None,
    is_compiled: drawn.Compile = False,
    as_json: Json = False,
) -> None:
    """Generate the target frames of every story; continues where it was stopped.

    With --captions and --source instead of --data: of a story of one's own, with a contact sheet.

    Example: storybench generate --model copy-source --data shards/ --out preds/copy-source
    """
    asked = {
        "batch": batch, "candidates": candidates, "setting": setting, "top_k": top_k,
        "top_p": top_p, "temperature": temperature, "mode": mode and mode.value,
        "tokenizer": tokenizer, "sentences": sentences, "device": device,
        "dtype": dtype and dtype.value, "compile": is_compiled or None,
    }  # fmt: skip
    options = _meant(model, asked)
    if data is not None and captions is None and source is None:
        drawer = _found(model, options, data)
        _predictions(drawer, model, data, out, split, seed, limit, rerank, as_json)
    elif data is None and captions is not None and source is not None:
        _expect_no_part(context)
        drawer = _found(model, options | _alone(model, options), None)
        _own_story(drawer, model, captions, source, out, seed, rerank, as_json)
    else:
        raise InputError(
            "Expected --data for the stories of a build, or --captions and --source for one's own, "
            "found neither or both. See storybench generate --help."
        )


def _expect_no_part(context: typer.Context) -> None:
    """See that nobody typed which stories of a build; the environment may say so for good."""
    for name in ("split", "limit"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise InputError(
                f"Expected --{name} with --data alone, found it with a story of one's own, which "
                "is drawn whole. Leave it out."
            )


def _meant(model: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What was given for a checkpoint; STORYBENCH_DEVICE is for all commands."""
    left_out = {"device"} if _is_registered(model) else set[str]()
    return {
        name: value for name, value in asked.items() if value is not None and name not in left_out
    }


def _is_registered(model: str) -> bool:
    from storybench.registry import names

    return model in names("models")


def _alone(model: str, options: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint draws one's own story by itself, not in a batch that is filled up."""
    return {} if _is_registered(model) or "batch" in options else {"batch": 1}


def _found(model: str, options: dict[str, Any], data: Path | None) -> Model:
    from storybench.generate import find
    from storybench.registry import BatchModel

    found = find(model, options, data=data)
    if isinstance(found, BatchModel):
        console.hint(
            f"Weights and one batch need {console.size(found.expected_bytes())} of memory."
        )
    return found


def _peak(model: Model) -> None:
    from storybench.registry import BatchModel

    if isinstance(model, BatchModel):
        console.hint(f"At its peak the program used {console.size(model.peak_bytes())} of memory.")


def _predictions(
    drawer: Model,
    model: str,
    data: Path,
    out: Path,
    split: str,
    seed: int,
    limit: int | None,
    rerank: str | None,
    as_json: bool,
) -> None:
    from storybench.generate import generate as generate_predictions
    from storybench.shards.reader import Stories

    with console.progress(f"Generating with {model}") as on_progress:
        predictions = generate_predictions(
            drawer,
            data,
            out,
            split=split,
            seed=seed,
            limit=limit,
            rerank=rerank,
            on_progress=on_progress,
        )
    _peak(drawer)
    n_stories = len(predictions.story_ids)
    if as_json:
        console.emit_json(
            {"predictions": str(out), "n_stories": n_stories, "digest": predictions.digest}
        )
        return
    console.facts(
        f"Predictions of {model} in {out}", {"stories": n_stories, "digest": predictions.digest}
    )
    n_left = len(Stories(data, split)) - n_stories
    if n_left:
        left = "1 story that is" if n_left == 1 else f"{n_left:,} stories that are"
        console.hint(
            f"Next: the same command without --limit, which draws the {left} left; storybench eval "
            "scores whole splits."
        )
    else:
        console.hint(f"Next: {preds.scoring_command(out, data, split)}")


def _own_story(
    drawer: Model,
    model: str,
    captions: Path,
    source: Path,
    out: Path,
    seed: int,
    rerank: str | None,
    as_json: bool,
) -> None:
    from storybench.generate import tell

    with console.progress(f"Drawing with {model}") as on_progress:
        told = tell(
            drawer, captions, source, out, seed=seed, rerank=rerank, on_progress=on_progress
        )
    _peak(drawer)
    pictures = [str(path) for candidate in told.pictures for path in candidate]
    if as_json:
        console.emit_json({"pictures": pictures, "sheet": str(told.sheet)})
        return
    for path in (*pictures, told.sheet):
        console.say(str(path))
