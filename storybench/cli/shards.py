"""`storybench verify` and `storybench inspect`: are these shards whole, and what is in them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Json

if TYPE_CHECKING:
    from storybench.shards.overview import Overview

Shards = Annotated[Path, typer.Argument(help="A folder of shards.")]


def verify(
    shards: Shards,
    deep: Annotated[bool, typer.Option("--deep", help="Decode every picture as well.")] = False,
    as_json: Json = False,
) -> None:
    """Check every hash, count and offset of a build; exit code 5 if one does not match.

    Example: storybench verify shards/ --deep
    """
    from storybench.shards.verify import verify as verify_shards

    with console.progress("Verifying") as on_progress:
        found = verify_shards(shards, deep=deep, on_progress=on_progress)
    if as_json:
        console.emit_json({"shards": str(shards), **dataclasses.asdict(found)})
    found.require()
    if not as_json:
        console.say(
            f"{shards}: {found.n_shards:,} shards, {found.n_stories:,} stories, "
            f"{console.size(found.n_bytes)}, all as the manifest says"
        )


def inspect(shards: Shards, as_json: Json = False) -> None:
    """Show what a build holds: counts, pictures, captions, licences, drops, options.

    Example: storybench inspect shards/
    """
    from storybench.shards.overview import overview

    found = overview(shards)
    if as_json:
        console.emit_json({"shards": str(shards), **dataclasses.asdict(found)})
        return
    console.facts(f"{found.dataset} in {shards}", _summary(found))
    console.table("Splits", [vars(split) for split in found.splits])
    for title, tally in (("Licences", found.licences), ("Drops", found.drops)):
        console.table(title, [{title.lower(): name, "count": n} for name, n in tally.items()])


def _summary(found: Overview) -> dict[str, str]:
    rows = {
        "version": found.version,
        "digest": found.digest,
        "frames a story": f"1 source + {found.n_targets} targets",
        "stories lost": f"{found.n_dropped:,} of {found.n_planned:,} planned",
        "on disk": f"{console.size(found.bytes)} in {found.n_shards:,} shards",
        "options": ", ".join(f"{k} {v}" for k, v in found.options.items() if v is not None),
    }
    if found.pictures is not None:
        (narrow, wide), (low, high) = found.pictures.widths, found.pictures.heights
        kinds = console.counts(found.pictures.suffixes)
        rows["pictures"] = f"{kinds}; {narrow}–{wide} px wide, {low}–{high} px high"
    if found.captions is not None:
        fewest, mean, most = found.captions.words
        rows["captions"] = (
            f"{found.captions.n_captions:,}, {found.captions.n_distinct:,} distinct; "
            f"{fewest}–{most} words, {mean:.1f} on average"
        )
    return rows
