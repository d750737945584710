"""Does a page show its story, and each picture where it belongs?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from storymodels.storydalle.analysis import heat
from storymodels.storydalle.analysis.panels import Panel
from storymodels.storydalle.analysis.picturing import (
    SIDE,
    Layer,
    Shown,
    _target,
    layers_page,
    story_page,
)
from tests.factories import picture

N_TEXT, N_CODES = 3, 16

FRAMES = tuple(picture((SIDE, SIDE), seed=k) for k in range(3))


def shown() -> Shown:
    """Two targets; the second looks at place 5, is helped at place 9, and looks at 2 from there."""
    weights = np.full((2, 2, N_TEXT + N_CODES, N_CODES), 1 / N_CODES)
    weights[:, 1, N_TEXT:] = np.eye(N_CODES)[5]
    weights[1, 1, N_TEXT + 9] = np.eye(N_CODES)[2]
    weights[1, :, 1] = np.eye(N_CODES)[14]
    saved = np.zeros((2, N_CODES))
    saved[1, 9] = 3.0
    return Shown(
        name="story-7",
        frames=FRAMES,
        captions=("Ada sings.", "Bo runs.", "Cleo sleeps."),
        words=({"runs": [1]}, {"cleo": [0], "sleeps": [1]}),
        weights=weights,
        blocks=(3, 6),
        sharpest=1,
        n_text=N_TEXT,
        saved=saved,
        line="a line",
    )


def panels(one: Shown, k: int) -> dict[str, Panel]:
    """Of a target, by label."""
    return {panel.label: panel for panel in _target(one, FRAMES[0], k)}


def test_a_target_stands_beside_its_looks() -> None:
    """Where it is helped, where its picture, its box and a word look."""
    found = panels(shown(), 1)
    assert list(found) == [
        "frame 2",
        "where the source helps",
        "where its picture looks, all layers",
        "where the box looks, block 6",
        "where “sleeps” looks, block 6",
    ]
    np.testing.assert_array_equal(found["frame 2"].image, FRAMES[2])
    assert found["frame 2"].text == "Cleo sleeps."
    place = np.eye(N_CODES)
    looks = {
        "where its picture looks, all layers": shown().weights[:, 1, N_TEXT:].mean((0, 1)),
        "where the box looks, block 6": place[2],
        "where “sleeps” looks, block 6": place[14],
    }
    for label, weights in looks.items():
        expected = heat.lit(FRAMES[0], heat.of_look(weights))
        np.testing.assert_array_equal(found[label].image, expected)
    assert found["where the box looks, block 6"].text == "+3.0 nats in the box"
    helped = heat.lit(FRAMES[2], heat.of_nats(shown().saved[1]))
    boxed = heat.boxed(helped, 9, n_places=N_CODES, colour="#27c4cf")
    np.testing.assert_array_equal(found["where the source helps"].image, boxed)


def test_a_text_that_sees_nothing_has_no_look() -> None:
    """As released: no word is shown."""
    one = shown()
    blind = replace(one, n_text=0, weights=one.weights[:, :, N_TEXT:], words=({}, {}))
    assert not [label for label in panels(blind, 1) if "“" in label]


def test_a_page_has_every_target() -> None:
    """One more makes it one row taller."""
    one = shown()
    fewer = replace(one, frames=FRAMES[:2], captions=one.captions[:2], saved=one.saved[:1])
    assert story_page(one).shape[0] - story_page(fewer).shape[0] > SIDE
    assert story_page(one).shape[1] > 5 * SIDE


def test_maps_have_text_above_picture() -> None:
    """A rule between them; a row that no story has is blank."""
    weights = np.full((N_TEXT + N_CODES, N_CODES), 1 / N_CODES)
    weights[1] = np.nan
    made = layers_page([Layer(3, weights, N_TEXT, "a line")], title="Maps", note="a note")
    is_rule = (made == (32, 36, 42)).all(-1).sum(1) >= 256
    (rule, _) = np.flatnonzero(is_rule)
    row = 256 // N_CODES
    even, blank = heat.coloured(np.array(0.25)), heat.coloured(np.array(0.0))
    column = 28 + 100
    np.testing.assert_array_equal(made[rule - row // 2, column], even)
    np.testing.assert_array_equal(made[rule - row - row // 2, column], blank)
    np.testing.assert_array_equal(made[rule + 2 + row // 2, column], even)
    wide = layers_page([Layer(k, weights, N_TEXT, "") for k in range(5)], title="", note="")
    assert wide.shape[1] > 4 * 256
    assert wide.shape[0] > 2 * row * N_CODES
