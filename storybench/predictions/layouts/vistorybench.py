"""ViStoryBench: `{method}/{mode}/{language}/{time}/{story}/[shots/]…{n}.png` (L23)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.runs_of_stories import story_by_folder
from storybench.predictions.layouts.split import Split

REPO = "ViStoryBench/vistorybench@514cc31"

_SHOT = re.compile(
    r"((?:.+/)?\d{8}[_-]\d{6})/([^/]+)/(?:(?:\w*shots?)/)?(?:[^/]*_)?(\d{1,4})"
    r"\.(?:png|jpg|jpeg|webp)"
)
_CHARACTER = re.compile(r".+/\w*(?:chars|characters?)/[^/]+")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L23: several times are several runs; upstream takes the newest, here `--run` says."""
    runs: dict[str, list[tuple[str, str, int]]] = {}
    for file, match in folder.paths(_SHOT):
        if not _CHARACTER.fullmatch(file):
            runs.setdefault(match[1], []).append((file, f"{match[1]}/{match[2]}", int(match[3])))
    if not runs:
        return None
    why = "Folders are named by time, then story; pictures end in the number of the shot."
    run, questions = choose_run(runs, answers, "runs")
    if run is None:
        return Found(why=(why,), questions=questions)
    left_out = {file for file, _ in folder.paths(_CHARACTER)}
    return story_by_folder(runs[run], folder, split, answers, why=why, left_out=left_out)


LAYOUTS = (
    Layout(
        id="L23",
        name="vistorybench",
        producer="ViStoryBench",
        example="method/base/en/#-#/#/shots/shot_#.png",
        recognised="folders named by time, then by story, whose pictures end in a number",
        meaning="the number is the shot, from 0 or from 1",
        traps=(
            "several times are several runs, the newest maybe incomplete: --run",
            "shots are counted from 0 or from 1, depending on the method",
            "folders of characters stand beside the shots",
        ),
        upstream=(f"{REPO}:vistorybench/dataset_loader/read_outputs.py:31-87,139-187",),
        look=look,
    ),
)
