"""`storybench cache ls|clear`: features by extractor, results of runs, compiled programs."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import InputError
from storybench.home import features_dir, programs_dir

OTHERS = {"results": "Results of runs", "programs": "Files of compiled programs"}


def ls(as_json: Json = False) -> None:
    """Show which features are cached (extractor, pictures, size, last use), and what else is.

    Example: storybench cache ls
    """
    from storybench import memo
    from storybench.metrics.cached import caches

    found = caches()
    others = {"results": memo.kept(), "programs": _programs()}
    kept = {
        kind: {"n_entries": len(files), "n_bytes": sum(path.stat().st_size for path in files)}
        for kind, files in others.items()
    }
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
        console.emit_json({"folder": str(features_dir()), "caches": rows, **kept})
        return
    for kind, one in kept.items():
        if one["n_entries"]:
            size = console.size(one["n_bytes"])
            console.facts(OTHERS[kind], {"kept": f"{one['n_entries']:,}", "size": size})
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
    """Remove cached features, and without a name all else; everything can be computed again.

    Asks first. Example: storybench cache clear twin --yes
    """
    from storybench import memo
    from storybench.metrics import cached

    found = cached.chosen(extractors or ())
    results, programs = ([], []) if extractors else (memo.kept(), _programs())
    total = console.size(sum(cache.n_bytes for cache in found))
    if (found or results or programs) and not yes:
        if as_json:
            raise InputError("Expected --yes beside --json, since nobody can be asked, found none.")
        for cache in found:
            console.hint(f"{cache.extractor}: {cache.n_entries:,} pictures")
        also = f", {len(results):,} results of runs" if results else ""
        also += f", {len(programs):,} files of compiled programs" if programs else ""
        if not typer.confirm(f"Remove {total} of cached features{also}?", err=True):
            console.hint("Nothing was removed.")
            return
    for cache in found:
        cached.clear(cache)
    if results:
        memo.forget()
    if programs:
        shutil.rmtree(programs_dir())
    if as_json:
        names = [cache.extractor for cache in found]
        n_others = {"results": len(results), "programs": len(programs)}
        console.emit_json({"removed": names, **n_others})
        return
    if results:
        console.say(f"Results of runs removed: {len(results):,}.")
    if programs:
        console.say(f"Files of compiled programs removed: {len(programs):,}.")
    if found or not (results or programs):
        console.say(
            f"Removed {total} of {len(found)} extractors." if found else "Nothing is cached."
        )


def _programs() -> list[Path]:
    return [path for path in programs_dir().rglob("*") if path.is_file()]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
