"""`storybench reproduce`: carry out a registered study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storybench import registry
from storybench.cli import console
from storybench.cli.building import cpus
from storybench.cli.options import Json, Workers

if TYPE_CHECKING:
    from storybench.reproduce import Results
    from storybench.studies import Study


def reproduce(
    name: Annotated[str, typer.Argument(help="A registered study, such as storydalle.")],
    out: Annotated[Path, typer.Argument(help="Folder for everything it makes.")],
    seeds: Annotated[int, typer.Option(min=1, help="So many trainings of each kind.")] = 3,
    init: Annotated[
        Path | None, typer.Option(help="Weights to start from; default: the packaged ones.")
    ] = None,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Try the claims of a paper in the toy world: train, draw, score, and say what holds.

    Run it again to continue where it was stopped, or with more seeds.

    Example: storybench reproduce storydalle storybench-reproduce
    """
    from storybench import reproduce as studies

    study: Study = registry.load("studies", name)
    with console.progress("Working") as on_progress:
        found = studies.reproduce(
            study,
            out,
            seeds=range(seeds),
            init=init,
            workers=workers or cpus(),
            on_progress=on_progress,
            say=console.hint,
        )
    if as_json:
        console.emit_json(found.record())
        return
    _show(found)
    console.hint(f"Pictures: {out / 'sheet.png'}. As Markdown: {out / 'results.md'}.")


def _show(found: Results) -> None:
    console.say(found.about)
    for claim, rows in found.rows():
        console.table(claim, rows)
