"""What a network is fed: the published pixels, and source and targets treated alike."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest

from storybench.errors import InputError
from storybench.loader.choice import draw_of
from storybench.loader.presets import (
    ARLDM_EVAL,
    ARLDM_TRAIN,
    MEGA_TRAIN,
    STORYDALLE_DIDEMO_TRAIN,
    STORYDALLE_EVAL,
    STORYDALLE_TRAIN,
)
from storybench.loader.transform import Scale, Transform

DRAW = draw_of(0, 0, "story")


def noise(*size: int, seed: int = 0) -> np.ndarray:
    """A picture of noise."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def ramp(height: int, width: int) -> np.ndarray:
    """A picture whose red says the column and green the row, in steps that survive scaling."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, width)
    image[..., 1] = np.linspace(0, 255, height)[:, None]
    return image


@pytest.mark.parametrize("size", [(128, 128), (240, 320), (333, 250), (257, 256)])
@pytest.mark.parametrize("scale", ["signed", "unit"])
def test_the_middle_is_torchvisions_bit_for_bit(size: tuple[int, int], scale: Scale) -> None:
    """Resize, CenterCrop, ToTensor and Normalize give the same floats."""
    transforms = pytest.importorskip("torchvision.transforms")
    steps = [transforms.Resize(256), transforms.CenterCrop(256), transforms.ToTensor()]
    if scale == "signed":
        steps.append(transforms.Normalize([0.5] * 3, [0.5] * 3))
    image = noise(*size)
    theirs = transforms.Compose(steps)(PIL.Image.fromarray(image)).numpy()
    ours = Transform(size=256, scale=scale)([image], DRAW)
    assert ours.dtype == np.float32
    assert np.array_equal(ours[0], theirs)


def test_bytes_are_the_pixels_themselves() -> None:
    """A picture of the right size comes back as it is, channels first."""
    image = noise(128, 128)
    fed = ARLDM_EVAL.transform([image, image], DRAW)
    assert fed.dtype == np.uint8
    assert np.array_equal(fed[1], image.transpose(2, 0, 1))


def test_a_story_is_cropped_at_one_place() -> None:
    """Equal frames stay equal under a random crop, and other stories are cropped elsewhere."""
    transform = Transform(size=32, crop="random", scale="bytes")
    places = set()
    for story in range(20):
        fed = transform([ramp(64, 96)] * 3, draw_of(0, 0, f"s-{story}"))
        assert np.array_equal(fed[0], fed[1])
        assert np.array_equal(fed[0], fed[2])
        places.add(int(fed[0, 0, 0, 0]))
    assert len(places) > 5


def test_a_random_crop_uses_all_the_room() -> None:
    """The leftmost and the rightmost place both come up, and none beyond them."""
    transform = Transform(size=8, crop="random", scale="bytes")
    image = np.zeros((8, 12, 3), np.uint8)
    image[..., 0] = np.arange(12)
    lefts = {int(transform([image], draw_of(0, e, "s"))[0, 0, 0, 0]) for e in range(200)}
    assert lefts == set(range(5))


def test_the_released_didemo_crop_is_a_named_option() -> None:
    """D10: `per_frame` draws for each frame, as train_t2i.py does, so equal frames differ."""
    assert STORYDALLE_DIDEMO_TRAIN.transform.per_frame
    fed = STORYDALLE_DIDEMO_TRAIN.transform([ramp(240, 480)] * 3, DRAW)
    assert not np.array_equal(fed[0], fed[1])
    assert not np.array_equal(fed[1], fed[2])


def test_a_story_is_mirrored_together_or_not_at_all() -> None:
    """About half of the stories at 0.5, each with all of its frames."""
    transform = Transform(size=16, flip=0.5, scale="bytes")
    image = noise(16, 16)
    straight, mirrored = image.transpose(2, 0, 1), image[:, ::-1].transpose(2, 0, 1)
    turned = 0
    for story in range(100):
        fed = transform([image, image], draw_of(0, 0, f"s-{story}"))
        expected = mirrored if np.array_equal(fed[0], mirrored) else straight
        assert np.array_equal(fed[0], expected)
        assert np.array_equal(fed[1], expected)
        turned += expected is mirrored
    assert 30 < turned < 70


def test_frames_of_several_sizes_make_one_array() -> None:
    """A wide source and a high target both become squares of the asked size."""
    assert STORYDALLE_TRAIN.transform([noise(90, 160), noise(160, 90)], DRAW).shape == (
        2,
        3,
        256,
        256,
    )
    assert ARLDM_TRAIN.transform([noise(90, 160)], DRAW).shape == (1, 3, 512, 512)


def test_the_ranges_are_those_of_the_papers() -> None:
    """StoryDALL-E from -1 to 1; mega from 0 to 1, since its loader has no Normalize."""
    image = np.zeros((128, 128, 3), np.uint8)
    image[:64] = 255
    signed = STORYDALLE_EVAL.transform([image], DRAW)
    unit = MEGA_TRAIN.transform([image], DRAW)
    assert (signed.min(), signed.max()) == (-1.0, 1.0)
    assert (unit.min(), unit.max()) == (0.0, 1.0)


def test_options_that_make_no_sense_are_refused() -> None:
    """With what was expected and what was found."""
    with pytest.raises(InputError, match=r"size of at least 1 pixel .* found 0 and 0.0"):
        Transform(size=0)
    with pytest.raises(InputError, match="a share from 0 to 1, found 256 and 2"):
        Transform(flip=2)
    with pytest.raises(InputError, match="crop to be centre or random, found 'center'"):
        Transform(crop="center")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="scale to be signed or unit or bytes, found 'float'"):
        Transform(scale="float")  # pyright: ignore[reportArgumentType]
