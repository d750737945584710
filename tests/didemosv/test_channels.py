"""Swapped red and blue are noticed where pictures tell, and nothing is claimed where not."""

from __future__ import annotations

import re

import numpy as np
import pytest

from storydata.didemosv.channels import ChannelEvidence, examine, exchange
from storydata.didemosv.options import ChannelOrder
from storydata.didemosv.survey import channel_note

SKIN = (224, 172, 140)
SKY = (120, 170, 230)


def scene(*, skin: int, sky: int) -> np.ndarray:
    """A picture with so many rows of skin and of sky, over grey."""
    image = np.full((20, 20, 3), 80, np.uint8)
    image[:skin] = SKIN
    image[20 - sky :] = SKY
    return image


def test_people_are_not_blue() -> None:
    """Skin as stored means right; skin only after an exchange means swapped."""
    image = scene(skin=6, sky=0)
    assert examine([image]) == ChannelEvidence(stored=0.3, exchanged=0.0)
    assert examine([image]).looks_swapped is False
    assert examine([exchange(image)]).looks_swapped is True


@pytest.mark.parametrize("images", [[], [np.full((4, 4, 3), 90, np.uint8)]])
def test_grey_pictures_settle_nothing(images: list[np.ndarray]) -> None:
    """Without colour, or without pictures, there is no verdict."""
    assert examine(images).looks_swapped is None


def test_balanced_evidence_settles_nothing() -> None:
    """As much sky as skin is no evidence: sky looks like skin when exchanged."""
    assert examine([scene(skin=6, sky=6)]).looks_swapped is None


@pytest.mark.parametrize(
    ("evidence", "order", "message"),
    [
        (ChannelEvidence(0.01, 0.2), "fixed", "seem swapped. --channel-order fixed exchanges them"),
        (ChannelEvidence(0.01, 0.2), "release", "seem swapped. --channel-order release leaves"),
        (ChannelEvidence(0.2, 0.01), "fixed", "right as they are. .* fixed would swap them"),
        (ChannelEvidence(0.2, 0.01), None, "right as they are. A build will ask for --channel-o"),
        (ChannelEvidence(0.01, 0.2), None, "seem swapped. --channel-order fixed exchanges them"),
        (ChannelEvidence(0.1, 0.1), "fixed", "settles nothing. Look at some frames"),
    ],
)
def test_the_note_says_what_the_option_will_do(
    evidence: ChannelEvidence, order: ChannelOrder | None, message: str
) -> None:
    """Numbers, verdict, and what the chosen order means for them."""
    note = channel_note(evidence, order)
    assert f"{evidence.stored:.1%} of the pixels" in note
    assert re.search(message, note)
