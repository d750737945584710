"""Which characters a clip shows: the official rule, the published file, and what to do without.

Rule (adymaharana/VLCStoryGan@7411240:vlcgan/flintstones_data.py:170-176): a character is there when
its name, in lower case, is among the `entityLabel`s of the clip, stripped and in lower case. Other
entities are ignored. The labels come from what annotators saw, not from captions. A clip whose
record lists no characters at all gets those that its caption names, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import RawDataError
from storybench.mentions import mentions
from storybench.pickles.files import load_pickle
from storydata.flintstonessv.annotations import Annotation
from storydata.flintstonessv.followings import text_of
from storydata.flintstonessv.spec import LABELS_FILE
from storydata.kit.agreement import Agreement, Labels, agreement

ANNOTATIONS, CAPTIONS = "annotations", "captions"
"""Where labels come from, as clips and stories say it."""


def label(entities: Sequence[str], characters: Sequence[str]) -> Labels:
    """Multi-hot over `characters`, from the entities of one clip.

    >>> label([" Fred ", "policeman"], ["Wilma", "Fred"])
    (0, 1)
    """
    seen = {entity.strip().lower() for entity in entities}
    return tuple(int(name.lower() in seen) for name in characters)


def labels_of(clip: Annotation, characters: Sequence[str]) -> tuple[Labels, str]:
    """The labels of a clip, and where they come from."""
    if clip.entities is None:
        return mentions([clip.caption], characters), CAPTIONS
    return label(clip.entities, characters), ANNOTATIONS


def caption_agreement(clips: Mapping[str, Annotation], characters: Sequence[str]) -> Agreement:
    """How far captions name whom the annotators saw, over all clips that list characters."""
    return agreement(
        (
            (label(clip.entities, characters), mentions([clip.caption], characters))
            for clip in clips.values()
            if clip.entities is not None
        ),
        characters,
    )


@dataclass(frozen=True)
class LabelDifference:
    """How a published file of labels differs from the annotations, over the clips in both.

    `other` are the clips with other labels, `lacking` those that the file has not.
    """

    n_compared: int
    other: tuple[str, ...]
    lacking: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.other or self.lacking)

    def __str__(self) -> str:
        first = next(iter((*self.other, *self.lacking)), None)
        return (
            f"{LABELS_FILE} has other labels than the annotations for {len(self.other):,} of "
            f"{self.n_compared:,} clips and none for {len(self.lacking):,} (first {first}). Labels "
            "are taken from the annotations."
        )


def read_labels(path: Path, *, n_characters: int) -> dict[str, Labels]:
    """The published labels of every clip: lists of 0 and 1, in whatever type of number.

    Raises:
        MissingError: no such file.
        RawDataError: it is damaged, more than plain data, or labels are not 0 and 1 for each
            character.
    """
    value = load_pickle(path, name=LABELS_FILE)
    if not isinstance(value, dict):
        raise RawDataError(
            f"Expected a dictionary of labels in {LABELS_FILE}, found {type(value).__name__}."
        )
    return {
        text_of(clip_id, LABELS_FILE): _multi_hot(one, clip_id, n_characters)
        for clip_id, one in value.items()
    }


def label_difference(
    published: Mapping[str, Labels], clips: Mapping[str, Annotation], characters: Sequence[str]
) -> LabelDifference:
    """Compare published labels with the rule, for every clip that lists characters."""
    by_rule = {
        clip_id: label(clip.entities, characters)
        for clip_id, clip in clips.items()
        if clip.entities is not None
    }
    shared = sorted(by_rule.keys() & published.keys())
    return LabelDifference(
        n_compared=len(shared),
        other=tuple(clip_id for clip_id in shared if published[clip_id] != by_rule[clip_id]),
        lacking=tuple(sorted(by_rule.keys() - published.keys())),
    )


def _multi_hot(value: Any, clip_id: Any, n_characters: int) -> Labels:
    values = value.tolist() if isinstance(value, np.ndarray) else value
    if (
        isinstance(values, list | tuple)
        and len(values) == n_characters
        and all(isinstance(one, int | float | np.generic) and one in (0, 1) for one in values)
    ):
        return tuple(int(one) for one in values)
    raise RawDataError(
        f"Expected {n_characters} labels of 0 or 1 for {text_of(clip_id, LABELS_FILE)} in "
        f"{LABELS_FILE}, found {repr(value)[:60]}."
    )
