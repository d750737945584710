"""Story-Adapter: `results_xl{n}/img_{i}.png`, of which the last iteration is the result (L22)."""

from __future__ import annotations

import re

from storybench.errors import InputError
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout, Question
from storybench.predictions.layouts.runs_of_stories import Entry, story_by_folder
from storybench.predictions.layouts.split import Split

_PICTURE = re.compile(r"(?:(.+)/)?results_xl(\d{0,4})/img_(\d{1,4})\.png")


def look(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L22: one folder of iterations a story."""
    stories: dict[str, dict[int, list[Entry]]] = {}
    for file, match in folder.paths(_PICTURE):
        story = (match[1] or "").removesuffix("/story").removesuffix("story")
        iterations = stories.setdefault(story, {})
        iterations.setdefault(int(match[2] or 0), []).append((file, story, int(match[3])))
    if not stories:
        return None
    last = {max(iterations) for iterations in stories.values()}
    wanted = answers.get("run")
    why = "Folders results_xl{n} hold img_{i}.png."
    if wanted is None and len(last) > 1:
        return Found(why=(why,), questions=(_ask(stories),))
    chosen = _iteration(wanted, stories) if wanted is not None else max(last)
    entries = [one for of in stories.values() for one in of.get(chosen, ())]
    others = [one[0] for of in stories.values() for n in of if n != chosen for one in of[n]]
    what = "as was said" if wanted is not None else "the last iteration is the result"
    return story_by_folder(
        entries,
        folder,
        split,
        answers,
        why=f"{why} Those of results_xl{chosen or ''} are taken: {what}.",
        left_out=others,
    )


def _ask(stories: dict[str, dict[int, list[Entry]]]) -> Question:
    known = sorted({n for iterations in stories.values() for n in iterations})
    return Question(
        "run",
        "stories end in different iterations: some were stopped before the last one. Which "
        "iteration is to be scored? Stories without it are missing then.",
        tuple(f"results_xl{n or ''}" for n in known),
    )


def _iteration(wanted: str, stories: dict[str, dict[int, list[Entry]]]) -> int:
    known = {f"results_xl{n or ''}": n for of in stories.values() for n in of}
    if wanted not in known:
        raise InputError(
            f"Expected one of the iterations {', '.join(sorted(known, key=lambda k: known[k]))}, "
            f"found --run {wanted}."
        )
    return known[wanted]


LAYOUTS = (
    Layout(
        id="L22",
        name="story-adapter",
        producer="Story-Adapter",
        example="story/results_xl#/img_#.png",
        recognised="folders results_xl, results_xl1 … results_xl10 with img_{i}.png",
        meaning="one such set of folders is one story; the highest number is the result",
        traps=("eleven folders a story: the earlier iterations are not the result",),
        upstream=("UCSC-VLAA/story-adapter@6f1c402:run.py:552-581",),
        look=look,
    ),
)
