"""Characters, settings and scenes: told apart, drawn whole, labelled exactly."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from storydata.twin.drawing.palette import LIGHTS, NOON, mix
from storydata.twin.drawing.poses import ACTIONS, BLINK_EVERY, Pose, pose_at
from storydata.twin.drawing.sprites import Sprite, character_sprite
from storydata.twin.world.cast import DIDEMO_CAST, FLINTSTONES_CAST, PORORO_CAST, Cast
from storydata.twin.world.painter import Painter, scene_image
from storydata.twin.world.props import PROPS, prop_sprite
from storydata.twin.world.scene import Actor, Scene, Thing
from storydata.twin.world.script import episode
from storydata.twin.world.settings import SETTINGS, build_stage
from storydata.twin.world.stage import MARGIN

HEIGHT = 64
SIDE = 160
CASTS = pytest.mark.parametrize(
    "cast", [DIDEMO_CAST, PORORO_CAST, FLINTSTONES_CAST], ids=lambda cast: cast.name
)


def standing(sprite: Sprite) -> tuple[np.ndarray, np.ndarray]:
    """Colours and coverage of a sprite, its foot at the middle of the lower edge of a square."""
    colours, cover = np.zeros((SIDE, SIDE, 3)), np.zeros((SIDE, SIDE))
    left, top = SIDE // 2 - sprite.foot[0], SIDE - 8 - sprite.foot[1]
    height, width = sprite.mask.height, sprite.mask.width
    colours[top : top + height, left : left + width] = np.asarray(sprite.picture)
    cover[top : top + height, left : left + width] = np.asarray(sprite.mask) / 255
    return colours, cover


def portraits(cast: Cast, light_name: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    light = LIGHTS[light_name].on_figures()
    return {
        one.name: standing(
            character_sprite(one, Pose(), round(HEIGHT * one.height / 0.44), light, 1)
        )
        for one in cast.characters
    }


@CASTS
def test_characters_differ_in_silhouette(cast: Cast):
    """Any two characters share less than 86 % of the area that both cover."""
    shapes = {name: cover > 0.5 for name, (_, cover) in portraits(cast, "noon").items()}
    for one, other in combinations(shapes.values(), 2):
        assert (one & other).sum() / (one | other).sum() < 0.86


@CASTS
@pytest.mark.parametrize("light", LIGHTS)
def test_characters_differ_in_colour(cast: Cast, light: str):
    """In any light the mean colours of any two characters are at least 20 levels apart."""
    means = {
        name: (colours * cover[..., None]).sum((0, 1)) / cover.sum()
        for name, (colours, cover) in portraits(cast, light).items()
    }
    for one, other in combinations(means.values(), 2):
        assert np.linalg.norm(one - other) > 20


@CASTS
def test_the_cast_has_labels_in_order(cast: Cast):
    """Multi-hot labels follow the order of the cast, and names, species and colours are unique."""
    names = cast.names
    assert cast.multi_hot((names[2], names[0])) == (1, 0, 1, *(0 for _ in names[3:]))
    for words in ("name", "species", "colour_name"):
        assert len({getattr(one, words) for one in cast.characters}) == len(names)
    assert [one["name"] for one in cast.facts] == list(names)


def test_casts_are_as_large_as_the_real_ones():
    """Nine characters for PororoSV; seven for FlintstonesSV, one of two words."""
    assert len(PORORO_CAST.names) == 9
    assert len(FLINTSTONES_CAST.names) == 7
    assert [name for name in FLINTSTONES_CAST.names if " " in name] == ["Mr Tusk"]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_draws_every_character_whole(action: str):
    """No pose of any action runs over the edge of its sprite."""
    for time in (0.0, 0.4, 0.9):
        pose, _ = pose_at(action, time)
        for one in {*DIDEMO_CAST.characters, *PORORO_CAST.characters, *FLINTSTONES_CAST.characters}:
            sprite = character_sprite(one, pose, 40, NOON, 1)
            assert 0 < sprite.foot[0] < 100
            assert sprite.mask.width < 98
            assert sprite.mask.height < 75


def test_mirrored_sprites_stand_on_the_same_foot():
    """Facing left is facing right in a mirror about the foot."""
    one = DIDEMO_CAST.characters[5]
    right, left = (character_sprite(one, Pose(), 60, NOON, way) for way in (1, -1))
    assert np.array_equal(np.asarray(left.mask)[:, ::-1], np.asarray(right.mask))
    assert left.foot == (right.mask.width - 1 - right.foot[0], right.foot[1])


def test_eyes_blink_now_and_then():
    """Closed for a moment in every period, open otherwise."""
    eyes = [pose_at("stand", time / 10)[0].eyes for time in range(1, 80)]
    assert 0 < eyes.count("closed") < 10
    assert pose_at("stand", BLINK_EVERY / 2)[0].eyes == "open"


def test_jumping_squashes_and_stretches():
    """A jump presses down before it lifts off, stretches in the air, and comes back."""
    poses = [pose_at("jump", time / 20) for time in range(24)]
    assert max(pose.squash for pose, _ in poses) > 0.1
    assert min(pose.squash for pose, _ in poses) < -0.05
    assert max(shift.up for _, shift in poses) > 0.3
    assert poses[0][1].up == 0


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_cover_the_whole_picture(name: str):
    """However the camera moves, in any format, something is drawn at every pixel."""
    for size in ((96, 72), (72, 96), (128, 72)):
        back, _ = build_stage(name, SETTINGS[name].lights[0], size, 1.0, 0)
        for pan in (-0.1, 0.0, 0.1):
            cover = np.zeros((size[1], size[0]))
            for layer in back:
                alpha = np.asarray(layer.picture)[..., 3] / 255
                x = layer.left - layer.margin - round(layer.parallax * pan * min(size))
                sheet = np.pad(alpha, ((layer.top, size[1]), (max(0, x), size[0])))
                sheet = sheet[: size[1], max(0, -x) : max(0, -x) + size[0]]
                cover = 1 - (1 - cover) * (1 - sheet)
            assert cover.min() > 0.98
    assert MARGIN > 0.1 * 1.25


def test_settings_look_different_at_other_times():
    """Night is darker than noon in the same place."""
    scene = Scene("garden", "noon", 0, 1.0, 5.0, ())
    noon, night = (
        scene_image(DIDEMO_CAST, replace(scene, light=light), 0.0, size=(96, 72)).mean()
        for light in ("noon", "night")
    )
    assert night < 0.65 * noon


@pytest.mark.parametrize("name", PROPS)
def test_every_prop_is_drawn(name: str):
    """A prop has an opaque middle and stands near its foot."""
    sprite = prop_sprite(name, 40, NOON)
    assert np.asarray(sprite.mask).max() == 255
    assert np.asarray(sprite.mask).mean() > 15


def test_pictures_are_functions_of_the_scene():
    """The same scene and time give the same pixels, whoever paints, in any order."""
    scene = Scene(
        "meadow", "noon", 1, 1.0, 5.0, (Actor("Pim", "walk", -0.2, 0.2, 0.4, 1),),
        (Thing("basket", 0.3, 0.9),), (-0.05, 0.05),
    )  # fmt: skip
    painter = Painter(DIDEMO_CAST, scene, (96, 72))
    late, early = painter.paint(3.0), painter.paint(1.0)
    assert early.dtype == np.uint8
    assert early.shape == (72, 96, 3)
    assert np.array_equal(early, scene_image(DIDEMO_CAST, scene, 1.0, size=(96, 72)))
    assert not np.array_equal(early, late)


@pytest.mark.parametrize("size", [(160, 120), (120, 160), (192, 108)])
def test_labels_are_exact(size: tuple[int, int]):
    """Everyone in a scene is really seen: taking anyone away changes many pixels."""
    for seed in range(6):
        clips = episode(
            DIDEMO_CAST,
            np.random.default_rng(seed),
            seconds=[5.0] * 4,
            n_captions=[1] * 4,
            aspect=size[0] / min(size),
        )
        for clip in clips:
            assert clip.event.subject in clip.visible
            for time in (0.0, 2.4, 4.9):
                whole = scene_image(DIDEMO_CAST, clip.scene, time, size=size).astype(int)
                for actor in clip.scene.actors:
                    rest = tuple(other for other in clip.scene.actors if other != actor)
                    without = replace(clip.scene, actors=rest)
                    empty = scene_image(DIDEMO_CAST, without, time, size=size)
                    changed = (abs(whole - empty).max(2) > 24).sum()
                    assert changed > 0.008 * size[0] * size[1], (actor, clip.scene, time)
                if clip.event.thing is not None:
                    empty = scene_image(
                        DIDEMO_CAST, replace(clip.scene, things=()), time, size=size
                    )
                    changed = (abs(whole - empty).max(2) > 24).sum()
                    assert changed > 0.002 * size[0] * size[1], (clip.event, clip.scene)


def test_unknown_words_are_refused():
    """A setting or a character that does not exist is never drawn as something else."""
    scene = Scene("meadow", "noon", 0, 1.0, 5.0, (Actor("Nobody", "walk", 0, 0, 0.4, 1),))
    with pytest.raises(KeyError):
        scene_image(DIDEMO_CAST, replace(scene, setting="moon"), 0.0, size=(96, 72))
    with pytest.raises(KeyError, match="Nobody"):
        scene_image(DIDEMO_CAST, scene, 0.0, size=(96, 72))


def test_colours_mix_linearly():
    """Half way between two colours is their mean."""
    assert mix((0, 100, 255), (100, 200, 55), 0.5) == (50, 150, 155)
