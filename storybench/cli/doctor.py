"""`storybench doctor`: are the pictures whole, and do they belong to the stories?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from storybench.cli import console
from storybench.cli import preds as asking
from storybench.cli.options import Data, Json, Split, Workers
from storybench.errors import PredictionError

if TYPE_CHECKING:
    from storybench.predictions.doctor.diagnosis import Diagnosis
    from storybench.predictions.doctor.typed import Typed
    from storybench.predictions.layouts import Recognition
    from storybench.predictions.reader import Predictions
    from storybench.shards.reader import Stories

SHOWN = 10


def doctor(
    preds: Annotated[Path, typer.Argument(help="A folder of predictions, in any known layout.")],
    data: Data,
    split: Split = "test",
    page: Annotated[
        Path | None, typer.Option(help="Write the findings as one HTML page, with pictures.")
    ] = None,
    write_mapping: Annotated[
        Path | None,
        typer.Option(help="Misaligned: write which slot each file shows, for `preds convert`."),
    ] = None,
    layout: asking.Layout = None,
    run: asking.Run = None,
    order: asking.Order = None,
    first_index: asking.FirstIndex = None,
    first_frame: asking.FirstFrame = None,
    frames_per_story: asking.FramesPerStory = None,
    batch_size: asking.BatchSize = None,
    values: asking.Range = None,
    channel_order: asking.ChannelOrder = None,
    mapping: asking.Mapping = None,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Check predictions before scoring: whole, readable, and aligned with their stories.

    Exit code 2 if they must not be scored. Example: storybench doctor preds/mine --data shards/
    """
    from storybench import checkup
    from storybench.evaluate.subject import open_predictions
    from storybench.predictions.doctor.typed import Typed
    from storybench.shards.reader import Stories

    stories = Stories(data, split)
    places = (first_index, first_frame, frames_per_story, batch_size)
    told = asking.answers(layout, run, order, *places, values, channel_order, mapping)
    typed = Typed(data, split, told)
    found = open_predictions(preds, stories, told, _say_whose)
    diagnosis = _examined(found, stories, workers=workers)
    if page is not None:
        checkup.write_page(diagnosis, found, stories, page, typed=typed)
    named = None
    if write_mapping is not None:
        named = checkup.write_mapping(diagnosis, found, stories, write_mapping)
    if as_json:
        console.emit_json(checkup.record(diagnosis, typed=typed))
    else:
        show(diagnosis, typed)
        _say_where(page, write_mapping, named)
    _require_none(len(diagnosis.faults), preds)


def _examined(found: Predictions, stories: Stories, *, workers: int) -> Diagnosis:
    """What the doctor finds, beside the real frames of this split and of the others."""
    from storybench.predictions.doctor import examine

    with console.progress("Examining") as on_progress:
        return examine(
            found,
            story_ids=stories.ids,
            n_targets=stories.spec.n_targets,
            data_digest=stories.digest,
            truth=stories,
            others=stories.other_splits(),
            workers=workers,
            on_progress=on_progress,
        )


def _require_none(n_faults: int, preds: Path) -> None:
    if n_faults:
        raise PredictionError(
            f"Expected predictions that can be scored in {preds}, found {n_faults:,} "
            f"error{'' if n_faults == 1 else 's'}: see above."
        )


def show(diagnosis: Diagnosis, typed: Typed) -> None:
    """Print a verdict, what fits how well, and every kind of problem with its repair."""
    from storybench.predictions.doctor.saying import by_chance

    found = diagnosis.alignment
    pictures = sum(diagnosis.containers.values())
    rows = {
        "pictures": f"{pictures:,} readable as PNG, JPEG or WebP, {diagnosis.n_frames:,} expected",
        "verdict": "not examined" if found is None else found.outcome,
    }
    if found is not None:
        as_claimed = f"{found.claimed.gain:.2f} nats per slot as claimed"
        rows["gain"] = f"{as_claimed}, {by_chance(found.chance)}"
        rows["tried"] = f"{found.n_tried:,} other ways of claiming them"
        if found.truly is not None:
            rows["best"] = f"{found.best.name} ({found.best.gain:.2f})"
        if found.ties:
            more = f" and {len(found.ties) - 3} more" if len(found.ties) > 3 else ""
            names = "; ".join(one.name for one in found.ties[:3])
            rows["ties"] = f"fit as well: {names}{more}"
    console.facts(f"Predictions in {diagnosis.directory}", rows)
    shown: dict[str, int] = {}
    for problem in sorted(diagnosis.problems, key=lambda one: one in diagnosis.notes):
        shown[problem.kind] = shown.get(problem.kind, 0) + 1
        if shown[problem.kind] > SHOWN:
            continue
        sign = console.SIGNS["note" if problem in diagnosis.notes else "problem"]
        rule = f"{problem.rule} " if problem.rule else ""
        _line(sign, f"{rule}{problem.kind}: {problem.message}")
        if problem.fix:
            console.say(f"    {diagnosis.filled_in(problem.fix, typed)}")
    for kind, n in shown.items():
        if n > SHOWN:
            console.say(f"  … and {n - SHOWN:,} more of the kind {kind!r}.")
    if not diagnosis.problems:
        _line(console.SIGNS["good"], "Nothing to complain of.")


def _line(sign: str, text: str) -> None:
    console.out.print(f"{sign} {escape(text)}", highlight=False)


def _say_whose(found: Recognition) -> None:
    if found.can_be_scored and found.layout.id != "canonical":
        console.hint(f"Recognised {found.layout.producer} ({found.layout.id}).")


def _say_where(page: Path | None, mapping: Path | None, named: int | None) -> None:
    if page is not None:
        console.hint(f"Open {page}")
    if mapping is not None:
        console.hint(f"{named:,} files named in {mapping}")
