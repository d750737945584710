"""`storybench export`: a build in the formats that others read."""

from __future__ import annotations

import dataclasses
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import InputError

if TYPE_CHECKING:
    from storybench.export import Exported
    from storybench.export.material import NoDerivatives


class To(str, Enum):
    """What to write."""

    folder = "folder"
    hf = "hf"
    arldm = "arldm-h5"


class PngOrder(str, Enum):
    """Which channel stands first in the PNGs of AR-LDM's file."""

    rgb = "rgb"
    bgr = "bgr"


def export(
    shards: Annotated[Path, typer.Argument(help="A folder of shards.")],
    out: Annotated[Path, typer.Argument(help="Folder to write; new or empty.")],
    to: Annotated[
        To, typer.Option(help="Pictures and tables, a Hugging Face dataset, or AR-LDM's HDF5.")
    ],
    split: Annotated[str | None, typer.Option(help="Only this split; all if not given.")] = None,
    order: Annotated[
        str | None, typer.Option(help="Another order of the release, such as file.")
    ] = None,
    skip_no_derivatives: Annotated[
        bool,
        typer.Option("--skip-no-derivatives", help="Leave out stories that allow no derivatives."),
    ] = False,
    include_no_derivatives: Annotated[
        bool,
        typer.Option("--include-no-derivatives", help="Take them too: you have the right to."),
    ] = False,
    channel_order: Annotated[
        PngOrder,
        typer.Option(help="arldm-h5: true colours, or exchanged as AR-LDM's own loader expects."),
    ] = PngOrder.rgb,
    strip_frames: Annotated[
        int | None,
        typer.Option(min=1, help="arldm-h5: frames of every strip; its FlintstonesSV loader: 5."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a build in a format that others read, with the licence of every frame.

    Example: storybench export shards/ pororo-hf/ --to hf
    """
    from storybench.export import export as export_shards

    with console.progress("Exporting") as on_progress:
        done = export_shards(
            shards,
            out,
            to=to.value,
            split=split,
            order=order,
            no_derivatives=_policy(skip=skip_no_derivatives, include=include_no_derivatives),
            channel_order=channel_order.value,
            strip_frames=strip_frames,
            on_progress=on_progress,
        )
    if as_json:
        console.emit_json({**dataclasses.asdict(done), "directory": str(done.directory)})
        return
    _show(done)


def _policy(*, skip: bool, include: bool) -> NoDerivatives:
    if skip and include:
        raise InputError(
            "Expected one of --skip-no-derivatives and --include-no-derivatives, found both."
        )
    return "skip" if skip else "include" if include else "refuse"


def _show(done: Exported) -> None:
    console.facts(
        f"{done.dataset} as {done.to} in {done.directory}",
        {
            "stories": console.counts(done.n_stories),
            "frames": f"{done.n_frames:,}",
            "on disk": console.size(done.n_bytes),
            "licences": console.counts(done.licences),
            "digest": done.digest,
        },
    )
    for note in done.notes:
        console.warn(note)
