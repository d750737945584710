"""What is known of a dataset from outside, to hold a build against: counts, and leaks by design.

Counts: Kyung-Min/PororoQA@5599bd7:descriptions.csv, clips with the name in any of their captions,
as words, in any case. The leak: adymaharana/StoryViz@6e1126d:eval_scripts/create_splits.py:114-154
takes StoryGAN's random test *stories* as val and splits the rest by episode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TWIN_SUFFIX = "-twin"


@dataclass(frozen=True)
class Mentions:
    """In how many clips captions name each character, in how many none, of how many in all."""

    source: str
    n_clips: int
    n_without: int
    counts: Mapping[str, int]


PORORO_QA = Mentions(
    source="PororoQA",
    n_clips=16_066,
    n_without=1_754,
    counts=MappingProxyType(
        {
            "Pororo": 6240,
            "Loopy": 3277,
            "Crong": 4728,
            "Eddy": 4317,
            "Poby": 3275,
            "Petty": 2123,
            "Tongtong": 958,
            "Rody": 1469,
            "Harry": 1992,
        }
    ),
)

SEEN = (
    "By design: val holds StoryGAN's random test stories, taken out of every episode. Report on "
    "test; a number on val measures memory too."
)
SUBSTITUTE = (
    "By design: the substitute split has the structure of the released one, whose val holds "
    "stories out of every episode. Report on test; a number on val measures memory too."
)
_LEAKS = MappingProxyType(
    {
        "pororosv": SEEN,
        "pororosv-original": SEEN,
        "pororosv-substitute": SUBSTITUTE,
        "pororosv-original-substitute": SUBSTITUTE,
    }
)


def known_mentions(dataset: str) -> Mentions | None:
    """The counts that captions of this dataset should have, if somebody published them.

    >>> known_mentions("pororosv-substitute").n_clips, known_mentions("pororosv-twin")
    (16066, None)
    """
    is_pororo = dataset.split("-")[0] == "pororosv" and not dataset.endswith(TWIN_SUFFIX)
    return PORORO_QA if is_pororo else None


def known_leak(dataset: str, split: str, other: str) -> str | None:
    """Why these two splits share frames on purpose, if they do.

    >>> known_leak("pororosv", "train", "val") == known_leak("pororosv-twin", "val", "test") == SEEN
    True
    >>> known_leak("pororosv", "train", "test")
    """
    return _LEAKS.get(dataset.removesuffix(TWIN_SUFFIX)) if "val" in (split, other) else None
