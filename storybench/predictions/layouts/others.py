"""StoryEval and OpenING: videos and documents, which are explained and not scored (L26)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.split import Split

_VIDEO = re.compile(r"(?:.+/)?generated_videos/.+\.mp4")
_DOCUMENT = re.compile(r"(?:.+/)?gen_outputs/[^/]+_output/[^/]+\.jsonl?")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L26: recognised to say that it is something else."""
    videos = [file for file, _ in folder.paths(_VIDEO)]
    documents = [file for file, _ in folder.paths(_DOCUMENT)]
    if not (videos or documents):
        return None
    what = "StoryEval's videos, one a prompt" if videos else "OpenING's interleaved documents"
    return refused(
        f"They are {what}: no frame of them belongs to a story of a split. Score them with the "
        "benchmark that they were made for.",
        why=(f"{len(videos) + len(documents):,} files such as {(videos or documents)[0]}.",),
        used=[*videos, *documents],
    )


LAYOUTS = (
    Layout(
        id="L26",
        name="other-benchmarks",
        producer="StoryEval or OpenING",
        example="generated_videos/model/a prompt.mp4",
        recognised="generated_videos/….mp4, or gen_outputs/{model}_output/{id}.json(l)",
        meaning="videos by prompt, or documents of text and pictures",
        traps=("names made of prompts: equal prompts overwrite each other",),
        upstream=("ypwang61/StoryEval@d095e63:README.md", "LanceZPF/OpenING@56b663b:README.md"),
        look=look,
    ),
)
