"""What every build command does: a dry run, or a build with progress, its result, its losses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storybench import registry
from storybench.cli import console
from storybench.errors import LossError

if TYPE_CHECKING:
    from storybench.types import BuildResult, Survey


@dataclass(frozen=True)
class Run:
    """How a build command was asked to run."""

    dry_run: bool
    workers: int
    engine_name: str
    rank: int
    world: int
    max_drops: float
    as_json: bool


def build_with(dataset: str, raw: Path, out: Path, *, options: Mapping[str, Any], run: Run) -> None:
    """Say what a build of a dataset would do, or do it and say what it did.

    Raises:
        LossError: more stories were lost than allowed; the shards stand either way.
    """
    part: registry.Dataset = registry.load("datasets", dataset)
    workers = run.workers or cpus()
    if run.dry_run:
        survey = part.survey(raw, out, workers=workers, options=options)
        (emit if run.as_json else show_survey)(survey)
        return
    with console.progress("Building") as on_progress:
        result = part.build(
            raw,
            out,
            workers=workers,
            engine_name=run.engine_name,
            rank=run.rank,
            world=run.world,
            options=options,
            on_progress=on_progress,
        )
    if run.as_json:
        emit(result)
    elif result.shards_awaited:
        show_share(result, run)
    else:
        show_build(result)
    allow_losses(result, run.max_drops)
    if not result.shards_awaited:
        console.hint(f"Next: storybench verify {out}")


def emit(value: Survey | BuildResult) -> None:
    """Print a result as JSON."""
    fields = vars(value).items()
    console.emit_json({name: str(v) if isinstance(v, Path) else v for name, v in fields})


def show_survey(survey: Survey) -> None:
    """Print what a build would do."""
    console.facts(
        f"{survey.dataset}: what a build would do",
        {
            "stories planned": console.counts(survey.n_stories),
            "found": console.counts(survey.found),
            "missing": f"{len(survey.missing):,} files" if survey.missing else "nothing",
            "drops": console.counts(survey.drops),
            "disk needed": f"{console.size(survey.bytes_needed)} "
            f"({console.size(survey.bytes_free)} free)",
            "time": f"about {console.duration(survey.seconds)}",
        },
    )
    for line in (*survey.missing[:10], *survey.notes):
        console.hint(f"  {line}")
    if len(survey.missing) > 10:
        console.hint(f"  … and {len(survey.missing) - 10:,} more (all of them with --json)")


def show_build(result: BuildResult) -> None:
    """Print what a build did."""
    console.facts(
        f"{result.dataset} in {result.directory}",
        {
            "stories": console.counts(result.n_stories),
            "lost": f"{result.n_dropped:,} of {result.n_planned:,} planned stories",
            "drops by reason": console.counts(result.drops),
            "shards": f"{result.shards_built:,} built, {result.shards_kept:,} kept",
            "digest": result.digest,
        },
    )


def show_share(result: BuildResult, run: Run) -> None:
    """Print what one rank of a job array did."""
    console.facts(
        f"{result.dataset} in {result.directory}: rank {run.rank} of {run.world}",
        {
            "shards": f"{result.shards_built:,} built, {result.shards_kept:,} kept",
            "still awaited": f"{result.shards_awaited:,} shards of other ranks",
        },
    )
    console.hint("The rank that finds every shard there finishes the build.")


def allow_losses(result: BuildResult, max_drops: float) -> None:
    """Raise LossError when more stories were lost than allowed; the shards stand either way."""
    share = result.n_dropped / result.n_planned if result.n_planned else 0.0
    if share > max_drops:
        raise LossError(
            f"Expected at most {max_drops:.1%} of the stories to be lost, found {share:.1%} "
            f"({result.n_dropped:,} of {result.n_planned:,}). The shards are whole without them: "
            f"see {result.directory / 'drops.jsonl'}, or allow it with --max-drops."
        )


def cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
