"""`storybench twin`: raw releases of the toy world."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from storybench import registry
from storybench.cli import console
from storybench.cli.building import cpus
from storybench.cli.options import Json, Workers


def twin(
    release: Annotated[str, typer.Argument(help="pororo, flintstones, didemo or didemosv.")],
    raw: Annotated[Path, typer.Argument(help="Folder to write; made if absent.")],
    stories: Annotated[int, typer.Option(min=1, help="At least this many stories.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 0,
    numbered: Annotated[bool, typer.Option(help="Paint the frame number into frames.")] = False,
    hold_out: Annotated[
        str | None,
        typer.Option(help="A character that only the test split has: of pororo or flintstones."),
    ] = None,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Write a raw release of the toy world, in the format of the real one.

    Example: storybench twin pororo raw/ --stories 60
    """
    write_release: registry.Twin = registry.load("twins", release)
    with console.progress("Drawing") as on_progress:
        files = write_release(
            raw,
            stories=stories,
            seed=seed,
            numbered=numbered,
            held_out=hold_out,
            workers=workers or cpus(),
            on_progress=on_progress,
        )
    if as_json:
        console.emit_json({"raw": str(raw), "files": dict(files)})
        return
    console.facts(f"A toy {release} release in {raw}", {"files": console.counts(files)})
    if hold_out is not None:
        console.hint(f"{hold_out} is in no frame of train and val, and in many of test.")
    console.hint("One of its files is cut short on purpose, so a build loses a few stories.")
    command = {"didemosv": "build-didemo"}.get(release, f"build-{release}")
    console.hint(f"Next: storybench {command} {raw} shards/ --max-drops 0.2")
