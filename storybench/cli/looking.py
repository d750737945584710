"""`storybench data audit`, `storybench gallery` and `storybench show`: look at a build."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import InputError, VerificationError

if TYPE_CHECKING:
    from rich.text import Text

    from storybench.audit.record import Audit
    from storybench.audit.tables import Table
    from storybench.gallery.choosing import Wanted
    from storybench.gallery.show import Shown
    from storybench.types import Image

GALLERY = Path("gallery.html")
PREDICTED = "test"
"""The split that predictions are of, unless said otherwise."""

MAX_COLUMNS = 44
MIN_COLUMNS = 12

Shards = Annotated[Path, typer.Argument(help="A folder of shards.")]


def audit(
    shards: Shards,
    page: Annotated[
        Path | None, typer.Option(help="Write a page with pictures here as well.")
    ] = None,
    threshold: Annotated[
        int,
        typer.Option(min=0, max=16, help="Bits of 64 in which near-duplicates may differ."),
    ] = 6,
    examples: Annotated[int, typer.Option(min=0, max=60, help="Examples of each kind.")] = 12,
    strict: Annotated[bool, typer.Option("--strict", help="End with 5 on a problem.")] = False,
    as_json: Json = False,
) -> None:
    """Look for leaks between splits, near-duplicates, overlaps, odd labels and captions.

    Example: storybench data audit shards/ --page audit.html
    """
    from storybench.audit.audit import audit as look_at
    from storybench.audit.page import write_page

    with console.progress("Auditing") as on_progress:
        found = look_at(shards, threshold=threshold, n_examples=examples, on_progress=on_progress)
    if page is not None:
        write_page(found, shards, page)
    if as_json:
        written = None if page is None else str(page)
        console.emit_json({"shards": str(shards), "page": written, **dataclasses.asdict(found)})
    else:
        _show_audit(found, shards)
        if page is not None:
            console.say(f"\n{page}")
    if strict and found.has_problems:
        n = sum(one.level == "problem" for one in found.findings)
        raise VerificationError(
            f"Expected a build without problems, found {n}, listed above as ✗. Mend the splits, or "
            "run without --strict to go on knowing of them."
        )


def gallery(
    shards: Shards,
    out: Annotated[
        Path | None, typer.Option(help="The page; gallery.html if no sheet is asked for either.")
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="A contact sheet as PNG.")] = None,
    stories: Annotated[
        int | None,
        typer.Option(min=1, help="At most so many, evenly spread: 200 on a page, 12 on a sheet."),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="What a model drew, below each story of the sheet; several go below."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only this split.")] = None,
    character: Annotated[str | None, typer.Option(help="Only stories showing this one.")] = None,
    text: Annotated[
        str | None, typer.Option(help="Only stories with this in a caption, id or episode.")
    ] = None,
    files: Annotated[
        bool, typer.Option("--files/--embed", help="Pictures beside the page, or inside it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write stories as one HTML page, or as a contact sheet.

    Example: storybench gallery shards/ --split test --out test.html --sheet test.png
    """
    from storybench.gallery.choosing import Wanted

    if beside and (sheet is None or out is not None):
        raise InputError(
            "Expected --sheet alone with --beside, since a page shows real frames. `storybench "
            "compare` writes a page of two sets of pictures."
        )
    if beside and split is None:
        split = PREDICTED
    wanted = Wanted(split=split, character=character, text=text)
    if out is None and sheet is None:
        out = GALLERY
    written: dict[str, Any] = {"page": None, "sheet": None}
    if out is not None:
        written["page"] = _write_page(shards, out, wanted, stories, files)
    if sheet is not None:
        written["sheet"] = _write_sheet(shards, sheet, wanted, stories, beside or [])
    if as_json:
        console.emit_json({"shards": str(shards), **written})
        return
    for entry in written.values():
        if entry is not None:
            console.say(_written(entry))


