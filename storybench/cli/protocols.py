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
    from storybench.protocols.protocol import Protocol


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
    table = Table(box=None)
    for column in ("protocol", "datasets", "frames", "real frame", "pixels", "what it is"):
        table.add_column(column, overflow="fold")
    for rules in catalogue.PROTOCOLS:
        table.add_row(
            rules.name,
            ", ".join(rules.datasets) or "any",
            rules.frames_id,
            rules.reference,
            rules.pixels,
            rules.summary,
        )
    console.out.print(table, highlight=False)


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
    table = Table(title="\nWhere it was read", title_justify="left", title_style="bold", box=None)
    for column in ("rule", "what it says", "source"):
        table.add_column(column, overflow="fold")
    for fact in rules.facts:
        table.add_row(fact.about, escape(fact.says), escape(fact.source))
    console.out.print(table, highlight=False)
    if rules.citation:
        console.hint(rules.citation)


def _rules(rules: Protocol) -> dict[str, Any]:
    cuts = [f"{cut.dataset} {cut.split}: first {cut.first:,} ({cut.order})" for cut in rules.cuts]
    batch = rules.batch
    return {
        "datasets": ", ".join(rules.datasets) or "any",
        "task": rules.task,
        "stories": "; ".join(cuts) or "all",
        "blocks": "no clip is a target twice" if rules.blocks else "no",
        "dropped": "nothing" if batch is None else f"last batch of {batch.size} {batch.of}",
        "frames": f"{rules.frames} ({rules.frames_id})",
        "real frame": rules.reference
        + (f", seed {rules.seed}" if rules.reference == "random" else ""),
        "counting": rules.counting,
        "pixels": rules.pixels,
        "pixels of real frames": rules.reference_pixels or rules.pixels,
        "extractor": rules.extractor,
        "metrics": ", ".join(rules.metrics),
        "metric ids": ", ".join(rules.metric_ids),
        "F1 averages": ", ".join(rules.averaging) or "none",
        "flags": ", ".join(rules.flags) or "none",
    }
