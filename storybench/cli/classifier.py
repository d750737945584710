"""`storybench classifier fit` and `storybench classifier card`: who can tell the characters."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storybench.cli import console
from storybench.cli.options import Data, Json, Seed

if TYPE_CHECKING:
    from storybench.metrics.classifier.card import Card, SplitCard
    from storybench.metrics.classifier.document import Document

SHOWN = ("charf1", "charf1_macro", "frame_acc", "char_acc", "story_acc")


def fit(
    shards: Annotated[Path, typer.Argument(help="A folder of shards with character labels.")],
    out: Annotated[Path, typer.Option(help="The classifier's file, FILE.safetensors.")],
    arch: Annotated[
        str, typer.Option(help="inception299, as in the papers, or small64, in minutes.")
    ] = "inception299",
    init: Annotated[
        Path | None,
        typer.Option(help="Start from these parameters: torchvision's pretrained Inception-v3."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="At most so many epochs.")] = None,
    batch: Annotated[int | None, typer.Option(min=2, help="Pictures a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest of the run.")] = None,
    balance: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Weight of rare characters: 0 as published, 1 full."),
    ] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="Epochs without a better F1 before it stops.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, …; a GPU if there is one.")] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Fit a character classifier on the real frames of a build; goes on where it was stopped.

    Learns from whole episodes that are in no test split, watches held-out ones, keeps the best.

    Example: storybench classifier fit shards/ --out characters.safetensors --arch small64
    """
    from storybench.metrics.classifier import networks
    from storybench.metrics.classifier.fitting import fit as fit_on
    from storybench.metrics.classifier.settings import PRESETS

    networks.architecture(arch)
    given = {
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "balance": balance,
        "patience": patience,
        "seed": seed,
    }
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    settings = dataclasses.replace(PRESETS[arch], **chosen)
    with console.progress("Fitting") as on_progress:
        made = fit_on(
            shards, out, settings=settings, init=init, device=device, on_progress=on_progress
        )
    if as_json:
        console.emit_json({"classifier": str(out), **made.model_dump(mode="json")})
        return
    _show_fit(made, out)
    console.hint(f"Next: storybench classifier card {out} --data {shards}")


def card(
    classifier: Annotated[Path, typer.Argument(help="A classifier's file, or a published one.")],
    data: Data,
    page: Annotated[Path | None, typer.Option(help="Write a page with pictures here.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write the worst mistakes as one PNG here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """How good a classifier is on the real frames of each split: the ceiling of its F1 in sb-v1.

    A number without an interval has too few episodes, or all of them agree on it.

    Example: storybench classifier card characters.safetensors --data shards/ --page card.html
    """
    from storybench.metrics.classifier.card import judge

    with console.progress("Judging") as on_progress:
        found = judge(classifier, data, on_progress=on_progress)
    written = _write_pictures(found, data, page, sheet)
    if as_json:
        console.emit_json({**dataclasses.asdict(found), **written})
        return
    _show_card(found)
    for path in written.values():
        if path is not None:
            console.say(path)


def _write_pictures(
    found: Card, data: Path, page: Path | None, sheet: Path | None
) -> dict[str, str | None]:
    from storybench.metrics.classifier.page import write_page
    from storybench.metrics.classifier.sheet import write_sheet

    if page is not None:
        write_page(found, data, page)
    if sheet is not None:
        write_sheet(found, data, sheet)
    return {
        "page": None if page is None else str(page),
        "sheet": None if sheet is None else str(sheet),
    }


def _show_fit(made: Document, out: Path) -> None:
    data = made.data
    console.facts(
        f"A classifier of {len(made.characters)} characters in {out}",
        {
            "network": made.arch,
            "learnt from": f"{data.n_train_frames:,} frames, {len(data.train_episodes)} episodes",
            "watched on": f"{data.n_val_frames:,} frames, {len(data.val_episodes)} other episodes",
            "epochs": f"{len(made.history)}, the best was {made.best_epoch + 1}",
            "held-out F1": f"{made.scores['charf1']:.3f} (chosen on these frames)",
            "held-out frame acc.": f"{made.scores['frame_acc']:.3f}",
        },
    )
    pairs = zip(made.characters, data.train_support, strict=True)
    if never := [name for name, n in pairs if n == 0]:
        console.warn(
            f"No frame that it learnt from shows {', '.join(never)}, so it can't know them. "
            "A larger build has them."
        )


def _show_card(found: Card) -> None:
    about = found.classifier
    console.facts(
        f"Classifier {about['sha256'][:8]} on {found.dataset}",
        {"network": about["arch"], "origin": about["origin"], "data": found.data_digest},
    )
    console.table("Real frames", [row for split in found.splits for row in _numbers(split)])
    for split in found.splits:
        console.table(f"{split.split}: each character", _characters(split))
    for split in found.splits:
        if split.episodes_trained_on:
            console.warn(
                f"{split.episodes_trained_on} of {split.n_clusters} episodes of {split.split} were "
                "learnt from, so its numbers there are too high."
            )


def _numbers(split: SplitCard) -> list[dict[str, str | int]]:
    return [
        {
            "split": split.split if name == SHOWN[0] else "",
            "number": name,
            "value": f"{split.scores[name].value:.3f}",
            "95 % interval": _interval(split.scores[name].interval),
            "shuffled": f"{split.floor[name]['mean']:.3f}" if split.floor else "–",
            "frames": split.n_slots,
            "episodes": split.n_clusters,
        }
        for name in SHOWN
    ]


def _characters(split: SplitCard) -> list[dict[str, str | int]]:
    return [
        {
            "character": name,
            "F1": f"{row['f1']:.3f}",
            "95 % interval": _interval(row["interval"]),
            "precision": f"{row['precision']:.3f}",
            "recall": f"{row['recall']:.3f}",
            "labels": row["support"],
        }
        for name, row in split.characters.items()
    ]


def _interval(found: Any) -> str:
    return "–" if found is None else f"{found[0]:.3f} … {found[1]:.3f}"
