"""A prompt cannot leak, and a story reads as it should."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from storybench.types import Frame, Origin, Story, StoryPrompt


def frame(value: int, *captions: str, default: int = 0) -> Frame:
    """A flat frame."""
    image = np.full((4, 4, 3), value, np.uint8)
    return Frame(image=image, captions=captions, default=default, origin=Origin("a.mp4", "a"))


STORY = Story(
    id="s-1",
    split="test",
    cluster="a",
    position=0,
    source=frame(0, "start"),
    targets=(frame(1, "one", "uno", default=1), frame(2, "two")),
)


def test_a_prompt_holds_the_source_and_the_captions_and_no_target() -> None:
    """Every array reachable from a prompt is the source picture."""
    prompt = STORY.prompt()
    arrays = [value for value in vars(prompt).values() if isinstance(value, np.ndarray)]
    assert len(arrays) == 1
    assert arrays[0] is STORY.source.image
    assert prompt.captions == ("start", "uno", "two")
    assert prompt.n_targets == 2
    assert {field.name for field in dataclasses.fields(StoryPrompt)} == {"id", "source", "captions"}


def test_frames_come_source_first() -> None:
    """`frames` and `captions` run in story order with the default captions."""
    assert [int(item.image[0, 0, 0]) for item in STORY.frames] == [0, 1, 2]
    assert STORY.captions == ("start", "uno", "two")


def test_types_are_frozen() -> None:
    """Nothing that crosses a boundary can be changed behind someone's back."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        STORY.split = "train"  # type: ignore[misc]
