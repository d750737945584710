"""characters.html and characters.json: what was found, to look at and to compute with."""

from __future__ import annotations

from pathlib import Path

from storybench.analysis import chart
from storybench.analysis.characters import CharacterAnalysis
from storybench.analysis.judge import DOUBTS
from storybench.analysis.seen import FREQUENT, RARE
from storybench.analysis.shares import NO_NUMBER
from storybench.files import write_atomic, write_json
from storybench.page.document import PICTURES_INSIDE, render
from storybench.report.text import name_of

ROOM = "storybench.analysis"
PAGE, NUMBERS = "characters.html", "characters.json"


def write(found: CharacterAnalysis, folder: Path) -> Path:
    """Write both files into a folder, made if absent, whole or not at all; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / NUMBERS, {"schema_version": 1, **found.record()})
    write_atomic(folder / PAGE, page(found).encode())
    return folder / PAGE


def page(found: CharacterAnalysis) -> str:
    """The page; the same analysis gives the same bytes."""
    return render(
        ROOM,
        "characters.html",
        style="characters.css",
        pictures=PICTURES_INSIDE,
        found=found,
        name=name_of(found.model),
        notes=found.notes(),
        chart=chart.against_training(found.characters, found.train),
        crowd=chart.by_crowd(found.crowds),
        box=chart,
        doubts=DOUBTS,
        cuts=(RARE, FREQUENT),
        no_number=NO_NUMBER,
    )
