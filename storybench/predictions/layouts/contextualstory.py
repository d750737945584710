"""ContextualStory, TemporalStory: `gen_img/{clip}.png`, overwritten where stories overlap (L16)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.clips import places_of, plain, shared_share
from storybench.predictions.layouts.finding import picture_of, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split
from storybench.predictions.reader import Picture

REPO = "sixiaozheng/ContextualStory@b1daa49"

_PICTURE = re.compile(r"(?:(.+)/)?gen_img/((?:[^/]+/)*[^/]+)\.png")
_BESIDE = re.compile(r"(?:.+/)?(?:ori_img/ori_img_\d+_\d+|figures/figure_\d+)\.png")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L16: a picture for each clip, that of the last story which shows it."""
    runs: dict[str, list[tuple[str, str]]] = {}
    for file, match in folder.paths(_PICTURE):
        runs.setdefault(match[1] or "", []).append((file, plain(match[2])))
    if not runs:
        return None
    why = ["There is a folder gen_img of pictures named by clip."]
    run, questions = choose_run(runs, answers, "result folders")
    if run is None:
        return Found(why=tuple(why), questions=questions)
    files = runs[run]
    places = places_of(split)
    known, n_shared = shared_share(places, {clip for _, clip in files})
    if n_shared or not known:
        found = (
            f"{n_shared:,} of {known:,} clips stand in several stories of the split, and the "
            "picture of the last one has overwritten the others"
            if known
            else "none of the names is a clip of the split"
        )
        return refused(
            f"A file is named by its clip alone: {found}. Sample again with a folder for each "
            "story. The thumbnails in figures/ are of 128 pixels and have captions in them, so "
            "they do not stand in for the pictures.",
            why=why,
            used=[file for file, _ in files],
        )
    pictures: dict[tuple[str, int], Picture] = {
        place: picture_of(folder, file) for file, clip in files for place in places.get(clip, ())
    }
    why.append("No clip stands in two stories of the split, so that nothing was overwritten.")
    return Found(
        why=tuple(why),
        pictures=pictures,
        used=frozenset(file for file, clip in files if clip in places),
        left_out=frozenset(file for file, _ in folder.paths(_BESIDE)),
        frames=tuple(sorted({k for _, k in pictures})),
    )


LAYOUTS = (
    Layout(
        id="L16",
        name="contextualstory",
        producer="ContextualStory or TemporalStory",
        example="gen_img/s_#_e_#_shot_#_#.png",
        recognised="gen_img/{clip}.png, beside ori_img/, texts/ and figures/",
        meaning="the file is the clip, of whichever story came last",
        traps=(
            "overlapping stories overwrite each other: fewer files than frames",
            "ori_img/ holds real frames, figures/ small grids with captions",
        ),
        upstream=(
            f"{REPO}:eval.py:85-119,212-251",
            f"{REPO}:data/flintstones_data.py:112-140",
        ),
        look=look,
    ),
)
