"""`storybench metrics card`: what each metric answers when pictures are spoilt on purpose."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from storybench import registry
from storybench.cli import asked, console
from storybench.cli.options import Json, Seed, Split, Workers
from storybench.files import expect_folder
from storybench.metrics.device import use

if TYPE_CHECKING:
    from storybench.card.card import Card

TOY_STORIES = 900
RELEASE, DATASET = "flintstones", "flintstonessv"
COLUMNS = {"sees": ("sees",), "fooled by": ("fooled",), "unsure of": ("uneven", "faint")}
"""What the terminal says of each metric, and which verdicts go there; "blind" goes nowhere."""

ToyStories = Annotated[
    int, typer.Option(min=60, help="Stories of the toy world, where that is drawn.")
]


def card(
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of shards; without it a toy one is drawn in OUT."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for card.md and card.json.")] = Path(
        "metric-card"
    ),
    split: Split = "test",
    extractor: Annotated[str, typer.Option(help="A registered extractor.")] = "twin",
    weights: Annotated[Path | None, typer.Option(help="Other weights for the extractor.")] = None,
    classifier: Annotated[
        Path | None,
        typer.Option(help="A character classifier; on toy data one is fitted without it."),
    ] = None,
    device: asked.Device = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="Only this metric; may be given again. Default: all.")
    ] = None,
    stories: Annotated[
        int | None, typer.Option(min=1, help="Only the first stories of the split.")
    ] = None,
    toy_stories: ToyStories = TOY_STORIES,
    seed: Seed = 0,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Spoil real frames in known ways, more and more, and see which metrics notice.

    Example: storybench metrics card --out metric-card
    """
    from storybench.card.card import make_card
    from storybench.metrics.evidence import Options

    use(device)
    expect_folder(out, what="the card")
    if data is None:
        data = _toy(out, stories=toy_stories, seed=seed, workers=workers)
        classifier = classifier or _classifier(data, out, metric)
    with console.progress("Scoring") as on_progress:
        found = make_card(
            data,
            split=split,
            extractor=extractor,
            weights=weights,
            options=Options(classifier=classifier),
            metrics=metric,
            limit=stories,
            seed=seed,
            on_progress=on_progress,
        )
    _report(found, out, as_json=as_json)


def _report(found: Card, out: Path, *, as_json: bool) -> None:
    """Write the card, and print it in the way that was asked for."""
    from storybench.card.table import markdown
    from storybench.files import write_atomic, write_json

    document = _document(found)
    write_atomic(out / "card.md", markdown(found).encode())
    write_json(out / "card.json", {"schema_version": 1, **document})
    if as_json:
        console.emit_json(document)
        return
    _show(found)
    console.hint(f"Written to {out / 'card.md'} and {out / 'card.json'}")


def _toy(out: Path, *, stories: int, seed: int, workers: int) -> Path:
    """Draw a release of the toy world in a folder and build it; what stands is kept."""
    from storybench.cli.building import cpus

    raw, shards, workers = out / "raw", out / "shards", workers or cpus()
    with console.progress("Drawing the toy world") as bar:
        write_release: registry.Twin = registry.load("twins", RELEASE)
        write_release(raw, stories=stories, seed=seed, workers=workers, on_progress=bar)
    with console.progress("Building") as bar:
        part: registry.Dataset = registry.load("datasets", DATASET)
        part.build(raw, shards, workers=workers, options={}, on_progress=bar)
    return shards


def _classifier(data: Path, out: Path, metrics: list[str] | None) -> Path | None:
    """Fit the small classifier on the train split; one that stands is kept. None if not needed."""
    from storybench.metrics.classifier.fitting import fit

    if metrics is not None and "characters" not in metrics:
        return None
    path = out / "classifier.safetensors"
    with console.progress("Fitting a character classifier") as on_progress:
        fit(data, path, on_progress=on_progress)
    return path


def _document(found: Card) -> dict[str, object]:
    """The card as JSON values."""
    return {
        **found.describe(),
        "answers": [dataclasses.asdict(answer) for answer in found.answers],
        "absent": [dataclasses.asdict(absent) for absent in found.absent],
        "left_out": list(found.left_out),
    }


def _show(found: Card) -> None:
    from storybench.card.table import change, grid

    title = (
        f"{found.dataset} {found.split}: {found.n_stories:,} stories, {found.n_slots:,} frames, "
        f"{found.n_clusters} episodes, {found.extractor}"
    )
    console.say(title)
    table = Table(box=None, show_edge=False, pad_edge=False)
    table.add_column("metric", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for name, row in grid(found).items():
        said = {
            corruption: f"{corruption} {change(answer)}".strip()
            for corruption, answer in row.items()
        }
        table.add_row(
            name,
            *(
                ", ".join(
                    said[corruption] for corruption in row if row[corruption].verdict in words
                )
                for words in COLUMNS.values()
            ),
        )
    console.out.print(table, highlight=False)
    console.hint(
        "Numbers: the largest change in standard errors over episodes, + for worse. A metric is "
        "blind to what its row does not name."
    )
    for absent in found.absent:
        console.hint(f"{absent.metric} is not here: {absent.reason}")
    for reason in found.left_out:
        console.hint(f"left out: {reason}")
