"""`storybench verify` and `storybench inspect`: are these shards whole, and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from storybench.cli import console
from storybench.cli.options import Json

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
        console.emit_json({"shards": str(shards), **_document(found)})
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

    found = _document(overview(shards))
    if as_json:
        console.emit_json({"shards": str(shards), **found})
        return
    title = f"{found.pop('dataset')} in {shards}"
    console.facts(title, {_words(name): _text(value) for name, value in found.items()})


def _document(value: Any) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(value)


def _words(name: str) -> str:
    return name.removeprefix("n_").replace("_", " ")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{name} {_text(item)}" for name, item in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
