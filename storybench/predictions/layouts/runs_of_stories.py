"""Producers that write one folder a story: how their folders and numbers become a finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import by_numbers, framed
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found
from storybench.predictions.layouts.split import Split
from storybench.predictions.layouts.story_folders import place_folders

Entry = tuple[str, str, int]
"""A file, the folder of its story, and its number in the story."""


def story_by_folder(
    entries: Iterable[Entry],
    folder: Folder,
    split: Split,
    answers: Answers,
    *,
    why: str,
    left_out: Iterable[str] = (),
) -> Found:
    """The finding for files in folders of one story each; frames are 0 or 1 and on."""
    listed = list(entries)
    here = folder.path.resolve().name
    names = {name: name or here for _, name, _ in listed}
    named = place_folders(names.values(), split, answers)
    files = by_numbers((file, (named.numbers[names[name]], k)) for file, name, k in listed)
    found = framed(files, named.placed, folder, split, answers, begins=None)
    return replace(found, why=(why, *found.why), left_out=frozenset(left_out))
