"""`storybench twin` and `storybench build-…`: raw releases, and shards from them."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storybench import registry
from storybench.cli import console
from storybench.cli.options import DryRun, Json, MaxDrops, PerShard, Workers
from storybench.errors import LossError

if TYPE_CHECKING:
    from storybench.types import BuildResult, Survey


class Windows(str, Enum):
    """How many stories are cut from one video."""

    first = "first"
    windows = "windows"
    disjoint = "disjoint"


class ChannelOrder(str, Enum):
    """What to do about the swapped colours of the released frames."""

    release = "release"
    fixed = "fixed"


class Container(str, Enum):
    """How frames cut from a video are stored."""

    png = "png"
    jpeg = "jpeg"


def twin(
    release: Annotated[str, typer.Argument(help="Which release to imitate; so far: didemo.")],
    raw: Annotated[Path, typer.Argument(help="Folder to write; made if absent.")],
    stories: Annotated[int, typer.Option(min=1, help="At least this many stories.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 0,
    numbered: Annotated[bool, typer.Option(help="Paint the frame number into frames.")] = False,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Write a raw release of the toy world, in the format of the real one.

    Example: storybench twin didemo raw/ --stories 60
    """
    write_release: registry.Twin = registry.load("twins", release)
    with console.progress("Drawing") as on_progress:
        files = write_release(
            raw,
            stories=stories,
            seed=seed,
            numbered=numbered,
            workers=workers or cpus(),
            on_progress=on_progress,
        )
    if as_json:
        console.emit_json({"raw": str(raw), "files": dict(files)})
        return
    console.facts(f"A toy {release} release in {raw}", {"files": console.counts(files)})
    console.hint("One of its videos is cut short on purpose, so a build loses a few stories.")
    console.hint(f"Next: storybench build-{release} {raw} shards/ --max-drops 0.2")


def build_didemo(
    raw: Annotated[Path, typer.Argument(help="Annotations, and videos anywhere below.")],
    out: Annotated[Path, typer.Argument(help="Folder for the shards.")],
    videos: Annotated[
        Path | None, typer.Option(help="Where the videos are, if not in RAW.")
    ] = None,
    stories: Annotated[Windows, typer.Option(help="Which moments of a video make stories.")] = (
        Windows.windows
    ),
    story_len: Annotated[
        int, typer.Option(min=2, max=8, help="Frames a story, source included.")
    ] = 3,
    channel_order: Annotated[
        ChannelOrder | None,
        typer.Option(
            help="Released frames: as published, or red and blue exchanged (default fixed)."
        ),
    ] = None,
    image: Annotated[Container, typer.Option(help="How frames are stored.")] = Container.png,
    short_side: Annotated[
        int | None, typer.Option(min=16, help="Scale frames down to this short side, in pixels.")
    ] = None,
    stories_per_shard: PerShard = 128,
    max_drops: MaxDrops = 0.05,
    dry_run: DryRun = False,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Build DiDeMoSV shards from DiDeMo videos, or from the released DiDeMoSV folder.

    Example: storybench build-didemo raw/ shards/ --dry-run
    """
    options = {
        "videos": videos,
        "stories": stories.value,
        "story_len": story_len,
        "channel_order": channel_order and channel_order.value,
        "image": image.value,
        "short_side": short_side,
        "stories_per_shard": stories_per_shard,
    }
    dataset: registry.Dataset = registry.load("datasets", "didemosv")
    if dry_run:
        survey = dataset.survey(raw, out, workers=workers or cpus(), options=options)
        (emit if as_json else show_survey)(survey)
        return
    with console.progress("Building") as on_progress:
        result = dataset.build(
            raw, out, workers=workers or cpus(), options=options, on_progress=on_progress
        )
    (emit if as_json else show_build)(result)
    allow_losses(result, max_drops)
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
            "missing": f"{len(survey.missing):,} videos" if survey.missing else "nothing",
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
