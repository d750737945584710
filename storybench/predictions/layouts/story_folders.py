"""Folders that hold one story each: which story a folder's name stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.mapping import mapping_question, read_mapping
from storybench.predictions.layouts.places import Placed, place
from storybench.predictions.layouts.split import OFFICIAL, Split

MOST_DIGITS = 9


@dataclass(frozen=True)
class Named:
    """Folders numbered in the order given, and which story each number is."""

    numbers: dict[str, int]
    placed: Placed


def place_folders(
    names: Iterable[str],
    split: Split,
    answers: Answers,
    *,
    documented: str = OFFICIAL,
    first: int = 0,
    digits: str = "",
) -> Named:
    """Which story each folder is: by mapping file, by its id, or by its number.

    `digits` is a prefix before the number ("val_"); the last part of a path counts as its name.
    """
    paths = list(dict.fromkeys(names))
    numbers = {path: n for n, path in enumerate(paths)}
    if "mapping" in answers:
        told = read_mapping(Path(answers["mapping"]), split).folders
        stories = {n: told[path] for path, n in numbers.items() if path in told}
        return Named(numbers, Placed(stories, ("The mapping says which story a folder is.",)))
    last = {path: path.rpartition("/")[2] for path in paths}
    known = {story.lower(): story for story in split.ids}
    stories = {
        n: known[last[path].lower()] for path, n in numbers.items() if last[path].lower() in known
    }
    if stories:
        why = [f"{len(stories):,} folders are named by story id."]
        if n_odd := len(paths) - len(stories):
            why.append(f"{n_odd:,} other folders are of no story of the split.")
        return Named(numbers, Placed(stories, tuple(why)))
    stems = {path: name.removeprefix(digits) for path, name in last.items()}
    if all(
        stem.isascii() and stem.isdigit() and len(stem) <= MOST_DIGITS for stem in stems.values()
    ):
        placed = place(
            {int(stem) for stem in stems.values()},
            split,
            answers,
            documented=documented,
            first=first,
        )
        by_folder = {
            numbers[path]: placed.stories[int(stem)]
            for path, stem in stems.items()
            if int(stem) in placed.stories
        }
        return Named(numbers, Placed(by_folder, placed.why, placed.questions, placed.refusal))
    question = mapping_question(
        f"no folder ({', '.join(last[path] for path in paths[:3])}, …) is named by a story's id or "
        "number."
    )
    return Named(numbers, Placed({}, questions=(question,)))
