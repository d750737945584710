"""How captions are written: length, repetition, and what is left over from the raw files.

The unit is the frame of the release with all its captions, counted once per split however many
stories of it show the frame.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from storybench.audit.material import Material
from storybench.mentions import mentions

LONG = 50
"""Words: with more, the text encoders of today's models (64 or 77 tokens) may cut the end."""

STEP = 5
N_STEPS = 12

FAULTS: dict[str, re.Pattern[str]] = {
    "empty": re.compile(r"\s*"),
    "newline": re.compile(r".*[\r\n].*", re.DOTALL),
    "space at an edge": re.compile(r"\s.*|.*\s", re.DOTALL),
    "tab or double space": re.compile(r".*(?:\t| {2}).*", re.DOTALL),
    f"over {LONG} words": re.compile(rf"\s*(?:\S+\s+){{{LONG}}}\S.*", re.DOTALL),
    "not ASCII": re.compile(r".*[^\x00-\x7f].*", re.DOTALL),
}
"""What to count, each as a pattern of the whole caption."""


@dataclass(frozen=True)
class Captions:
    """The captions of one split.

    `words` are smallest, median, mean and largest. `n_repeated` counts captions that another frame
    of the split has too, word for word. `faults` counts captions by kind. `n_naming` counts frames
    whose captions name so many characters (None where the dataset has none). `lengths` counts
    captions by words, in steps of `STEP`; the last step takes all that are longer.
    """

    split: str
    n_frames: int
    n_captions: int
    n_distinct: int
    n_several: int
    n_repeated: int
    words: tuple[int, float, float, int] | None
    lengths: tuple[int, ...]
    faults: Mapping[str, int]
    n_naming: Mapping[int, int] | None


@dataclass(frozen=True)
class SharedCaptions:
    """Distinct captions of `split` that another frame of `other` has too, word for word.

    The most frequent come first among the examples.
    """

    split: str
    other: str
    n_shared: int
    of_distinct: int
    examples: tuple[str, ...]


def captions(material: Material) -> tuple[Captions, ...]:
    """Every split in turn."""
    return tuple(_captions(material, split) for split in range(len(material.splits)))


def shared_captions(material: Material, *, n_examples: int) -> tuple[SharedCaptions, ...]:
    """Every split against every other; frames that stand in both are left out."""
    pairs = permutations(range(len(material.splits)), 2)
    return tuple(_shared(material, a, b, n_examples) for a, b in pairs)


def _captions(material: Material, split: int) -> Captions:
    facts = [material.frames[frame] for frame in material.frames_in(split)]
    texts = [text for of in facts for text in of.captions]
    words = np.array([len(text.split()) for text in texts], np.int64)
    frames_with = Counter(text for of in facts for text in set(of.captions))
    return Captions(
        split=material.splits[split],
        n_frames=len(facts),
        n_captions=len(texts),
        n_distinct=len(frames_with),
        n_several=sum(len(of.captions) > 1 for of in facts),
        n_repeated=sum(n for n in frames_with.values() if n > 1),
        words=_spans(words) if texts else None,
        lengths=tuple(
            np.bincount(np.minimum(words // STEP, N_STEPS - 1), minlength=N_STEPS).tolist()
        ),
        faults={
            kind: sum(pattern.fullmatch(text) is not None for text in texts)
            for kind, pattern in FAULTS.items()
        },
        n_naming=_naming(facts, material.spec.characters),
    )


def _spans(words: np.ndarray) -> tuple[int, float, float, int]:
    return int(words.min()), float(np.median(words)), float(words.mean()), int(words.max())


def _naming(facts: list, characters: tuple[str, ...]) -> dict[int, int] | None:
    if not characters:
        return None
    counts = Counter(sum(mentions(of.captions, characters)) for of in facts)
    return dict(sorted(counts.items()))


def _shared(material: Material, a: int, b: int, n_examples: int) -> SharedCaptions:
    mine, theirs = _tally(material, a, b), _tally(material, b, a)
    both = sorted(mine.keys() & theirs.keys(), key=lambda text: (-mine[text] - theirs[text], text))
    return SharedCaptions(
        split=material.splits[a],
        other=material.splits[b],
        n_shared=len(both),
        of_distinct=len(mine),
        examples=tuple(both[:n_examples]),
    )


def _tally(material: Material, split: int, other: int) -> Counter[str]:
    """The captions of frames that stand in the one split only, and how many frames have each."""
    frames = np.setdiff1d(material.frames_in(split), material.frames_in(other))
    return Counter(text for frame in frames for text in set(material.frames[frame].captions))
