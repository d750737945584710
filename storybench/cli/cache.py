"""`storybench cache ls|clear`: features that were computed, by extractor, and results of runs."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import InputError


def ls(as_json: Json = False) -> None:
    """Show which features are cached (extractor, pictures, size, last use), and results of runs.

    Example: storybench cache ls
    """
    from storybench import memo
    from storybench.home import features_dir
    from storybench.metrics.cached import caches

    found, results = caches(), memo.kept()
    n_bytes = sum(path.stat().st_size for path in results)
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
        kept = {"n_entries": len(results), "n_bytes": n_bytes}
        console.emit_json({"folder": str(features_dir()), "caches": rows, "results": kept})
        return
    if results:
        size = console.size(n_bytes)
        console.facts("Results of runs", {"kept": f"{len(results):,}", "size": size})
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
    """Remove cached features, and without a name results of runs; all can be computed again.

    Asks first. Example: storybench cache clear twin --yes
    """
    from storybench import memo
    from storybench.metrics import cached

    found = cached.chosen(extractors or ())
    results = [] if extractors else memo.kept()
    total = console.size(sum(cache.n_bytes for cache in found))
    if (found or results) and not yes:
        if as_json:
            raise InputError("Expected --yes beside --json, since nobody can be asked, found none.")
        for cache in found:
            console.hint(f"{cache.extractor}: {cache.n_entries:,} pictures")
        also = f" and {len(results):,} results of runs" if results else ""
        if not typer.confirm(f"Remove {total} of cached features{also}?", err=True):
            console.hint("Nothing was removed.")
            return
    for cache in found:
        cached.clear(cache)
    if results:
        memo.forget()
    if as_json:
        names = [cache.extractor for cache in found]
        console.emit_json({"removed": names, "results": len(results)})
        return
    if results:
        console.say(f"Results of runs removed: {len(results):,}.")
    if found or not results:
        console.say(
            f"Removed {total} of {len(found)} extractors." if found else "Nothing is cached."
        )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
