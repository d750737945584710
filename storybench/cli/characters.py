"""`storybench analyse characters`: who is drawn right, by how often training showed them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storybench.cli import asked, console, preds
from storybench.cli.job import say_notes, say_recognised
from storybench.cli.options import Data, Json, Preds, Split, Workers
from storybench.files import expect_folder
from storybench.metrics.device import use

if TYPE_CHECKING:
    from storybench.analysis.characters import CharacterAnalysis
    from storybench.analysis.shares import Shares
    from storybench.evaluate import Subject

ENDING = "characters"
NOTHING = "–"

Judge = Annotated[
    Path, typer.Option(help="A file of `storybench classifier fit`, or a published one.")
]
TrainSplit = Annotated[str, typer.Option(help="The split that the model was trained on.")]
Out = Annotated[
    Path | None, typer.Option(help=f"Folder for page and numbers; default PREDS.{ENDING}/.")
]


def characters(
    predictions: Preds,
    data: Data,
    classifier: Judge,
    split: Split = "test",
    train_split: TrainSplit = "train",
    device: asked.Device = None,
    out: Out = None,
    force: asked.Force = False,
    workers: Workers = 1,
    layout: preds.Layout = None,
    run: preds.Run = None,
    order: preds.Order = None,
    first_index: preds.FirstIndex = None,
    first_frame: preds.FirstFrame = None,
    frames_per_story: preds.FramesPerStory = None,
    batch_size: preds.BatchSize = None,
    values: preds.Range = None,
    channel_order: preds.ChannelOrder = None,
    mapping: preds.Mapping = None,
    as_json: Json = False,
) -> None:
    """Score characters by how often training showed them, and frames by how many are in them.

    Beside each number stands that of the real frames, the most that the classifier can tell.

    Example: storybench analyse characters --preds mine/ --data shards/ --classifier c.safetensors
    """
    from storybench.analysis.characters import analyse
    from storybench.analysis.page import write

    use(device)
    whole = predictions.resolve()
    folder = out or whole.with_name(f"{whole.name}.{ENDING}")
    expect_folder(folder, what="page and numbers")
    places = (first_index, first_frame, frames_per_story, batch_size)
    told = preds.answers(layout, run, order, *places, values, channel_order, mapping)
    how = {"split": split, "answers": told, "force": force, "workers": workers}
    with console.progress("Scoring") as on_progress:
        subject = _prepared(predictions, data, on_progress=on_progress, **how)
        found = analyse(subject, classifier, train_split=train_split, on_progress=on_progress)
    page = write(found, folder)
    if as_json:
        console.emit_json({"page": str(page), **found.record()})
        return
    _show(found)
    say_notes(subject.diagnosis)
    console.hint(f"Open {page}")


def _prepared(predictions: Path, data: Path, **how: Any) -> Subject:
    from storybench.analysis.characters import PROTOCOL
    from storybench.evaluate import prepare_for
    from storybench.protocols import catalogue

    prepare = partial(prepare_for, catalogue.get(PROTOCOL), predictions, data)
    return prepare(remember=True, on_recognised=say_recognised, **how)


def _show(found: CharacterAnalysis) -> None:
    total, real = found.predicted, found.real
    console.facts(
        f"Characters of {found.dataset} {found.split}, in per cent",
        {
            "scored": f"{found.n_frames:,} frames of {found.n_episodes:,} episodes",
            "training": f"{found.train.n_frames:,} labelled frames of {found.train.split}",
            "F1": f"{total.f1.percent}  95 % {total.f1.interval_percent}, real {real.f1.percent}",
            "frame accuracy": f"{total.exact.percent}  95 % {total.exact.interval_percent}, "
            f"real {real.exact.percent}",
        },
    )
    console.table("Each character", [_character(row) for row in found.characters])
    console.table(
        "By how often training showed them",
        [
            {
                "seen": f"{row.rarity}, {row.means}",
                "characters": len(row.characters) - len(row.left_out),
                **_scores(row.frames, row.predicted, row.real),
            }
            for row in found.rarities
        ],
    )
    console.table(
        "By how many are in the frame",
        [
            {
                "characters": row.characters + ("" if row.doubt is None else " †"),
                "frames": row.frames,
                "exact": row.predicted.exact.percent,
                "95 %": row.predicted.exact.interval_percent,
                "real": row.real.exact.percent,
                "F1": row.predicted.f1.percent,
            }
            for row in found.crowds
        ],
    )
    for note in found.notes():
        console.warn(note)


def _character(row: Any) -> dict[str, str | int]:
    return {
        "character": row.name + ("" if row.doubt is None else " †"),
        "in training": row.train_frames,
        "seen": row.rarity,
        **_scores(row.frames, row.predicted, row.real),
    }


def _scores(frames: int, predicted: Shares | None, real: Shares | None) -> dict[str, str | int]:
    if predicted is None or real is None:
        numbers = ("F1", "95 %", "real F1", "precision", "recall")
        return {"scored": frames, **dict.fromkeys(numbers, NOTHING)}
    return {
        "scored": frames,
        "F1": predicted.f1.percent,
        "95 %": predicted.f1.interval_percent,
        "real F1": real.f1.percent,
        "precision": predicted.precision.percent,
        "recall": predicted.recall.percent,
    }
