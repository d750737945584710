"""The canonical layout, `<story id>/<k>.png` with or without `predictions.json`, and its relatives.

Relatives name the folder by story id too, and the frames in another way: `{frame:02d}.png`,
`frame_3.png`, `shot-3.jpg`, from 0 or 1, possibly some folders down.
"""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import by_numbers, framed, picture_of, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split
from storybench.predictions.layouts.story_folders import place_folders
from storybench.predictions.names import MANIFEST, UNFINISHED, frame_number

_FRAME = re.compile(r"(?:(.+)/)?([^/]+)/([^/]*?)(\d{1,4})\.(?:png|webp|jpg|jpeg)")


def look_canonical(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """Story folders at the top with `<k>.png`, or a manifest."""
    ids = set(split.ids)
    pictures = {}
    used: set[str] = set()
    for file in folder.pictures:
        story, _, name = file.partition("/")
        k = frame_number(name)
        is_target = story in ids and k is not None and k <= split.n_targets
        if is_target and (story, k) not in pictures:
            pictures[story, k] = picture_of(folder, file)
            used.add(file)
    has_manifest = MANIFEST in folder.files
    if (folder.path / UNFINISHED).exists() and not has_manifest:
        return refused(
            "Its run was stopped before the end. Run the same `storybench generate` or `storybench "
            "preds convert` again: it continues where it was.",
            why=("There is a run that was not finished.",),
        )
    names = {name for file in used if (name := file.partition("/")[2])}
    if not has_manifest and (not used or _begins_with_zero(folder, ids)):
        return None
    why = [f"There is a {MANIFEST}."] if has_manifest else []
    why.append(f"{len({story for story, _ in pictures}):,} folders are named by story id.")
    if not has_manifest:
        why.append(f"Pictures are called {', '.join(sorted(names)[:3])} and so on.")
    return Found(
        why=tuple(why),
        confidence=1.0 if has_manifest else 0.95,
        pictures=pictures,
        used=frozenset(used | ({MANIFEST} if has_manifest else set())),
        frames=tuple(sorted({k for _, k in pictures})),
    )


def look_by_id(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """Folders named by story id, anywhere, with a number at the end of each picture's name."""
    known = {story.lower() for story in split.ids}
    runs: dict[str, list[tuple[str, str, int]]] = {}
    for file, match in folder.paths(_FRAME):
        if match[2].lower() in known:
            entry = (file, match[2], int(match[4]))
            runs.setdefault(match[1] or "", []).append(entry)
    if not runs:
        return None
    why = ("Folders are named by story id, pictures end in a number.",)
    run, questions = choose_run(runs, answers, "folders of stories")
    if run is None:
        return Found(why=why, questions=questions)
    if (home := f"{run}/{MANIFEST}") in folder.files:
        return refused(
            f"{home} says what these pictures are, and of which data. Name {folder.path / run}.",
            why=(*why, f"There is a {home}."),
        )
    named = place_folders((story for _, story, _ in runs[run]), split, answers)
    files = by_numbers((file, (named.numbers[story], k)) for file, story, k in runs[run])
    found = framed(files, named.placed, folder, split, answers, begins=None)
    return replace(found, why=(*why, *found.why), confidence=0.85)


def _begins_with_zero(folder: Folder, ids: set[str]) -> bool:
    """Whether stories have a picture 0 as well: then 1…T may be the frames 2…T+1."""
    return any(
        file.partition("/")[0] in ids and file.partition("/")[2].partition(".")[0] == "0"
        for file in folder.pictures
    )


CANONICAL = Layout(
    id="canonical",
    name="canonical",
    producer="storybench's own layout",
    example="…/#.png",
    recognised=f"`{MANIFEST}`, or folders named by story id with pictures 1.png … T.png",
    meaning="<story id>/<k>.png is target k of a story; frame 0, the source, is given",
    traps=("a picture 0.png makes it a relative, in which frame 0 is the source's place",),
    upstream=(),
    look=look_canonical,
)
BY_ID = Layout(
    id="by-id",
    name="story-folders",
    producer="folders named by story id",
    example="…/frame_#.png",
    recognised="folders named by story id, whose pictures end in a number, anywhere below",
    meaning="the number is the frame: from 0 with the source's place, or from 1",
    traps=("frames 0 … T-1 are asked about: the first may be the source or the first target",),
    upstream=(),
    look=look_by_id,
)
LAYOUTS = (CANONICAL, BY_ID)