def show(
    shards: Shards,
    key: Annotated[str, typer.Argument(help="The id of a story.")],
    out: Annotated[
        Path | None, typer.Option(help="Write its pictures into this folder, bytes untouched.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one story: captions, characters, origins; and its pictures, where there is colour.

    Example: storybench show shards/ 4391-12-40
    """
    from storybench.gallery.show import show as look_at
    from storybench.gallery.show import write_pictures

    found = look_at(shards, key)
    paths = [str(path) for path in write_pictures(found, out)] if out is not None else []
    if as_json:
        console.emit_json({"shards": str(shards), "written": paths, **found.to_json()})
        return
    _show_story(found)
    for path in paths:
        console.say(path)


def _show_audit(found: Audit, shards: Path) -> None:
    from storybench.audit.tables import sections

    sizes = {one.split: one.n_stories for one in found.windows}
    console.facts(
        f"{found.dataset} in {shards}",
        {
            "version": found.version,
            "digest": found.digest,
            "stories": console.counts(sizes),
            "pictures": f"{found.near.n_pictures:,}",
        },
    )
    for section in sections(found):
        for table in section.tables:
            console.table(f"{section.title}: {table.title}", _cells(table))
    console.out.print()
    console.findings(found.findings)


def _cells(table: Table) -> list[dict[str, str | int]]:
    """Rows for a terminal: shares to the right, a dash where there is nothing."""
    return [
        {
            name: f"{value!s:>7}" if isinstance(value, float) else "–" if value is None else value
            for name, value in row.items()
        }
        for row in table.rows
    ]


def _write_page(
    shards: Path, out: Path, wanted: Any, stories: int | None, files: bool
) -> dict[str, Any]:
    from storybench.gallery.page import STORIES
    from storybench.gallery.page import gallery as write

    with console.progress("Drawing") as on_progress:
        done = write(
            shards,
            out,
            wanted=wanted,
            n_stories=stories or STORIES,
            pictures="beside" if files else "inside",
            on_progress=on_progress,
        )
    folder = None if done.folder is None else str(done.folder)
    return {**dataclasses.asdict(done), "page": str(done.page), "folder": folder}


def _write_sheet(
    shards: Path, out: Path, wanted: Wanted, stories: int | None, drawn: list[Path]
) -> dict[str, Any]:
    from storybench.evaluate.subject import open_predictions
    from storybench.gallery.sheet import STORIES, write_sheet
    from storybench.shards.reader import Stories

    beside = {}
    if drawn:
        split = Stories(shards, wanted.split)
        beside = {one.name: open_predictions(one, split) for one in drawn}
    with console.progress("Drawing") as on_progress:
        n = write_sheet(
            shards,
            out,
            wanted=wanted,
            n_stories=stories or STORIES,
            beside=beside,
            on_progress=on_progress,
        )
    return {"sheet": str(out), "n_stories": n, "sheet_bytes": out.stat().st_size}


def _written(entry: dict[str, Any]) -> str:
    """What was written, in one line that starts with its path."""
    if "sheet" in entry:
        size = console.size(entry["sheet_bytes"])
        return f"{entry['sheet']}: {entry['n_stories']:,} stories, {size}"
    pictures = f"{entry['n_pictures']:,} pictures of {console.size(entry['picture_bytes'])}"
    where = "inside it" if entry["folder"] is None else f"in {entry['folder']}"
    return (
        f"{entry['page']}: {entry['n_stories']:,} of {entry['n_matching']:,} stories, "
        f"{console.size(entry['page_bytes'])}, {pictures} {where}"
    )


def _show_story(found: Shown) -> None:
    story = found.story
    rows = {
        "split": f"{story.split}, position {story.position:,}",
        "episode": story.cluster,
        "labels from": story.label_source or "nowhere",
        "shard": found.shard,
    }
    if story.orders:
        rows["other orders"] = ", ".join(f"{name} {n:,}" for name, n in story.orders.items())
    if story.subsets:
        rows["part of"] = ", ".join(story.subsets)
    console.facts(f"{story.id} of {found.spec.name}", rows)
    if _has_colours():
        console.out.print()
        console.out.print(_drawn([frame.image for frame in story.frames]), highlight=False)
    for k, entry in enumerate(found.to_json()["frames"]):
        console.out.print()
        console.facts("Source" if k == 0 else f"Frame {k}", _frame_rows(entry))


def _has_colours() -> bool:
    """Whether stdout is a terminal that shows any colour, and nobody asked for none."""
    terminal = console.out
    return terminal.is_terminal and terminal.color_system == "truecolor" and not terminal.no_color


def _frame_rows(entry: dict[str, Any]) -> dict[str, str]:
    origin = entry["origin"]
    rows = {"caption": entry["caption"].strip()}
    for n, text in enumerate(entry["captions"]):
        if n != entry["default"]:
            rows[f"caption {n}"] = text.strip()
    if entry["characters"] is not None:
        rows["characters"] = ", ".join(entry["characters"]) or "none of them"
    where = [f"{name} {origin[name]}" for name in ("index", "time") if origin[name] is not None]
    rows["origin"] = ", ".join([origin["file"], f"clip {origin['clip']}", *where])
    if entry["licence"] is not None:
        rows["licence"] = entry["licence"]
    size = console.size(entry["bytes"])
    rows["picture"] = f"{entry['file']}, {entry['width']} × {entry['height']} pixels, {size}"
    return rows


def _drawn(images: list[Image]) -> Text:
    """Pictures beside each other, two pixels a character."""
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    from storybench.gallery.blocks import HALF, half_blocks

    room = (console.out.width + 1) // len(images) - 1
    columns = max(MIN_COLUMNS, min(MAX_COLUMNS, room))
    drawings = [half_blocks(image, columns=columns) for image in images]
    text = Text()
    for row in range(max(map(len, drawings))):
        for drawing in drawings:
            for upper, lower in drawing[row].tolist() if row < len(drawing) else ():
                style = Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
                text.append(HALF, style)
            text.append(" " if row < len(drawing) else " " * (columns + 1))
        text.append("\n")
    return text
