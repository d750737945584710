"""`storybench preds`: anybody's pictures recognised, and brought into the canonical layout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Data, DryRun, Json, Seed, Split

if TYPE_CHECKING:
    from storybench.predictions.layouts import Recognition
    from storybench.predictions.layouts.split import Split as KnownSplit

Source = Annotated[Path, typer.Argument(help="A folder of generated pictures, in any layout.")]

ASKED = "What a layout may not say by itself: answered where it is asked"
"""Heading of `--help`."""

Layout = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=ASKED, help="Its layout by id or name (L8, gan-pictures), if several fit."
    ),
]
Run = Annotated[
    str | None,
    typer.Option("--run", rich_help_panel=ASKED, help="Which of several runs, folders or epochs."),
]
Order = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=ASKED,
        help="What story numbers count: official, file, story-id; FlintstonesSV: sorted.",
    ),
]
FirstIndex = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=ASKED, min=0, max=1, help="The number of the first story: 0 or 1."
    ),
]
FirstFrame = Annotated[
    str | None,
    typer.Option(rich_help_panel=ASKED, help="What each story's first frame is: source or target."),
]
FramesPerStory = Annotated[
    int | None, typer.Option(rich_help_panel=ASKED, min=1, help="Pictures a story has.")
]
BatchSize = Annotated[
    int | None,
    typer.Option(rich_help_panel=ASKED, min=1, help="Stories that were sampled at once (AR-LDM)."),
]
Range = Annotated[
    str | None,
    typer.Option(
        "--range", rich_help_panel=ASKED, help="Black and white in an array: 0..1, -1..1 or 0..255."
    ),
]
ChannelOrder = Annotated[
    str | None,
    typer.Option(rich_help_panel=ASKED, help="Colours in an HDF5 file's pictures: rgb or bgr."),
]
Mapping = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=ASKED, help="A CSV with the columns file,story,frame or folder,story."
    ),
]

QUESTIONS = (
    "layout",
    "run",
    "order",
    "first_index",
    "first_frame",
    "frames_per_story",
    "batch_size",
    "range",
    "channel_order",
    "mapping",
)
"""What a layout may ask, in the order of the options above."""


def answers(*told: object) -> dict[str, object]:
    """What was told, by question; given in the order of the options above."""
    return dict(zip(QUESTIONS, told, strict=False))


def recognise(
    source: Source,
    data: Data,
    split: Split = "test",
    layout: Layout = None,
    run: Run = None,
    order: Order = None,
    first_index: FirstIndex = None,
    first_frame: FirstFrame = None,
    frames_per_story: FramesPerStory = None,
    batch_size: BatchSize = None,
    values: Range = None,
    channel_order: ChannelOrder = None,
    mapping: Mapping = None,
    as_json: Json = False,
) -> None:
    """Say whose layout a folder has, why, how complete it is, and what has to be asked.

    Example: storybench preds recognise outputs/ --data shards/
    """
    told = answers(
        layout,
        run,
        order,
        first_index,
        first_frame,
        frames_per_story,
        batch_size,
        values,
        channel_order,
        mapping,
    )
    _, found = _look(source, data, split, told)
    if as_json:
        console.emit_json(found.summary())
    else:
        show(found)


def convert(
    source: Source,
    out: Annotated[Path, typer.Argument(help="A new folder, or one to continue.")],
    data: Data,
    split: Split = "test",
    layout: Layout = None,
    run: Run = None,
    order: Order = None,
    first_index: FirstIndex = None,
    first_frame: FirstFrame = None,
    frames_per_story: FramesPerStory = None,
    batch_size: BatchSize = None,
    values: Range = None,
    channel_order: ChannelOrder = None,
    mapping: Mapping = None,
    model: Annotated[
        str | None, typer.Option(help="The model's name, for predictions.json.")
    ] = None,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write pictures of any known layout as <story id>/<k>.png; continues where it was stopped.

    Example: storybench preds convert outputs/ preds/mine --data shards/ --batch-size 1
    """
    told = answers(
        layout,
        run,
        order,
        first_index,
        first_frame,
        frames_per_story,
        batch_size,
        values,
        channel_order,
        mapping,
    )
    known, found = _look(source, data, split, told)
    if not as_json:
        show(found)
    if dry_run:
        if as_json:
            console.emit_json({"out": None, **found.summary()})
        return
    described = None if model is None else {"name": model, "converted_from": found.layout.name}
    digest = _write(found, out, known, described, seed)
    if as_json:
        console.emit_json({"out": str(out), "digest": digest, **found.summary()})
        return
    console.facts(f"\nPredictions in {out}", {"stories": len(known.ids), "digest": digest})
    console.hint(f"Next: {scoring_command(out, data, split)}")


