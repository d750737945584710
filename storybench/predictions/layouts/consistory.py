"""ConsiStory: `image_{i}.png`, or two anchors and the extras that follow (L20)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs_of_stories import Entry, story_by_folder
from storybench.predictions.layouts.split import Split

N_ANCHORS = 2

_PICTURE = re.compile(r"(?:(.+)/)?(image|anchor_image|extra_image)_(\d{1,4})\.png")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L20: anchors are the frames 0 and 1, extra i is frame 2 + i."""
    entries: list[Entry] = []
    kinds: dict[str, set[str]] = {}
    for file, match in folder.paths(_PICTURE):
        story = match[1] or ""
        kinds.setdefault(story, set()).add(match[2])
        shift = N_ANCHORS if match[2] == "extra_image" else 0
        entries.append((file, story, int(match[3]) + shift))
    if not entries:
        return None
    with_anchors = sum("anchor_image" in of for of in kinds.values())
    why = "Folders hold image_{i}.png."
    if with_anchors:
        why = "Folders hold anchor_image_{0,1}.png, then extra_image_{i}.png from frame 2 on."
    return story_by_folder(entries, folder, split, answers, why=why)


LAYOUTS = (
    Layout(
        id="L20",
        name="consistory",
        producer="ConsiStory",
        example="…/anchor_image_#.png",
        recognised="folders with image_{i}.png, or anchor_image_{0,1}.png and extra_image_{i}.png",
        meaning="one folder is one story; anchors are its first two pictures, extras follow",
        traps=("there are two ways to name: extras alone begin with the third picture",),
        upstream=("NVlabs/consistory@8158d41:consistory_CLI.py:20-49",),
        look=look,
    ),
)
