"""Omni-StoryBench: `image/{index}/generated.png`, a row of a table each (L25)."""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import asking, by_numbers, numbered
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.mapping import mapping_question
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split

_PICTURE = re.compile(r"(?:(.+)/)?image/(\d{1,8})/generated\.png")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L25: with one target a story, the row is the story; else a mapping has to say."""
    runs: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for file, match in folder.paths(_PICTURE):
        runs.setdefault(match[1] or "", []).append((file, (int(match[2]), 0)))
    if not runs:
        return None
    why = ("Files are called image/{row}/generated.png.",)
    run, questions = choose_run(runs, answers, "such folders")
    if run is None:
        return Found(why=why, questions=questions)
    if split.n_targets > 1:
        question = mapping_question(
            f"a row of the table is one picture, and stories of {split.dataset} have "
            f"{split.n_targets} targets."
        )
        return asking(question, why=why, used=[file for file, _ in runs[run]])
    found = numbered(by_numbers(runs[run]), folder, split, answers, begins="target")
    return replace(found, why=(*why, *found.why), confidence=0.6)


LAYOUTS = (
    Layout(
        id="L25",
        name="omni-storybench",
        producer="Omni-StoryBench",
        example="image/#/generated.png",
        recognised="files image/{index}/generated.png",
        meaning="the index is the row of the benchmark's table, one picture each",
        traps=("known from its README only",),
        upstream=("Omni-StoryBench:README.md",),
        look=look,
    ),
)