def init(
    directory: Annotated[Path, typer.Argument(help="A new folder.")],
    data: Data,
    split: Split = "test",
    as_json: Json = False,
) -> None:
    """Write the empty canonical tree, a folder a story, with a README of what goes where.

    Example: storybench preds init preds/mine --data shards/
    """
    from storybench.predictions.convert import lay_out
    from storybench.predictions.layouts.split import Split as Known
    from storybench.shards.reader import Stories

    known = Known.of(Stories(data, split))
    _check_any(known)
    lay_out(directory, known)
    if as_json:
        n_targets = known.n_targets
        console.emit_json(
            {"predictions": str(directory), "n_stories": len(known.ids), "n_targets": n_targets}
        )
        return
    console.say(f"{directory}: {len(known.ids):,} empty story folders of {known.dataset} {split}")
    then = scoring_command(directory, data, split)
    console.hint(f"Put 1.png … {known.n_targets}.png into each, then: {then}")


def layouts(as_json: Json = False) -> None:
    """List every layout that is known: by what it is recognised, and what its names mean.

    Example: storybench preds layouts
    """
    from storybench.predictions.layouts import LAYOUTS

    if as_json:
        told = [
            {name: value for name, value in vars(one).items() if name != "look"} for one in LAYOUTS
        ]
        console.emit_json({"layouts": told})
        return
    for one in LAYOUTS:
        rows = {"known by": one.recognised, "meaning": one.meaning}
        rows |= {f"trap {n}": trap for n, trap in enumerate(one.traps, start=1)}
        console.facts(
            f"{one.called}: {one.producer}",
            rows | {"upstream": "; ".join(one.upstream) or "–"},
        )


def show(found: Recognition) -> None:
    """Print what was recognised, why, and how complete it is; then what is asked or refused."""
    layout = found.layout
    rows = {
        "layout": f"{layout.called} (confidence {found.confidence:.2f})",
        "meaning": layout.meaning,
    }
    if found.can_be_scored:
        rows |= {
            "stories": f"{found.n_stories:,} of {found.n_stories_expected:,}",
            "targets": f"{found.n_targets_found:,} of {found.n_targets_expected:,}",
            "frames": ", ".join(map(str, found.frames)) or "none",
            "pictures": ", ".join(f"{size}: {n:,}" for size, n in found.sizes.items()) or "none",
        }
    console.facts(f"{found.directory}: {layout.producer}", rows)
    for sentence in (*found.why, *found.counts):
        console.say(f"  because: {sentence}")
    for sentence in found.notes:
        console.warn(sentence)
    _list("missing", [f"{story}/{k}" for story, k in found.missing])
    _list("belongs to nothing here", found.extra)
    _list("left out on purpose", found.left_out)
    if found.refusal:
        console.warn(f"It cannot be scored as it is. {found.refusal}")
    for question in found.questions:
        console.warn(f"It has to be asked: {question}")


def scoring_command(preds: Path, data: Path, split: str) -> str:
    """The command that scores a canonical folder."""
    from storybench.predictions.doctor.typed import Typed

    return Typed(data, split).filled_in("storybench eval --preds PREDS --data SHARDS", preds)


def _list(what: str, names: list[str] | tuple[str, ...]) -> None:
    if names:
        more = ", …" if len(names) > 3 else ""
        console.say(f"  {what}: {len(names):,} ({', '.join(names[:3])}{more})")


def _write(
    found: Recognition, out: Path, known: KnownSplit, model: dict[str, str] | None, seed: int
) -> str:
    """Write the canonical folder and return its digest."""
    from storybench.predictions.convert import convert as write

    with console.progress("Converting") as on_progress:
        done = write(found, out, split=known, model=model, seed=seed, on_progress=on_progress)
    return done.digest


def _look(
    source: Path, data: Path, split: str, answers: dict[str, object]
) -> tuple[KnownSplit, Recognition]:
    from storybench.predictions.layouts import recognise as look_at
    from storybench.predictions.layouts.split import Split as Known
    from storybench.shards.reader import Stories

    known = Known.of(Stories(data, split))
    _check_any(known)
    return known, look_at(source, known, answers)


def _check_any(known: KnownSplit) -> None:
    from storybench.errors import InputError

    if not known.ids:
        raise InputError(f"Expected stories in {known.dataset} {known.name}, found none.")
