"""The README of an export: what is in it, under which terms, and where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storybench.export.licences import tally
from storybench.export.material import Material
from storybench.shards.overview import NOT_STATED


def card(material: Material, *, layout: str, notes: Iterable[str]) -> str:
    """Markdown; `layout` says how to read the files."""
    spec = material.spec
    licences = tally(material.licences())
    parts = [
        f"# {spec.name} {spec.version}",
        f"Stories of one source frame and {spec.n_targets} targets that follow, written by "
        "`storybench export`.",
        _table(("split", "stories"), material.n_stories),
        layout,
        *(f"Note: {note}" for note in notes),
        "## Licences",
        spec.licence or "The dataset states no terms of its own.",
        _table(("licence", "frames"), licences),
        *_unstated(licences),
        "## Source",
        f"Build `{material.stories.digest}`.",
        spec.citation,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def notes_on_licences(material: Material) -> tuple[str, ...]:
    """What whoever exports should know before handing it on."""
    found = []
    if n := tally(material.licences()).get(NOT_STATED, 0):
        found.append(
            f"{n:,} frames state no licence: ask whoever holds the rights before you hand them on."
        )
    if material.n_skipped:
        found.append(
            f"{material.n_skipped:,} stories were left out, since a frame of theirs allows no "
            "derivatives."
        )
    return tuple(found)


def _unstated(licences: Mapping[str, int]) -> tuple[str, ...]:
    if NOT_STATED not in licences:
        return ()
    return (
        f"Nobody says under which licence {licences[NOT_STATED]:,} of the frames stand; that is "
        "not a permission.",
    )


def _table(head: tuple[str, str], rows: Mapping[str, int]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "| --- | ---: |"]
    return "\n".join([*lines, *(f"| {name} | {count:,} |" for name, count in rows.items())])
