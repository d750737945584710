"""`storybench quickstart`: the whole loop on the toy world, no network and no GPU.

Raw release -> shards -> a character classifier -> a StoryDALL-E fine-tuned -> its pictures and
those of the controls -> scores with intervals -> a leaderboard page.
Each step is the same function that its own command calls, so what works here works on real data.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storybench import registry
from storybench.cli import console
from storybench.cli.building import cpus
from storybench.cli.options import Seed, Workers
from storybench.cli.scores import show_reports
from storybench.errors import InputError
from storybench.files import expect_folder

if TYPE_CHECKING:
    from storybench.types import Report

RELEASES = {"pororo": "pororosv", "flintstones": "flintstonessv", "didemo": "didemosv"}
"""The raw releases that are drawn, and the dataset that each becomes."""

DESCRIPTIONS = {
    "copy-source": "Repeats the source frame: what a score is worth when nothing happens.",
    "nearest-train": "Shows the training story with the most similar captions and source.",
    "storydalle": "The toy world's text-to-image model with retro cross-attention, tuned briefly.",
}
"""Of every model that plays."""

CONTROLS = ("copy-source", "nearest-train")

NEEDED = ("torch", "torchvision", "lightning_fabric", "tokenizers")
"""Packages that come with extras."""

STORIES = 60
"""Toy stories a dataset, about, if no other number is asked for."""

TUNED = "pororo"
"""The release that a StoryDALL-E is fine-tuned on."""

PRESET = "twin-full"
TUNING = {"steps": 100, "batch": 8, "accumulate": 1, "lr": 5e-4, "warm_up": 10, "clip": 1.0}
"""Half a minute on two processor cores."""


def quickstart(
    out: Annotated[Path, typer.Argument(help="Folder for everything it makes.")] = Path(
        "storybench-quickstart"
    ),
    stories: Annotated[int, typer.Option(min=6, help="Toy stories a dataset, about.")] = STORIES,
    seed: Seed = 0,
    workers: Workers = 0,
) -> None:
    """Raw data, shards, pictures, scores and a leaderboard page of three datasets, in minutes.

    Example: storybench quickstart
    """
    started = time.monotonic()
    expect_folder(out, what="the quickstart")
    _expect_packages()
    workers, board = workers or cpus(), out / "leaderboard"
    reports = []
    for release, dataset in RELEASES.items():
        raw, shards = out / "raw" / release, out / "shards" / release
        _draw(release, raw, stories=stories, seed=seed, workers=workers)
        _build(dataset, raw, shards, workers=workers)
        judge = _fit(dataset, shards, out / "classifiers" / f"{release}.safetensors")
        models = {name: name for name in CONTROLS}
        if release == TUNED:
            models["storydalle"] = _tune(dataset, shards, out / "runs" / release, seed=seed)
        preds = out / "preds" / release
        reports += [
            _play(name, model, dataset, shards, preds / name, board, judge)
            for name, model in models.items()
        ]
    with _step("render the page"):
        from storybench.board.page.render import build_board

        page = build_board(board, board / "site" / "index.html")
    show_reports(reports)
    console.hint(f"The whole loop took {console.duration(time.monotonic() - started)}.")
    console.hint(f"Two systems side by side: storybench compare {_folders(out)} --page versus.html")
    console.say(f"Open {page.resolve()}")


def _expect_packages() -> None:
    """See, before anything is drawn, that the packages of the later steps are installed."""
    for name in NEEDED:
        if find_spec(name) is None:
            raise ModuleNotFoundError(name=name)


def _folders(out: Path) -> str:
    """The evaluations of both controls on the first dataset."""
    from storybench.protocols.sb_v1 import SB_V1
    from storybench.report.place import ENDING

    preds = out / "preds" / next(iter(RELEASES))
    return " ".join(str(preds / f"{model}{ENDING}" / SB_V1.name) for model in CONTROLS)


def _draw(release: str, raw: Path, *, stories: int, seed: int, workers: int) -> None:
    with _step(f"{release}: draw a raw release of the toy world"), console.progress("Draw") as bar:
        write_release: registry.Twin = registry.load("twins", release)
        write_release(raw, stories=stories, seed=seed, workers=workers, on_progress=bar)


def _build(dataset: str, raw: Path, shards: Path, *, workers: int) -> None:
    from storybench.shards.verify import verify

    with _step(f"{dataset}: build shards from it"), console.progress("Build") as bar:
        part: registry.Dataset = registry.load("datasets", dataset)
        part.build(raw, shards, workers=workers, options={}, on_progress=bar)
    with _step(f"{dataset}: verify the shards"):
        verify(shards, deep=True).require()


def _fit(dataset: str, shards: Path, path: Path) -> Path | None:
    """A small character classifier of the dataset; None where it has no labels, or too few."""
    from storybench.metrics.classifier.fitting import fit
    from storybench.metrics.classifier.settings import TOY
    from storybench.metrics.classifier.starting import TOY_TRUNK
    from storybench.shards.reader import Stories

    if not Stories(shards).spec.characters:
        return None
    try:
        with _step(f"{dataset}: fit a character classifier"), console.progress("Fit") as bar:
            fit(shards, path, settings=TOY, init=TOY_TRUNK, on_progress=bar)
    except InputError as error:  # of a build with too few episodes
        console.warn(f"{dataset}: character scores are left out. {error}")
        return None
    return path


def _tune(dataset: str, shards: Path, run: Path, *, seed: int) -> str:
    """A StoryDALL-E, from the toy world's model that comes with the package; returns its path."""
    trainer: registry.Trainer = registry.load("trainers", "storydalle")
    with _step(f"{dataset}: fine-tune StoryDALL-E"), console.progress("Train") as bar:
        trainer.train(shards, run, preset=PRESET, options={**TUNING, "seed": seed}, on_progress=bar)
    return str(run)


def _play(
    name: str,
    model: str,
    dataset: str,
    shards: Path,
    preds: Path,
    board: Path,
    judge: Path | None,
) -> Report:
    from storybench.board.submissions.submit import submit
    from storybench.generate import generate

    with _step(f"{dataset}: generate with {name}"):
        generate(model, shards, preds)
    with _step(f"{dataset}: score {name}"):
        report, folder = _score(preds, shards, judge)
    with _step(f"{dataset}: submit {name}"):
        submit(
            folder / "report.json",
            preds,
            shards,
            board=board,
            name=name,
            authors="storybench",
            description=DESCRIPTIONS[name],
        )
    return report


def _score(preds: Path, shards: Path, judge: Path | None) -> tuple[Report, Path]:
    """The report, and the folder beside the predictions that holds it with its page and tables."""
    from storybench.evaluate import evaluate_prepared, load_behind, prepare_for
    from storybench.metrics.evidence import Options
    from storybench.protocols.sb_v1 import SB_V1
    from storybench.report.folder import write
    from storybench.report.place import home_of

    subject = prepare_for(SB_V1, preds, shards)
    network, options = load_behind(SB_V1, "twin"), Options(classifier=judge)
    found = evaluate_prepared(subject, SB_V1, network, options=options)
    folder = write(
        found,
        home_of(preds) / SB_V1.name,
        predictions=subject.predictions,
        stories=subject.stories,
        notes=[problem.message for problem in subject.diagnosis.problems],
    )
    return found.report, folder


@contextmanager
def _step(what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    console.err.print(f"[green]✓[/green] {what} [dim]{time.monotonic() - started:.1f} s[/dim]")
