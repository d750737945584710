"""The generated side of a slot: what the set holds, and the given source where it holds none."""

from __future__ import annotations

from functools import lru_cache

from storybench.evaluate.match import Draw
from storybench.evaluate.subject import Subject
from storybench.images import centre_square, resize
from storybench.predictions.doctor.glance import apart
from storybench.types import Image

SIDE = 32
"""Pixels at which frame 0 is compared with the source: what a container loses is finer."""

SAME = 4.0
"""Grey levels there within which the two are one picture. In toy worlds JPEG of quality 50, WebP
and another size stay below 3.3; sources of other stories are 13 and more apart."""

NEARLY_ALL = 0.95


def has_source(subject: Subject) -> bool:
    """Whether the set has a frame 0 of every story, which is then scored as it is."""
    predictions = subject.predictions
    return all(0 in predictions.frames(story_id) for story_id in subject.stories.ids)


@lru_cache(maxsize=1)
def shows_given(subject: Subject) -> bool:
    """Whether frame 0 is the given source, put in or saved again, and not a drawn picture.

    Told by the pictures: one layout keeps the source in its place and another leaves it out. Kept
    for the set in hand, since several protocols ask.
    """
    if not has_source(subject):
        return True
    predictions, stories = subject.predictions, subject.stories
    n_same = sum(
        _are_one(predictions.image(story_id, 0), stories.image(index, 0))
        for index, story_id in enumerate(stories.ids)
    )
    return n_same >= NEARLY_ALL * len(stories)


def reader(subject: Subject) -> Draw:
    """Pictures of the set. A set of targets alone shows the given source as frame 0.

    That is what a system for continuation shows: it was given that frame, so a real picture stands
    on its side where a protocol scores it, and the score is flagged `source_given`.
    """
    predictions, stories = subject.predictions, subject.stories
    draws_source = has_source(subject)
    places = {story_id: index for index, story_id in enumerate(stories.ids)}

    def draw(story_id: str, k: int) -> Image:
        if k == 0 and not draws_source:
            return centre_square(stories.image(places[story_id], 0))
        return predictions.image(story_id, k)

    return draw


def _are_one(drawn: Image, source: Image) -> bool:
    """Whether two pictures are the same but for their size and what a container lost."""
    small = (resize(centre_square(image), height=SIDE, width=SIDE) for image in (drawn, source))
    return apart(*small) <= SAME
