"""The generated side of a slot: what the set holds, and the given source where it holds none."""

from __future__ import annotations

from storybench.evaluate.match import Draw
from storybench.evaluate.subject import Subject
from storybench.images import centre_square
from storybench.types import Image


def has_source(subject: Subject) -> bool:
    """Whether the set has a frame 0 of every story: its model drew all frames."""
    predictions = subject.predictions
    return all(0 in predictions.frames(story_id) for story_id in subject.stories.ids)


def reader(subject: Subject) -> Draw:
    """Pictures of the set. A set of targets alone shows the given source as frame 0.

    That is what a system for continuation shows: it was given that frame, so it stands on both
    sides where a protocol scores it, and the score is flagged `source_given`.
    """
    predictions, stories = subject.predictions, subject.stories
    draws_source = has_source(subject)
    places = {story_id: index for index, story_id in enumerate(stories.ids)}

    def draw(story_id: str, k: int) -> Image:
        if k == 0 and not draws_source:
            return centre_square(stories.image(places[story_id], 0))
        return predictions.image(story_id, k)

    return draw
