"""StoryGPT-V: `{first clip}/{clip}.png`, or flat with a caption strip (L14)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.clips import Places, places_of, plain, shared_share
from storybench.predictions.layouts.finding import picture_of, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout, Pictures
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split
from storybench.predictions.pictures import CropPicture, picture_size
from storybench.predictions.reader import Picture

REPO = "xiaoqian-shen/StoryGPT-V@3969f68"

_NESTED = re.compile(r"(?:(.+)/)?([^/]*[^/\d][^/]*)/([^/]*[^/\d][^/]*)\.png")
_FLAT = re.compile(r"(?:(.+)/)?([^/]*[^/\d][^/]*)\.png")
ENOUGH = 0.5
"""Share of the names that must be clips of the split."""


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L14: folders named by a story's first clip, or clips alone with a strip below."""
    nested = list(folder.paths(_NESTED))
    flat = list(folder.paths(_FLAT))
    if not _may_be_clips(split, nested, flat):
        return None
    places = places_of(split)
    nested = [one for one in nested if plain(one[1][2]) in places]
    known, _ = shared_share(places, stems := {plain(match[3]) for _, match in nested})
    if stems and known >= ENOUGH * len(stems):
        return _nested(folder, split, answers, nested, places)
    known, n_shared = shared_share(places, stems := {plain(match[2]) for _, match in flat})
    if not stems or known < ENOUGH * len(stems) or not _is_tall(folder, flat[0][0]):
        return None
    why = (f"{known:,} pictures are named by clip and taller than wide: a strip is below.",)
    if n_shared:
        return refused(
            f"{n_shared:,} of these clips stand in several stories of the split, and without "
            "folders nobody knows for which one a picture was drawn. Sample without --display_cap: "
            "then each story has its folder.",
            why=why,
            used=[file for file, _ in flat],
        )
    pictures: dict[tuple[str, int], Picture] = {}
    for file, match in flat:
        for place in places.get(plain(match[2]), ()):
            pictures[place] = _above_strip(folder, file)
    return _found(pictures, [file for file, _ in flat], (*why, "The square above is taken."))


def _nested(
    folder: Folder,
    split: Split,
    answers: Answers,
    files: list[tuple[str, re.Match[str]]],
    places: Places,
) -> Found:
    """Which story a folder is, its first clip says; which frame a picture is, its clip."""
    why = ("Folders are named by a story's first clip, pictures by clip.",)
    run, questions = choose_run({match[1] or "" for _, match in files}, answers, "output folders")
    if run is None:
        return Found(why=why, questions=questions)
    pictures: dict[tuple[str, int], Picture] = {}
    used: set[str] = set()
    n_strips = 0
    for file, match in files:
        if (match[1] or "") != run:
            continue
        firsts = [story for story, k in places.get(plain(match[2]), ()) if k == 0]
        for story, k in places.get(plain(match[3]), ()):
            if story in firsts:
                is_tall = _is_tall(folder, file)
                n_strips += is_tall
                shown = _above_strip(folder, file) if is_tall else picture_of(folder, file)
                pictures[story, k] = shown
                used.add(file)
    if n_strips:
        why = (*why, f"{n_strips:,} pictures have a strip below: the square above is taken.")
    return _found(pictures, used, why)


def _found(pictures: Pictures, used: Iterable[str], why: tuple[str, ...]) -> Found:
    frames = tuple(sorted({k for _, k in pictures}))
    if frames[:1] == (0,):
        why = (*why, "Frame 0 is the first clip: the source's place.")
    return Found(why=why, pictures=pictures, used=frozenset(used), frames=frames)


def _above_strip(folder: Folder, file: str) -> CropPicture:
    path = folder.path / file
    width, height = picture_size(path, file)
    return CropPicture(path, file, (width, height), (0, 0, width, width))


def _is_tall(folder: Folder, file: str) -> bool:
    width, height = picture_size(folder.path / file, file)
    return height > width


def _may_be_clips(split: Split, nested: list, flat: list) -> bool:
    """Whether a look into the shards for clips is worth it: the first clip names the story."""
    stems = {plain(match[3]) for _, match in nested} | {plain(match[2]) for _, match in flat}
    return split.known_clips is not None or not stems.isdisjoint(split.ids)


LAYOUTS = (
    Layout(
        id="L14",
        name="storygptv",
        producer="StoryGPT-V",
        example="outputs/s_#_e_#_shot_#_#/s_#_e_#_shot_#_#.png",
        recognised="folders named by a story's first clip, pictures by clip",
        meaning="the folder is the story, the place of the clip in the story is the frame",
        traps=(
            "stories of four frames, not overlapping: a build of five-frame stories lacks targets",
            "with --display_cap flat names, and a strip of text below each picture",
            "its evaluation goes through whatever exists: a partial run scores as complete",
        ),
        upstream=(
            f"{REPO}:eval_llm.py:194-210",
            f"{REPO}:evaluate.py:213-221",
            f"{REPO}:eval/eval_all.py:67-87",
        ),
        look=look,
    ),
)
