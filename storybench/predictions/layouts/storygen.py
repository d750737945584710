"""StoryGen: `{seed}_output.png`, a picture a call, with nothing that says of which story (L17)."""

from __future__ import annotations

import re

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import asking
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.mapping import mapping_question
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.split import Split

_PICTURE = re.compile(r"\d{1,20}_output\.png")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L17: only a mapping file can say which picture is which."""
    files = [file for _, file, _ in folder.matching(_PICTURE)]
    if not files:
        return None
    question = mapping_question(
        f"{len(files):,} files are named by seed, one call a picture: no name says of which story."
    )
    return asking(question, why=("Files are called {seed}_output.png.",), used=files)


LAYOUTS = (
    Layout(
        id="L17",
        name="storygen",
        producer="StoryGen",
        example="#_output.png",
        recognised="files {seed}_output.png",
        meaning="one picture; neither story nor frame stands in its name",
        traps=("a second call with the same seed overwrites the first",),
        upstream=("haoningwu3639/StoryGen@c30c33a:inference.py:118-120",),
        look=look,
    ),
)
