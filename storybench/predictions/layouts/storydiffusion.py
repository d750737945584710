"""StoryDiffusion: `results/{time}/image_{i}.png`, a run a story; or Cog's reversed list (L19)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs_of_stories import Entry, story_by_folder
from storybench.predictions.layouts.split import Split

REPO = "HVision-NKU/StoryDiffusion@8de45e4"

_RUN = re.compile(r"(?:(.+)/)?\d{8}-\d{6}/image_(\d{1,4})\.png")
_COG = re.compile(r"(?:(.+)/)?out-(\d{1,4})\.(?:png|jpg|jpeg|webp)")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L19: which run is which story, the folder above, a mapping, or nobody says."""
    runs = [(file, file.rpartition("/")[0], int(match[2])) for file, match in folder.paths(_RUN)]
    if runs:
        why = "Folders are named by time and hold image_{i}.png: a run is a story."
        return story_by_folder(_by_story(runs), folder, split, answers, why=why)
    cog = [(file, match[1] or "", int(match[2])) for file, match in folder.paths(_COG)]
    if not cog:
        return None
    last: dict[str, int] = {}
    for _, story, i in cog:
        last[story] = max(last.get(story, 0), i)
    entries = [(file, story, last[story] - i) for file, story, i in cog]
    why = (
        "Files are called out-{i}: Cog's list is reversed before it is numbered, so out-0 is last."
    )
    return story_by_folder(entries, folder, split, answers, why=why)


def _by_story(runs: list[Entry]) -> list[Entry]:
    """Name a run by the folder above `results` or above the time, where each has one run."""
    above: dict[str, set[str]] = {}
    for _, run, _ in runs:
        parent = run.rpartition("/")[0].removesuffix("/results")
        above.setdefault(parent, set()).add(run)
    if any(len(of) > 1 for of in above.values()) or above.keys() & {"", "results"}:
        return runs
    names = {run: parent for parent, of in above.items() for run in of}
    return [(file, names[run], i) for file, run, i in runs]


LAYOUTS = (
    Layout(
        id="L19",
        name="storydiffusion",
        producer="StoryDiffusion",
        example="results/#-#/image_#.png",
        recognised="folders {YYYYMMDD-HHMMSS} with image_{i}.png, or files out-{i}.*",
        meaning="one run is one story, i = 0, 1, … its pictures",
        traps=(
            "a time says nothing of the story: name the folder above by story id, or --mapping",
            "Cog reverses the list before it numbers it: out-0 is the last picture",
        ),
        upstream=(
            f"{REPO}:gradio_app_sdxl_specific_id_low_vram.py:482-494",
            f"{REPO}:predict.py:774-777",
        ),
        look=look,
    ),
)
