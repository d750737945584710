"""AR-LDM: flat numbered pictures (L5), and the HDF5 file that it trains on (L6)."""

from __future__ import annotations

import re
from dataclasses import replace
from math import ceil

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import asking, by_numbers, numbered, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.hdf5 import look_hdf5
from storybench.predictions.layouts.recognition import Found, Layout, Question
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split

REPO = "xichenpan/ARLDM@9d8feeb"

_NUMBER = re.compile(r"(\d{4,9})\.png")


def look_flat(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L5: `{n:04d}.png`, nothing but numbers."""
    runs: dict[str, dict[int, str]] = {}
    for parent, file, match in folder.matching(_NUMBER):
        if match[1] == f"{int(match[1]):04d}":
            runs.setdefault(parent, {})[int(match[1])] = file
    if not any(n < 1000 for files in runs.values() for n in files):
        return None
    why = ["Pictures are called {n:04d}.png; n counts as a number, also beyond 9999."]
    run, questions = choose_run(runs, answers, "folders of numbered pictures")
    if run is None:
        return Found(why=tuple(why), questions=questions)
    files = runs[run]
    total = max(files) + 1
    asked = [*_off_by_one(files, answers)]
    start = answers.number("first-index") or 0
    per_story, told = _frames_per_story(total - start, split, answers)
    why += [told]
    batch = answers.number("batch-size")
    if per_story is None:
        asked.append(_ask_frames(total - start, split))
    if batch is None:
        asked.append(_ask_batch())
    if asked or per_story is None or batch is None:
        return asking(*asked, why=why, used=files.values())
    return _sorted_out(files, start, per_story, batch, why, folder, split, answers)


def _sorted_out(
    files: dict[int, str],
    start: int,
    per_story: int,
    batch: int,
    why: list[str],
    folder: Folder,
    split: Split,
    answers: Answers,
) -> Found:
    """The finding, where frames per story and batch size are known."""
    total = max(files) + 1 - start
    if batch > 1 and total % per_story:
        return refused(
            f"Expected whole stories of {per_story} frames, found {total:,} numbers. A run with "
            f"--batch-size {batch} that stopped within a batch has an unknown order at its end: "
            "sample the rest, or remove the pictures of the last batch.",
            why=why,
            used=files.values(),
        )
    n_stories = ceil(total / per_story)
    pairs = [
        (file, place_of(n - start, per_story=per_story, batch=batch, n_stories=n_stories))
        for n, file in files.items()
        if n >= start
    ]
    begins = "source" if per_story == split.n_targets + 1 else "target"
    kept = Answers({name: value for name, value in answers.items() if name != "first-index"})
    found = numbered(by_numbers(pairs), folder, split, kept, begins=begins)
    layout = "story by story" if batch == 1 else f"frame by frame in batches of {batch} stories"
    return replace(found, why=(*why, f"Pictures stand {layout}.", *found.why), confidence=0.9)


def place_of(n: int, *, per_story: int, batch: int, n_stories: int) -> tuple[int, int]:
    """Story and frame of picture n: inside a batch of b stories it is number f * b + s.

    >>> [place_of(n, per_story=2, batch=2, n_stories=3) for n in range(6)]
    [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 1)]
    """
    first = n // (batch * per_story) * batch
    size = min(batch, n_stories - first)
    frame, story = divmod(n - first * per_story, size)
    return first + story, frame


def _frames_per_story(total: int, split: Split, answers: Answers) -> tuple[int | None, str]:
    told = answers.number("frames-per-story")
    if told is not None:
        return told, f"Each story has {told} pictures, as was said."
    n_stories = max(split.positions, default=len(split.ids) - 1) + 1
    fitting = [v for v in (split.n_targets, split.n_targets + 1) if v * n_stories == total]
    if len(fitting) == 1:
        return fitting[0], f"{total:,} pictures of {n_stories:,} stories: {fitting[0]} each."
    return None, f"{total:,} pictures are not a whole number for each of {n_stories:,} stories."


def _off_by_one(files: dict[int, str], answers: Answers) -> list[Question]:
    if 0 in files or "first-index" in answers:
        return []
    return [
        Question(
            "first-index",
            "there is no 0000.png: is the first picture lost (0), or do they count from 1?",
            ("0", "1"),
        )
    ]


def _ask_frames(total: int, split: Split) -> Question:
    n, t = len(split.ids), split.n_targets
    return Question(
        "frames-per-story",
        f"{total:,} pictures were found; {n:,} stories have {n * t:,} with {t} frames each "
        f"(continuation) and {n * (t + 1):,} with {t + 1} (visualization).",
        (str(t), str(t + 1)),
    )


def _ask_batch() -> Question:
    return Question(
        "batch-size",
        "with more than one story in a batch, AR-LDM writes the first frame of each story of the "
        "batch, then the second of each. Its config has 1.",
    )


FLAT = Layout(
    id="L5",
    name="arldm-flat",
    producer="AR-LDM's pictures",
    example="#.png",
    recognised="nothing but {n:04d}.png in one folder, from 0000.png",
    meaning="batch by batch in the loader's order; in a batch of b stories, n = f * b + s",
    traps=(
        "the batch size stands nowhere: asked for as --batch-size",
        "names have five digits beyond 9999: text order is wrong",
        "T pictures a story in continuation, T + 1 in visualization",
    ),
    upstream=(f"{REPO}:main.py:281-287,423-444", f"{REPO}:config.yaml"),
    look=look_flat,
)
DATA = Layout(
    id="L6",
    name="arldm-hdf5",
    producer="AR-LDM's HDF5 file",
    example="pororo.h5",
    recognised="a .h5 file with the groups train, val, test and image0 … image4 in each",
    meaning="a row a story: encoded pictures of one frame, or strips of a clip's frames",
    traps=(
        "strips hold real frames: the file is what AR-LDM trains on",
        "written through OpenCV, red and blue are exchanged for everyone but OpenCV",
    ),
    upstream=(
        f"{REPO}:data_script/pororo_hdf5.py:20-40",
        f"{REPO}:data_script/flintstones_hdf5.py:21-42",
    ),
    look=look_hdf5,
)
LAYOUTS = (FLAT, DATA)
