"""CP-CSV: flat pictures counted from 1 without padding (L10)."""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import asking, by_numbers, numbered
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout, Question
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split

_NUMBER = re.compile(r"([1-9]\d{0,8})\.png")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L10: `{count}.png`, from 1, over stories and their frames."""
    runs: dict[str, dict[int, str]] = {}
    for parent, file, match in folder.matching(_NUMBER):
        runs.setdefault(parent, {})[int(match[1])] = file
    if not any(n < 1000 for files in runs.values() for n in files):
        return None
    why = ["Pictures are called {count}.png, from 1 and without leading zeros."]
    run, questions = choose_run(runs, answers, "folders of numbered pictures")
    if run is None:
        return Found(why=tuple(why), questions=questions)
    files = runs[run]
    n_stories = max(split.positions, default=len(split.ids) - 1) + 1
    fitting = [v for v in (split.n_targets, split.n_targets + 1) if v * n_stories == max(files)]
    per_story = answers.number("frames-per-story") or (fitting[0] if len(fitting) == 1 else None)
    if per_story is None:
        return asking(_ask_frames(max(files), split), why=why, used=files.values())
    why.append(f"{max(files):,} pictures: {per_story} a story.")
    pairs = [(file, divmod(count - 1, per_story)) for count, file in files.items()]
    begins = "source" if per_story == split.n_targets + 1 else None
    found = numbered(by_numbers(pairs), folder, split, answers, begins=begins, order="file")
    return replace(found, why=(*why, *found.why), confidence=0.8)


def _ask_frames(total: int, split: Split) -> Question:
    n, t = len(split.ids), split.n_targets
    return Question(
        "frames-per-story",
        f"pictures count to {total:,}; {n:,} stories have {n * (t + 1):,} with all {t + 1} frames "
        f"and {n * t:,} with {t}.",
        (str(t), str(t + 1)),
    )


LAYOUTS = (
    Layout(
        id="L10",
        name="cpcsv-flat",
        producer="CP-CSV's pictures",
        example="#.png",
        recognised="nothing but {count}.png in one folder, from 1.png, without leading zeros",
        meaning="the count runs over stories in the order of the split's file, and their frames",
        traps=(
            "AR-LDM's names are as flat, but begin with 0000.png",
            "written from -1..1 by a writer that takes 0..1: half of the shades may be cut to 0",
        ),
        upstream=("basiclab/CPCStoryVisualization-Pytorch@e34ecf1:miscc/utils.py:303-311",),
        look=look,
    ),
)
