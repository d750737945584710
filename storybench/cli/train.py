"""`storybench train`: a registered model learns from shards."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from storybench import registry
from storybench.cli import console
from storybench.cli.options import Data, Json

HOW, WHERE, KEPT = "How it learns (default: as the preset says)", "On what", "What is kept"
"""Headings of `--help`."""


OURS = ("name", "data", "preset", "out", "as_json")
"""Arguments of the command that are no options of a training."""


class Precision(str, Enum):
    """Of the forward and backward pass."""

    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


class Frames(str, Enum):
    """Which frame of a clip is shown."""

    stored = "stored"
    random = "random"


class Sharing(str, Enum):
    """What processes of torchrun share."""

    ddp = "ddp"
    fsdp = "fsdp"


def _how(text: str, least: float | None = None) -> Any:
    return typer.Option(help=text, min=least, rich_help_panel=HOW)


def _where(text: str) -> Any:
    return typer.Option(help=text, rich_help_panel=WHERE)


def _kept(text: str) -> Any:
    return typer.Option(help=text, min=1, rich_help_panel=KEPT)


Name = Annotated[str, typer.Argument(help="A registered model, such as storydalle.")]
Preset = Annotated[str, typer.Option(help="A named way to train it; a wrong name lists all.")]
Out = Annotated[Path, typer.Option(help="Folder of the run; one that was stopped goes on.")]
Init = Annotated[
    Path | None, typer.Option(help="Weights to start from: pretrained ones, or a checkpoint.")
]
Sentences = Annotated[
    str | None, typer.Option(help="Sentence encoder: hash, minilm, or a folder or file of one.")
]
Split = Annotated[str, typer.Option(help="Which split to learn from.")]
FramesOption = Annotated[
    Frames | None, typer.Option(help="Of a clip the frame of the build, or another each epoch.")
]
Epochs = Annotated[int | None, _how("How often every story is seen.", 1)]
Steps = Annotated[int | None, _how("Steps in all, whatever the epochs.", 1)]
Batch = Annotated[int | None, _how("Stories at a time, of all processes together.", 1)]
Accumulate = Annotated[int | None, _how("Batches a step.", 1)]
Rate = Annotated[float | None, _how("The highest learning rate.")]
WarmUp = Annotated[int | None, _how("Steps before it is highest.", 0)]
Clip = Annotated[float | None, _how("The longest that a step's gradient may be.")]
Ema = Annotated[float | None, _how("Decay of a moving average, which is then the model.")]
PrecisionOption = Annotated[Precision | None, _how("Of the forward and backward pass.")]
Seed = Annotated[int | None, _how("Of order, dropout and new weights; recorded.", 0)]
Device = Annotated[
    str, _where("cpu, cuda, by one process also cuda:1, …; auto is a GPU if there is one.")
]
SharingOption = Annotated[
    Sharing, _where("Under torchrun: whole copies, or shares of every weight for large models.")
]
Recompute = Annotated[
    bool,
    typer.Option(
        "--recompute",
        help="Compute activations again instead of keeping them: slower, less memory.",
        rich_help_panel=WHERE,
    ),
]
CheckpointEvery = Annotated[int, _kept("Steps between two checkpoints.")]
Keep = Annotated[int, _kept("How many of the newest checkpoints.")]
SampleEvery = Annotated[int | None, _kept("Steps between two sheets of samples; default: none.")]
LogEvery = Annotated[int, _kept("Steps between two lines of metrics.jsonl.")]


def train(
    name: Name,
    data: Data,
    preset: Preset,
    out: Out,
    init: Init = None,
    sentences: Sentences = None,
    split: Split = "train",
    frames: FramesOption = None,
    epochs: Epochs = None,
    steps: Steps = None,
    batch: Batch = None,
    accumulate: Accumulate = None,
    lr: Rate = None,
    warm_up: WarmUp = None,
    clip: Clip = None,
    ema: Ema = None,
    precision: PrecisionOption = None,
    seed: Seed = None,
    device: Device = "auto",
    sharing: SharingOption = Sharing.ddp,
    recompute: Recompute = False,
    checkpoint_every: CheckpointEvery = 500,
    keep: Keep = 2,
    sample_every: SampleEvery = None,
    log_every: LogEvery = 1,
    as_json: Json = False,
) -> None:
    """Train a model on shards, or go on with a run that was stopped.

    Several GPUs or machines: put the same command behind torchrun --no-python.

    Example: storybench train storydalle --data shards/ --preset twin-full --out runs/twin
    """
    options = _given(locals())
    from storybench.metrics import ranks

    if not ranks.is_first():
        console.hush()
    trainer: registry.Trainer = registry.load("trainers", name)
    with console.progress(f"Training {name}") as on_progress:
        made = trainer.train(
            data,
            out,
            preset=preset,
            options=options,
            on_progress=on_progress,
            say=console.hint,
        )
    if as_json and ranks.is_first():
        console.emit_json({"run": str(out), **made})
    elif not as_json:
        _show(name, out, data, sentences, made)


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the training that were given, as plain values."""
    return {
        name: value.value if isinstance(value, Enum) else value
        for name, value in arguments.items()
        if value is not None and name not in OURS
    }


def _show(name: str, out: Path, data: Path, sentences: str | None, made: Mapping[str, Any]) -> None:
    facts = {
        "checkpoint": made["checkpoint"],
        "steps": f"{made['steps']:,}",
        "loss": "none logged" if made["loss"] is None else f"{made['loss']:.3f}",
        "time": console.duration(made["seconds"]),
    }
    console.facts(f"Trained {name} in {out}", facts)
    # a name is in the checkpoint; where files lie it does not know
    where = f" --sentences {sentences}" if sentences and Path(sentences).exists() else ""
    console.hint(
        f"Next: storybench generate --model {out} --data {data} --out preds/{out.name}{where}"
    )
