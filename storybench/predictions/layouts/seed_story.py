"""SEED-Story: `val_{j}/ori_{t:02d}.jpg`, with subtitled copies beside them (L18)."""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import by_numbers, framed, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split
from storybench.predictions.layouts.story_folders import place_folders

REPO = "TencentARC/SEED-Story@aec3c1c"

_STORY = r"(?:(.+)/)?(val_\d{1,8})/"
_PICTURE = re.compile(_STORY + r"ori_(\d{2,3})\.jpg")
_BESIDE = re.compile(_STORY + r"(?:\d{2,3}|000start_image)\.jpg")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L18: `ori_01.jpg` is the first generated picture; the start image is the source."""
    runs: dict[str, list[tuple[str, str, int]]] = {}
    for file, match in folder.paths(_PICTURE):
        runs.setdefault(match[1] or "", []).append((file, match[2], int(match[3])))
    beside = frozenset(file for file, _ in folder.paths(_BESIDE))
    if not runs and not beside:
        return None
    if not runs:
        return refused(
            "Only pictures with a subtitle below are there: their lowest 80 pixels are text. Score "
            "the ori_{t:02d}.jpg that the same script writes.",
            why=("Folders val_{j} hold {t:02d}.jpg.",),
            used=beside,
        )
    why = ("Folders val_{j} hold ori_{t:02d}.jpg; the subtitled copies are left out.",)
    run, questions = choose_run(runs, answers, "output folders")
    if run is None:
        return Found(why=why, questions=questions)
    named = place_folders((name for _, name, _ in runs[run]), split, answers, digits="val_")
    files = by_numbers((file, (named.numbers[name], t)) for file, name, t in runs[run])
    found = framed(files, named.placed, folder, split, answers, begins="source")
    return replace(found, why=(*why, *found.why), left_out=beside)


LAYOUTS = (
    Layout(
        id="L18",
        name="seed-story",
        producer="SEED-Story",
        example="val_#/ori_#.jpg",
        recognised="folders val_{j} with ori_{t:02d}.jpg",
        meaning="j is the line of the list of stories, t = 1, 2, … the target",
        traps=(
            "{t:02d}.jpg has a subtitle burnt in; ori_{t:02d}.jpg has none",
            "000start_image.jpg is the source, with its caption",
            "JPEG: the pictures were changed after the model drew them",
        ),
        upstream=(
            f"{REPO}:src/inference/vis_george_sink.py:162-231",
            f"{REPO}:src/inference/gen_george.py:159-222",
        ),
        look=look,
    ),
)
