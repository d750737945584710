"""`storybench cache ls|clear`: the features that were computed, by extractor."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import InputError


def ls(as_json: Json = False) -> None:
    """Show which features are cached: extractor, pictures, size, last use.

    Example: storybench cache ls
    """
    from storybench.home import features_dir
    from storybench.metrics.cached import caches

    found = caches()
    rows = [
        {
            "extractor": cache.extractor,
            "n_entries": cache.n_entries,
            "n_bytes": cache.n_bytes,
            "last_use": None if cache.last_use is None else _moment(cache.last_use),
        }
        for cache in found
    ]
    if as_json:
        console.emit_json({"folder": str(features_dir()), "caches": rows})
        return
    if not rows:
        console.say(f"No features are cached in {features_dir()}.")
        return
    for row in rows:
        size = console.size(row.pop("n_bytes"))
        console.facts(row.pop("extractor"), {"pictures": f"{row['n_entries']:,}", "size": size,
                                             "last use": row["last_use"] or "never"})  # fmt: skip
    total = sum(cache.n_bytes for cache in found)
    console.say(f"{console.size(total)} in {features_dir()}")


def clear(
    extractors: Annotated[
        list[str] | None,
        typer.Argument(help="Beginnings of names of `storybench cache ls`; all without one."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Remove cached features; they are computed again when needed.

    Asks first. Example: storybench cache clear twin --yes
    """
    from storybench.metrics import cached

    found = cached.chosen(extractors or ())
    total = console.size(sum(cache.n_bytes for cache in found))
    if found and not yes:
        if as_json:
            raise InputError("Expected --yes beside --json, since nobody can be asked, found none.")
        for cache in found:
            console.hint(f"{cache.extractor}: {cache.n_entries:,} pictures")
        if not typer.confirm(f"Remove {total} of cached features?", err=True):
            console.hint("Nothing was removed.")
            return
    for cache in found:
        cached.clear(cache)
    if as_json:
        console.emit_json({"removed": [cache.extractor for cache in found]})
        return
    console.say(f"Removed {total} of {len(found)} extractors." if found else "Nothing is cached.")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
