"""Canvas, painted numbers, encoder, tune and contact sheet, each alone."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import InputError
from storybench.images import centre_square, resize
from storydata.twin.drawing.canvas import Canvas, Shade
from storydata.twin.drawing.outlines import (
    Affine,
    box,
    ellipse,
    grown,
    moved,
    scaled,
    thickened,
    turned,
)
from storydata.twin.drawing.palette import NIGHT
from storydata.twin.film import numbers
from storydata.twin.film.tune import LOUDNESS, RATE, tune
from storydata.twin.film.video import Coding, encode, half_of, jittered, steady
from storydata.twin.sheet import GAP, contact_sheet
from storydata.twin.world.cast import DIDEMO_CAST
from storydata.twin.world.painter import Painter
from storydata.twin.world.scene import Actor, Scene

GREY = np.full((120, 160, 3), 120, np.uint8)


def area(points: np.ndarray) -> float:
    x, y = points.T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def test_outlines_have_the_right_areas():
    """Circle, rounded box, grown circle and thick line enclose what they should."""
    assert area(ellipse((3, 4), 2, 2)) == pytest.approx(np.pi * 4, rel=0.01)
    assert area(box(0, 0, 4, 2, 0.5)) == pytest.approx(8 - (4 - np.pi) * 0.25, rel=0.01)
    assert area(grown(ellipse((0, 0), 2, 2), 1)) == pytest.approx(np.pi * 9, rel=0.01)
    line = thickened(np.array([(0.0, 0.0), (5.0, 0.0), (10.0, 0.0)]), 2)
    assert abs(area(line)) == pytest.approx(20 + np.pi, rel=0.02)


def test_maps_compose_in_order():
    """`then` applies the later map to the result of the earlier; turning is clockwise."""
    point = np.array([(1.0, 0.0)])
    both = moved(1, 0).then(turned(90))
    assert both(point) == pytest.approx(np.array([(0.0, -2.0)]))
    assert scaled(2, 3)(np.array([(1.0, 1.0)])) == pytest.approx(np.array([(2.0, 3.0)]))
    assert Affine()(point) == pytest.approx(point)


def test_edges_are_smooth_and_clean():
    """Edges are covered in part, and keep the colour of the shape: no halo."""
    canvas = Canvas((40, 40), scale=1, origin=(20, 20))
    canvas.shape(ellipse((0, 0), 12.3, 12.3), (200, 40, 40))
    picture = np.asarray(canvas.finish())
    cover = picture[..., 3]
    assert set(np.unique(cover)) > {0, 255}
    assert len(np.unique(cover)) > 4
    edge = picture[(cover > 40) & (cover < 255)]
    assert abs(edge[:, :3].astype(int) - (200, 40, 40)).max() <= 5


def test_shades_run_from_top_to_bottom():
    """A gradient is its top colour at the top and its bottom colour at the foot."""
    canvas = Canvas((20, 60), scale=1, origin=(10, 60))
    canvas.shape(box(-10, 0, 10, 60), Shade((250, 0, 0), (0, 0, 250)))
    column = np.asarray(canvas.finish())[:, 10]
    assert column[1, 0] > 235
    assert column[-2, 2] > 235


def test_light_grades_colours():
    """At night a colour is darker and bluer."""
    red, _, blue = NIGHT.grade((200, 100, 100))
    assert red < 130
    assert blue > 80


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 2**numbers.BITS - 1))
def test_numbers_round_trip(number: int):
    """Any number that fits can be read back, whole, cropped to the centre square, or resized."""
    painted = numbers.paint(GREY, number)
    assert numbers.read(painted) == number
    assert numbers.read(centre_square(painted)) == number
    assert numbers.read(resize(painted, height=90, width=120)) == number
    assert numbers.read(resize(painted, height=240, width=320)) == number
    assert (GREY == 120).all()


@pytest.mark.parametrize("number", [-1, 2**numbers.BITS])
def test_numbers_that_do_not_fit_are_refused(number: int):
    """Out of range is an error, not a wrong code."""
    with pytest.raises(ValueError, match="Expected a frame number"):
        numbers.paint(GREY, number)


def test_a_plain_picture_has_no_number():
    """Reading never guesses."""
    with pytest.raises(InputError, match="found none"):
        numbers.read(GREY)


def test_variable_times_are_kept_to_the_tick():
    """A variable frame rate survives the container exactly, whatever its time base."""
    clock = jittered(10, 3.0, np.random.default_rng(1))
    assert clock.ticks[0] == 0
    frames = [numbers.paint(GREY, k) for k in range(len(clock.ticks))]
    data = encode(frames, clock, Coding((160, 120), 250))
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        shown = [
            frame.pts * Fraction(stream.time_base or 0)
            for frame in container.decode(stream)
            if frame.pts is not None
        ]
    assert shown == [tick * clock.time_base for tick in clock.ticks]


def test_the_same_frames_give_the_same_bytes():
    """No clock, thread or chance in it, even with the hard blocks that x264's tree stumbles on."""
    clock = steady(Fraction(30000, 1001), 1.3)
    scene = Scene("village", "noon", 0, 1.0, 5.0, (Actor("Kip", "run", -0.2, 0.2, 0.1, 1),))
    painter = Painter(DIDEMO_CAST, scene, (240, 320))
    frames = [numbers.paint(painter.paint(t), k) for k, t in enumerate(clock.times)]
    sound = tune(1.3, np.random.default_rng(0))
    films = {encode(frames, clock, Coding((240, 320), 30), sound=sound) for _ in range(12)}
    assert len(films) == 1


def test_half_a_file_has_no_index():
    """What is cut off holds `moov`, so no player can open the rest."""
    clock = steady(Fraction(10), 2.0)
    data = encode([GREY] * 20, clock, Coding((160, 120), 30))
    assert b"moov" in data
    assert b"moov" not in half_of(data)
    assert data.startswith(half_of(data))


def test_a_frame_too_few_is_an_error():
    """Frames and ticks must be equally many."""
    with pytest.raises(ValueError, match="shorter"):
        encode([GREY], steady(Fraction(10), 1.0), Coding((160, 120), 30))


def test_the_tune_is_quiet_and_long_enough():
    """Mono, of the asked length, never loud, never silent."""
    sound = tune(2.0, np.random.default_rng(5))
    assert sound.shape == (2 * RATE,)
    assert 0.02 < abs(sound).max() < 5 * LOUDNESS
    assert np.array_equal(sound, tune(2.0, np.random.default_rng(5)))


def test_contact_sheets_hold_every_picture():
    """Rows and columns as asked, each picture where it belongs, words under it."""
    pictures = [np.full((30, 40, 3), 40 * k, np.uint8) for k in range(5)]
    sheet = contact_sheet(pictures, columns=3)
    assert sheet.shape == (2 * 40 + GAP, 3 * 50 + GAP, 3)
    for k in range(5):
        centre = sheet[GAP + 15 + (k // 3) * 40, GAP + 20 + (k % 3) * 50]
        assert (centre == 40 * k).all()
    told = contact_sheet(pictures, columns=3, captions=["one two three four five six seven"] * 5)
    assert told.shape[0] > sheet.shape[0]


def test_contact_sheets_refuse_what_they_cannot_lay_out():
    """No pictures, pictures of two sizes, or captions missing."""
    with pytest.raises(ValueError, match="all of one size"):
        contact_sheet([], columns=2)
    with pytest.raises(ValueError, match="Expected 1 captions, found 2"):
        contact_sheet([GREY], columns=1, captions=["a", "b"])
