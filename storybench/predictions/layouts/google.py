"""Google's StoryBench: videos in `.npz` files, another task (L24)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.split import Split

_VIDEO = re.compile(r"(?:.+/)?raw/[^/]+\.npz")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L24: recognised to say that it is something else."""
    files = [file for file, _ in folder.paths(_VIDEO)]
    if not files:
        return None
    return refused(
        "They hold videos of continuous story visualization, four samples a prompt: another task, "
        "with metrics of its own. Score them with google/storybench.",
        why=(f"{len(files):,} files raw/….npz are there.",),
        used=files,
    )


LAYOUTS = (
    Layout(
        id="L24",
        name="google-storybench",
        producer="Google's StoryBench",
        example="model/task/dataset/raw/fn#.npz",
        recognised="files raw/….npz",
        meaning="arrays of video frames under the key video",
        traps=("the same name, another benchmark",),
        upstream=("google/storybench@e67b803:README.md",),
        look=look,
    ),
)
