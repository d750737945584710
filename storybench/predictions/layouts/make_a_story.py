"""Make-A-Story (Story-LDM): `samples/{count:04}_{frame:02}.png`, counted on by every run (L7)."""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.errors import InputError
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import asking, by_numbers, numbered, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout, Question
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split

REPO = "ubc-vision/Make-A-Story@593ee04"

_SAMPLE = re.compile(r"(\d{4,9})_(\d{2})\.png")
_GRID = re.compile(r"(?:test|grid-?)\d+\.png")

Blocks = list[list[tuple[int, str]]]
"""Stories in the order they were written, each its frame numbers and files."""


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L7: the count goes up with every frame; a story begins where the frame is 00."""
    runs: dict[str, list[tuple[int, int, str]]] = {}
    for parent, file, match in folder.matching(_SAMPLE):
        runs.setdefault(parent, []).append((int(match[1]), int(match[2]), file))
    if not runs:
        return None
    grids = frozenset(file for _, file, _ in folder.matching(_GRID))
    why = ["Pictures are called {count:04}_{frame:02}.png; a story begins where the frame is 00."]
    told = answers if len(runs) > 1 else Answers()
    run, questions = choose_run(runs, told, "folders of samples")
    if run is None:
        return Found(why=tuple(why), questions=questions)
    files = [file for *_, file in runs[run]]
    blocks = _blocks(sorted(runs[run]))
    if blocks is None:
        return refused(
            "Expected frames 00, 01, … of one story after another, found gaps: with samples lost, "
            "the count no longer says which story is which. Sample into an empty folder.",
            why=why,
            used=files,
        )
    n = max(split.positions, default=len(split.ids) - 1) + 1
    part, more = _one_of_several(blocks, n, answers)
    if part is None:
        return asking(more, why=why, used=files) if more else None
    pairs = [(file, (story, frame)) for story, block in enumerate(part) for frame, file in block]
    found = numbered(by_numbers(pairs), folder, split, answers, begins="source")
    return replace(found, why=(*why, *found.why), left_out=grids, used=frozenset(files))


def _blocks(samples: list[tuple[int, int, str]]) -> Blocks | None:
    """Stories one after another; None if counts or frames have gaps."""
    blocks: Blocks = []
    before = samples[0][0] - 1
    for count, frame, file in samples:
        expected = {0} if not blocks else {0, len(blocks[-1])}
        if count != before + 1 or frame not in expected:
            return None
        if frame == 0:
            blocks.append([])
        blocks[-1].append((frame, file))
        before = count
    whole = {len(block) for block in blocks[:-1]} or {len(blocks[-1])}
    return blocks if len(whole) == 1 and len(blocks[-1]) <= max(whole) else None


def _one_of_several(
    blocks: Blocks, n: int, answers: Answers
) -> tuple[Blocks | None, Question | None]:
    """The stories of one run, where a second run was counted on after the first."""
    if len(blocks) <= n:
        return blocks, None
    n_runs = -(-len(blocks) // n)
    wanted = answers.get("run")
    if wanted is None:
        last = len(blocks) - (n_runs - 1) * n
        return None, Question(
            "run",
            f"there are {len(blocks):,} stories where the split has {n:,}: a rerun counts on from "
            f"the files that are there. If the first run was whole, these are {n_runs} runs, the "
            f"last of {last:,} stories; if not, sample into an empty folder.",
            tuple(str(r + 1) for r in range(n_runs)),
        )
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:6]) <= n_runs):
        raise InputError(f"Expected a run from 1 to {n_runs}, found --run {wanted}.")
    start = (int(wanted) - 1) * n
    return blocks[start : start + n], None


LAYOUTS = (
    Layout(
        id="L7",
        name="make-a-story",
        producer="Make-A-Story (Story-LDM)",
        example="#_#.png",
        recognised="files {count:04}_{frame:02}.png, usually below samples/",
        meaning="the count goes up with every frame; frame 00 is the first of a story",
        traps=(
            "the count begins at the number of files already there, so that reruns append",
            "four frames with the first: a build of five-frame stories lacks the last target",
            "test{n}.png are grids",
        ),
        upstream=(
            f"{REPO}:scripts/txt2img_flintstone_multitxt.py:123-163",
            f"{REPO}:ldm/models/diffusion/ddpm.py:381-443",
        ),
        look=look,
    ),
)
