"""1Prompt1Story: `{domain}_{k}/{id prompt} {frame prompt}.jpg`, named by the prompts (L21)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import asking
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.mapping import mapping_question
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.split import Split

REPO = "byliutao/1Prompt1Story@34e22ac"

_PICTURE = re.compile(r"(?:.+/)?[a-zA-Z][\w-]*_\d{1,6}/([^/]+ [^/]+ [^/]+)\.jpg")
_STRIP = re.compile(r"(?:.+/)?story_image[^/]*\.jpg")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L21: only the prompts' file gives the order of the pictures."""
    files = [
        file for file, match in folder.paths(_PICTURE) if not match[1].startswith("story_image")
    ]
    if not files:
        return None
    strips = frozenset(file for file, _ in folder.paths(_STRIP))
    question = mapping_question(
        f"{len(files):,} files are named by their prompts, whose order stands in "
        "resource/consistory+.yaml alone; equal prompts have overwritten each other."
    )
    found = asking(question, why=("Folders {domain}_{k} hold prompts as names.",), used=files)
    return Found(
        why=found.why, questions=found.questions, used=found.used, left_out=strips, confidence=0.8
    )


LAYOUTS = (
    Layout(
        id="L21",
        name="one-prompt-one-story",
        producer="1Prompt1Story",
        example="animals_#/a photo of a fox in a field.jpg",
        recognised="folders {domain}_{k} with names of several words, .jpg",
        meaning="the name is the prompt; the order of the frames stands in the prompts' file",
        traps=(
            "equal prompts overwrite each other; long ones do not fit into a file name",
            "story_image….jpg is all pictures side by side",
        ),
        upstream=(
            f"{REPO}:unet/utils.py:283,293,340",
            f"{REPO}:resource/gen_benchmark.py:70-81",
        ),
        look=look,
    ),
)
