"""The card of a classifier as one page that opens from disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storybench.files import write_atomic
from storybench.metrics.classifier.card import Card, Mistake, Score, SplitCard
from storybench.metrics.classifier.middle_frames import MiddleFrames
from storybench.page.document import PICTURES_INSIDE, render
from storybench.page.thumbnail import Thumbnail, thumbnail
from storybench.shards.reader import Stories

ROOM = "storybench.metrics.classifier"
SIDE = 192
QUALITY = 75

NAMES = {
    "charf1": "Character F1 (micro)",
    "charf1_macro": "macro",
    "charf1_weighted": "weighted",
    "charf1_samples": "samples",
    "char_precision": "Precision",
    "char_recall": "Recall",
    "frame_acc": "Frame accuracy",
    "char_acc": "Character accuracy",
    "story_acc": "Story accuracy",
}
"""The character family in words."""


@dataclass(frozen=True)
class _Shown:
    mistake: Mistake
    picture: Thumbnail

    @property
    def missed(self) -> list[str]:
        return [name for name in self.mistake.labelled if name not in self.mistake.predicted]

    @property
    def claimed(self) -> list[str]:
        return [name for name in self.mistake.predicted if name not in self.mistake.labelled]


def write_page(card: Card, shards: Path, out: Path) -> Path:
    """Write the page of a card to `out`, whole or not at all; `shards` is the build it is of."""
    write_atomic(out, render_page(card, Stories(shards)).encode())
    return out


def render_page(card: Card, stories: Stories) -> str:
    """The page; its pictures are the real frames that were judged."""
    real = MiddleFrames(stories)

    def shown(split: SplitCard) -> list[_Shown]:
        return [
            _Shown(
                one,
                thumbnail(real.image(stories.find(one.story), one.k), side=SIDE, quality=QUALITY),
            )
            for one in split.mistakes
        ]

    return render(
        ROOM,
        "card.html",
        style="card.css",
        pictures=PICTURES_INSIDE,
        card=card,
        names=NAMES,
        shown=shown,
        interval=interval,
    )


def interval(score: Score) -> str:
    """The interval in words.

    >>> interval(Score(0.5, (0.25, 0.75))), interval(Score(1.0, None))
    ('0.250 … 0.750', '–')
    """
    if score.interval is None:
        return "–"
    return f"{score.interval[0]:.3f} … {score.interval[1]:.3f}"
