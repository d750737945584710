"""CMOTA: `x_gen_{raw}_{f}.png` by raw ids (L12), and its evaluation's numbered folders (L13)."""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import by_numbers, framed, numbered
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.places import RAW
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split
from storybench.predictions.layouts.story_folders import place_folders

REPO = "yonseivnl/cmota@781528d"
CONTRAST = (
    "CMOTA stretches the contrast of each picture from its darkest to its brightest number before "
    "it writes it: FID and every other number on pixels are of the stretched pictures."
)

_PICTURE = re.compile(r"x_gen_(\d{1,8})_(\d{1,3})\.png")
_REAL = re.compile(r"x_ori_\d+_\d+\.png")
_FRAME = re.compile(r"(?:(.+)/)?(\d{1,8})/(\d{1,3})\.(?:png|jpg|jpeg|webp)")
_REAL_FOLDERS = {"test_ori", "ori", "test_real"}


def look_pictures(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L12: raw story ids; the real frames beside them are left out."""
    runs: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for parent, file, match in folder.matching(_PICTURE):
        runs.setdefault(parent, []).append((file, (int(match[1]), int(match[2]))))
    if not runs:
        return None
    why = ("Files are called x_gen_{story id}_{frame}.png.",)
    run, questions = choose_run(runs, answers, "folders of such pictures")
    if run is None:
        return Found(why=why, questions=questions)
    real = frozenset(file for _, file, _ in folder.matching(_REAL))
    found = numbered(by_numbers(runs[run]), folder, split, answers, begins=None, order=RAW)
    return replace(found, why=(*why, *found.why), left_out=real, notes=(CONTRAST,))


def look_folders(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L13: folders numbered from 1, with frames from 0; numbers count as numbers."""
    runs: dict[str, list[tuple[str, str, int]]] = {}
    left_out: set[str] = set()
    for file, match in folder.paths(_FRAME):
        parent = match[1] or ""
        if parent.rpartition("/")[2] in _REAL_FOLDERS:
            left_out.add(file)
        else:
            runs.setdefault(parent, []).append((file, match[2], int(match[3])))
    if not runs:
        return None
    why = ("Folders are numbers, and so are the pictures in them.",)
    run, questions = choose_run(runs, answers, "folders of numbered stories")
    if run is None:
        return Found(why=why, questions=questions, left_out=frozenset(left_out))
    named = place_folders(
        (name for _, name, _ in runs[run]), split, answers, documented="file", first=1
    )
    files = by_numbers((file, (named.numbers[name], k)) for file, name, k in runs[run])
    found = framed(files, named.placed, folder, split, answers, begins=None)
    return replace(found, why=(*why, *found.why), confidence=0.75, left_out=frozenset(left_out))


LAYOUTS = (
    Layout(
        id="L12",
        name="cmota-pictures",
        producer="CMOTA's pictures",
        example="x_gen_#_#.png",
        recognised="files x_gen_{raw}_{f}.png, usually with x_ori_… beside them",
        meaning="raw is the release's own story id, not a position; f = 0 … T, all frames",
        traps=(
            "raw ids read as positions are other stories",
            "each picture's contrast is stretched from its minimum to its maximum",
            "x_ori_… are the real frames",
        ),
        upstream=(
            f"{REPO}:cmota/models/cond_transformer.py:417-427",
            f"{REPO}:cmota/loader.py:550,575",
        ),
        look=look_pictures,
    ),
    Layout(
        id="L13",
        name="cmota-folders",
        producer="CMOTA's evaluation folders",
        example="test_gen/#/#.png",
        recognised="folders 1, 2, … with pictures 0.png, 1.png, …, usually below test_gen/",
        meaning="the folder is the place in the split's file, counted from 1; f = 0 … T",
        traps=(
            "CMOTA's own loader sorts the folders as text: 1, 10, 100, …",
            "test_ori/ holds the real frames",
        ),
        upstream=(
            f"{REPO}:fvd_calculation/dataset/preprocessing_for_evaluation.ipynb",
            f"{REPO}:fvd_calculation/datasets.py:21-33",
        ),
        look=look_folders,
    ),
)
