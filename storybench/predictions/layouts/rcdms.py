"""RCDMs: `metric_…/{pos}_{f}.png`, where frame 0 is the given source (L15)."""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import by_numbers, numbered
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split

REPO = "muzishen/RCDMs@131d6f1"

_PICTURE = re.compile(r"(\d{1,8})_(\d)\.png")
_GRID = re.compile(r"\d{1,8}\.png")
_METRIC = re.compile(r"metric_.+_guidancescale.+_seed\d+_reg")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L15: positions in the order of AR-LDM's HDF5 file, which is the official one."""
    runs: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for parent, file, match in folder.matching(_PICTURE):
        runs.setdefault(parent, []).append((file, (int(match[1]), int(match[2]))))
    if not runs:
        return None
    named = {run for run in runs if _METRIC.fullmatch(run.rpartition("/")[2])}
    is_named = bool(named) or bool(_METRIC.fullmatch(folder.path.resolve().name))
    why = ["Files are called {position}_{frame}.png."]
    if is_named:
        why.append("The folder is called metric_…_guidancescale…_seed…_reg.")
    run, questions = choose_run(named or runs, answers, "runs (seeds or guidance scales)")
    if run is None:
        return Found(why=tuple(why), questions=questions)
    grids = frozenset(file for _, file, _ in folder.matching(_GRID))
    found = numbered(by_numbers(runs[run]), folder, split, answers, begins=None)
    return replace(
        found,
        why=(*why, *found.why),
        confidence=0.95 if is_named else 0.6,
        left_out=grids,
        notes=("Frame 0 is the given source drawn again: it is left out of the targets.",)
        if 0 in found.frames
        else (),
    )


LAYOUTS = (
    Layout(
        id="L15",
        name="rcdms",
        producer="RCDMs",
        example="metric_#_guidancescale#_seed#_reg/#_#.png",
        recognised="files {pos}_{f}.png with one digit f, in folders metric_…_seed{s}_reg",
        meaning="pos is the row of AR-LDM's HDF5 file (official order), f = 0 … T",
        traps=(
            "f = 0 is the given source, drawn again: no target",
            "{pos}.png beside them are grids of real and generated frames",
            "one folder for each guidance scale and seed: --run",
        ),
        upstream=(f"{REPO}:stage2_batchtest_rcdms_model.py:160-170,286-288,382-401",),
        look=look,
    ),
)
