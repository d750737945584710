"""Which stories to look at: those that match, and of these some that stand for the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from storybench.errors import InputError
from storybench.shards.format import split_rank
from storybench.shards.reader import Stories
from storybench.spelling import did_you_mean


@dataclass(frozen=True)
class Wanted:
    """What to look for; None looks for anything.

    `character` is labelled in a frame of the story; `text` stands, in any case, in a caption, the
    id or the episode.
    """

    split: str | None = None
    character: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Choice:
    """Indices of the stories to show, in order, out of `n_matching` of `n_stories`."""

    indices: tuple[int, ...]
    n_matching: int
    n_stories: int


def choose(stories: Stories, wanted: Wanted, *, n: int) -> Choice:
    """At most `n` of the stories that match, evenly spread over the splits and over each of them.

    Raises:
        InputError: no such split or character, or no story that matches.
    """
    matching = _matching(stories, wanted)
    if not matching and len(stories):
        raise InputError(
            f"Expected stories with {_sought(wanted)}, found none among {len(stories):,}."
        )
    step = max(1.0, len(matching) / n)
    indices = tuple(matching[int(k * step)] for k in range(min(n, len(matching))))
    return Choice(indices, n_matching=len(matching), n_stories=len(stories))


def _matching(stories: Stories, wanted: Wanted) -> list[int]:
    table = stories.table()
    keep = np.ones(len(stories), bool)
    if wanted.split is not None:
        if wanted.split not in stories.manifest.splits:
            known = ", ".join(sorted(stories.manifest.splits, key=split_rank)) or "(none)"
            raise InputError(f"Expected one of the splits {known}, found {wanted.split!r}.")
        keep &= (table["split"] == wanted.split).to_numpy()
    if wanted.character is not None:
        label = _label(stories, wanted.character)
        keep &= [_shows(frames, label) for frames in table["characters"]]
    if wanted.text is not None:
        sought = wanted.text.casefold()
        columns = zip(table["key"], table["cluster"], table["captions"], strict=True)
        keep &= [_says(sought, *values) for values in columns]
    return np.flatnonzero(keep).tolist()


def _label(stories: Stories, name: str) -> int:
    known = [character.casefold() for character in stories.spec.characters]
    if name.casefold() in known:
        return known.index(name.casefold())
    if not known:
        raise InputError(
            f"Expected a dataset with character labels to look for {name!r}, found none in "
            f"{stories.spec.name}. Search its captions with --text."
        )
    names = stories.spec.characters
    hint = did_you_mean(name, names) or f" Known: {', '.join(names)}."
    raise InputError(f"Expected a character of {stories.spec.name}, found {name!r}.{hint}")


def _shows(frames: np.ndarray, label: int) -> bool:
    return any(marks is not None and len(marks) > label and marks[label] for marks in frames)


def _says(sought: str, key: str, cluster: str, captions: np.ndarray) -> bool:
    texts = (key, cluster, *(text for alternatives in captions for text in alternatives))
    return any(sought in text.casefold() for text in texts)


def _sought(wanted: Wanted) -> str:
    parts = {
        "split": wanted.split,
        "character": wanted.character,
        "text": wanted.text,
    }
    return " and ".join(f"{name} {value!r}" for name, value in parts.items() if value is not None)
