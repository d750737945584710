"""`storybench protocols`: which ways to score there are, and what each of them does."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from storybench.cli import console
from storybench.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storybench.protocols.protocol import Protocol

N_TARGETS = 4
"""Of usual stories: ids of metrics that count frames are shown for them."""

ORDERS = {"position": "the official order", "file": "the order of its file"}


def list_protocols(as_json: Json = False) -> None:
    """List every protocol.

    Example: storybench protocols list
    """
    from storybench.protocols import catalogue

    if as_json:
        console.emit_json(
            {"protocols": [dataclasses.asdict(rules) for rules in catalogue.PROTOCOLS]}
        )
        return
    rows = Table(box=None)
    for column in ("protocol", "frames", "real frame", "pixels"):
        rows.add_column(column, no_wrap=True)
    rows.add_column("datasets")
    for rules in catalogue.PROTOCOLS:
        datasets = ", ".join(rules.datasets) or "any"
        rows.add_row(rules.name, _frames(rules), rules.reference, rules.pixels, datasets)
    console.out.print(rows, highlight=False)
    console.out.print(_summaries(catalogue.PROTOCOLS), highlight=False)
    console.hint("`storybench protocols show NAME` has every rule, and where it was read.")


def show(
    name: Annotated[str, typer.Argument(help="The protocol's name, such as storydalle-2022.")],
    as_json: Json = False,
) -> None:
    """Show every rule of a protocol, and the place each was read from.

    Example: storybench protocols show storydalle-2022
    """
    from storybench.protocols import catalogue

    rules = catalogue.get(name)
    if as_json:
        console.emit_json(dataclasses.asdict(rules))
        return
    console.facts(f"{rules.name}: {rules.summary}", _rules(rules))
    console.out.print("\n[bold]Where it was read[/bold]")
    for fact in rules.facts:
        console.say(f"  {fact.about}: {fact.says}")
        console.out.print(f"    [dim]{escape(fact.source)}[/dim]", highlight=False)
    if rules.citation:
        console.hint(rules.citation)


def _summaries(protocols: Sequence[Protocol]) -> Table:
    """What each is, wrapped between words."""
    table = Table(title="\nWhat each is", title_justify="left", title_style="bold", box=None)
    table.add_column(no_wrap=True)
    table.add_column()
    table.show_header = False
    for rules in protocols:
        table.add_row(rules.name, escape(rules.summary))
    return table


def _frames(rules: Protocol) -> str:
    """Which frames of a story are scored, in a word or two."""
    if rules.n_frames is not None:
        return f"first {rules.n_frames}"
    return "blocks" if rules.blocks else rules.frames


def _ids(rules: Protocol) -> str:
    """Its metric ids; where they count frames, those of usual stories."""
    ids = rules.ids(N_TARGETS)
    counts = f" (of stories with {N_TARGETS} targets)" if ids != rules.ids(N_TARGETS + 1) else ""
    return ", ".join(ids) + counts


def _classifier_pixels(rules: Protocol) -> str:
    """How a published classifier is fed; one of ours sees what it was fitted on."""
    paths = "; ".join(f"{one.dataset}: {one.path}" for one in rules.classifier_pixels)
    return f"{paths} (of a published one)" if paths else "as it was trained"


def _rules(rules: Protocol) -> dict[str, Any]:
    cuts = [
        f"{cut.dataset} {cut.split}: the first {cut.first:,} in {ORDERS.get(cut.order, cut.order)}"
        for cut in rules.cuts
    ]
    batch = rules.batch
    return {
        "datasets": ", ".join(rules.datasets) or "any",
        "task": rules.task,
        "stories": "; ".join(cuts) or "all",
        "blocks": "no clip is a target twice" if rules.blocks else "no",
        "dropped": "nothing" if batch is None else f"last batch of {batch.size} {batch.of}",
        "frames": _frames(rules),
        "real frame": rules.reference
        + (f", seed {rules.seed}" if rules.reference == "random" else ""),
        "counting": rules.counting,
        "pixels": rules.pixels,
        "pixels of real frames": rules.reference_pixels or rules.pixels,
        "extractor": rules.extractor,
        "metrics": ", ".join(rules.metrics),
        "metric ids": _ids(rules),
        "F1 averages": ", ".join(rules.averaging) or "none",
        "classifier's pixels": _classifier_pixels(rules),
        "flags": ", ".join(rules.flags) or "none",
    }
