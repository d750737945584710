"""Descriptions of the twin's videos in DiDeMo's schema, with what real annotators do to them.

Captions are mostly lower-case notes, some without a full stop; annotators mostly agree on the
moment; ties still resolve (shortest, then earliest) to what is drawn. Source of the schema:
LisaAnne/LocalizingMoments@b6a555c, data/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from storydata.twin.didemo.film import shots_of
from storydata.twin.didemo.plan import Quirk, VideoPlan
from storydata.twin.world.captions import Caption

TEXT = 4
ID_STEP, ID_MODULUS, ID_FIRST = 7919, 10_000_019, 20_000
"""Annotation ids: unique (the modulus is prime), and in no order."""

IDS_PER_VIDEO = 16
TIE_CHANCE = 0.08
SENTENCE_CHANCE = 0.04
FULL_STOP_CHANCE = 0.45

Span = tuple[int, int]


@dataclass(frozen=True)
class Description:
    """One record as it stands in the JSON file, and the truth behind it.

    `shot` is the position of what it describes among the shots of the video.
    """

    record: dict[str, Any]
    caption: Caption
    shot: int


def describe(plan: VideoPlan, number: int) -> tuple[Description, ...]:
    """All descriptions of a video; `number` is its place in the release and keeps ids unique."""
    rng = plan.rng(TEXT)
    told = [
        (k, shot.segments, caption)
        for k, shot in enumerate(shots_of(plan))
        for caption in shot.clip.captions
        if shot.segments is not None
    ]
    found = []
    for j, (k, span, caption) in enumerate(told):
        text = _note(caption.text, rng)
        if j == 0:
            text = _quirky(text, plan.traits.quirk)
        times = _times(span, plan, j, rng)
        found.append(_description(plan, number * IDS_PER_VIDEO + j, text, times, (k, caption)))
    if plan.traits.quirk == "duplicate":
        found.append(_again(plan, number * IDS_PER_VIDEO + len(told), found[-1]))
    return tuple(found)


def _description(
    plan: VideoPlan, serial: int, text: str, times: list[list[int]], truth: tuple[int, Caption]
) -> Description:
    names = plan.names
    record = {
        "annotation_id": ID_FIRST + (serial * ID_STEP) % ID_MODULUS,
        "description": text,
        "dl_link": f"https://www.flickr.com/video_download.gne?id={plan.flickr_id}",
        "num_segments": plan.n_segments,
        "times": times,
        "video": names[serial % len(names)],
    }
    return Description(record, truth[1], truth[0])


def _again(plan: VideoPlan, serial: int, first: Description) -> Description:
    """The same words by another annotator, in another case and with a full stop."""
    text = f"{str(first.record['description']).rstrip('.').upper()}."
    return _description(plan, serial, text, first.record["times"], (first.shot, first.caption))


def _note(sentence: str, rng: np.random.Generator) -> str:
    text = sentence if rng.random() < SENTENCE_CHANCE else sentence.lower()
    return text if rng.random() < FULL_STOP_CHANCE else text.rstrip(".")


def _quirky(text: str, quirk: Quirk) -> str:
    if quirk == "newline":
        return text.replace(" ", "\n", 1)
    if quirk == "edges":
        return f" {text}  "
    return text


def _times(span: Span, plan: VideoPlan, j: int, rng: np.random.Generator) -> list[list[int]]:
    """What each annotator marked: the span has most votes, or ties and wins as the shortest."""
    count = plan.traits.n_annotators if j == 0 else 4
    other = _other(span, plan.n_segments, rng)
    is_tied = (plan.traits.has_tie and j == 0) or rng.random() < TIE_CHANCE
    n_others = count // 2 if is_tied and count % 2 == 0 else int(rng.integers(0, count // 2))
    votes = [span] * (count - n_others) + [other] * n_others
    return [list(votes[int(k)]) for k in rng.permutation(count)]


def _other(span: Span, n_segments: int, rng: np.random.Generator) -> Span:
    """A longer span around this one: in a tie the shorter wins."""
    first, last = span
    if last + 1 < n_segments and (first == 0 or rng.random() < 0.5):
        return first, last + 1
    return (first - 1, last) if first > 0 else (first, last)
