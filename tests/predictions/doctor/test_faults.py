"""Every fault is seen in what a learned model drew and in copies of the source, and no other."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storybench.images import resize
from storybench.predictions.doctor.glance import glance
from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.typed import Typed
from storybench.predictions.problem import Fault
from tests.predictions.doctor.draws import whole
from tests.predictions.doctor.faults import ORDER, PIXELS
from tests.predictions.doctor.planted import Planted
from tests.predictions.doctor.world import Frames, World, diagnose, told

FAULTS = [*ORDER, *PIXELS]
NEEDS_MORE_STORIES = {"stories in no order", "one story skipped", "frames mixed in 30 %"}


@pytest.mark.parametrize(
    "fault", [one for one in FAULTS if one.name not in NEEDS_MORE_STORIES], ids=lambda one: one.name
)
def test_a_planted_fault_is_seen(world: World, fault: Planted) -> None:
    """In a hundred stories that a learned model drew."""
    assert fault.is_told(whole(world), "learned")


@pytest.mark.slow
@pytest.mark.parametrize("model", ["learned", "copy-source"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
def test_every_planted_fault_is_seen(large_world: World, fault: Planted, model: str) -> None:
    """By its kind, number and weight, in both models; nothing is said where nothing changed."""
    seen = fault.is_told(whole(large_world), model)
    assert seen == (model not in fault.changes_nothing_for)


@pytest.mark.parametrize("model", ["learned", "good"])
def test_a_set_in_order_passes(world: World, model: str) -> None:
    """Nothing is found, and the pictures are proven to belong to their stories."""
    found = told(world, world.drawn(model))
    assert found.problems == ()
    assert found.alignment.outcome == "aligned"
    assert found.alignment.score > 20


@pytest.mark.parametrize(("given", "advised"), [(None, "bgr"), ("bgr", "rgb")])
def test_a_set_swapped_throughout_is_told_by_a_lower_bound(
    world: World, given: str | None, advised: str
) -> None:
    """Of some pictures it cannot be told; and the order that was just tried is not advised."""
    (found,) = told(world, world.drawn("learned")[..., ::-1]).problems
    assert found.kind == "channels swapped"
    assert f"red and blue exchanged in at least {found.evidence['swapped']:.0%}" in found.message
    advice = Typed(answers={"channel_order": given}).filled_in(found.fix, Path("preds"))
    assert f"`--channel-order {advised}`" in advice


def test_copies_of_the_source_are_aligned_and_told(world: World) -> None:
    """They belong to their stories; which frame is which cannot be told, and that is said."""
    found = told(world, world.drawn("copy-source"))
    assert found.kinds == {"copies of the source"}
    assert found.alignment.outcome == "aligned"
    assert not found.alignment.frames_are_told_apart


@pytest.mark.parametrize("seed", range(4))
def test_a_weak_model_is_never_called_misaligned(world: World, seed: int) -> None:
    """Real stories of another split in no order, as a model draws that ignores its prompt."""
    generator = np.random.default_rng(seed)
    n = len(world.real("test"))
    others = world.real("train")
    frames = others[generator.integers(0, len(others), n), 1:]
    found = told(world, frames)
    assert found.alignment.outcome == "cannot tell"
    assert not found.has("misaligned", ("A01", "A02", "A03", "A06", "A28", "A31", "A32"))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_other_films_in_order_are_never_called_misaligned(large_world: World, share: float) -> None:
    """Neighbours are alike as in the truth, so their matches are near each other too."""
    n, train = len(large_world.real("test")), large_world.real("train")
    start = round(share * (len(train) - n))
    found = told(large_world, train[start : start + n, 1:])
    assert found.alignment.outcome == "cannot tell"
    assert found.alignment.shuffle is None


def test_noise_is_never_called_misaligned(world: World) -> None:
    """Nor is an untrained model."""
    shape = world.drawn("learned").shape
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert told(world, noise).alignment.outcome == "cannot tell"


def test_pictures_of_one_colour_are_told_as_that_and_as_nothing_else(world: World) -> None:
    """As a sampler leaves them that met NaN; all of them, each in its own colour, all but a few."""
    shape = world.drawn("learned").shape
    generator = np.random.default_rng(0)
    of_frames = generator.integers(30, 226, (*shape[:2], 1, 1, 3))
    for frames in (0, of_frames, of_frames[:, :1], of_frames[:1, :1]):
        drawn = np.broadcast_to(frames, shape).astype(np.uint8)
        found = told(world, drawn)
        assert found.alignment.outcome == "cannot tell"
        assert found.kinds == {"alignment unknown", "blank pictures"}
        drawn[:2] = world.drawn("learned")[:2]
        assert "blank pictures" in told(world, drawn).kinds


def test_one_picture_everywhere_is_cannot_tell(world: World) -> None:
    """It shows something, and nothing of any story."""
    drawn = np.broadcast_to(world.real("train")[0, 0], world.drawn("learned").shape)
    assert told(world, drawn).alignment.outcome == "cannot tell"


@pytest.mark.parametrize("n", [8, 9, 12])
def test_a_set_too_small_for_a_permutation_test_is_cannot_tell(world: World, n: int) -> None:
    """Nothing is known of chance there; that is no crash, and no verdict either way."""
    rows = range(n)
    found = told(world, world.drawn("good")[:n], rows=rows, change=_of_one_film)
    assert found.alignment.outcome == "cannot tell"
    assert np.isnan(found.alignment.chance)
    assert [one.kind for one in found.problems] == ["alignment unknown"]
    assert "too few for a permutation test" in found.problems[0].message


def _of_one_film(material: Material) -> Material:
    """All stories overlap: whatever is dealt is a neighbour."""
    return replace(material, clusters=("film",) * material.n)


def test_a_handful_of_stories_is_not_examined(world: World) -> None:
    """Below eight there is no verdict at all."""
    frames = world.drawn("learned")[:7]
    found = diagnose(world, list(frames) + [[]] * (len(world.real("test")) - 7))
    assert found.alignment is None


@pytest.mark.parametrize("model", ["learned", "copy-source"])
def test_one_picture_in_most_places_is_no_habit_of_the_set(world: World, model: str) -> None:
    """A model that fell onto one odd picture is weak; how odd that is says nothing of the rest."""
    drawn = world.drawn(model)
    half = drawn[0, 0, :, ::2, ::-1]
    drawn[len(drawn) // 3 :] = np.concatenate([half, half], axis=1)
    faults = {fault.kind for fault in told(world, drawn).problems if isinstance(fault, Fault)}
    assert not faults & {"overwritten", "mosaics", "channels swapped", "mixed planes"}


@pytest.mark.parametrize("model", ["learned", "truth"])
def test_frames_in_mosaics_are_in_no_order(world: World, model: str) -> None:
    """Four frames in a picture, also beside each other, fit several slots: they are to be cut."""
    real = world.real("test")
    targets = real[:, 1:] if model == "truth" else world.drawn(model)
    frames = np.concatenate([real[:, :1], targets], axis=1)
    for drawn in (windows(frames), beside_the_one_before(frames)):
        assert {fault.kind for fault in told(world, drawn).problems} == {"mosaics"}
    found = diagnose(world, windows(frames))
    assert found.alignment is None
    assert [fault.kind for fault in found.faults] == ["mosaics"]


def windows(frames: Frames) -> Frames:
    """In each target's place that of the slot before and the three from it on, two by two."""
    side, places = frames.shape[2] // 2, frames.shape[1] - 1
    small = np.array([[resize(one, height=side, width=side) for one in row] for row in frames])
    shifted = [np.roll(small, -k, axis=1)[:, :places] for k in range(4)]
    rows = [np.concatenate(pair, axis=3) for pair in (shifted[:2], shifted[2:])]
    return np.concatenate(rows, axis=2)


def beside_the_one_before(frames: Frames) -> Frames:
    """Each target squeezed, right of the frame before it."""
    side = frames.shape[2]
    small = np.array([[resize(one, height=side, width=side // 2) for one in row] for row in frames])
    return np.concatenate([small[:, :-1], small[:, 1:]], axis=3)


@pytest.mark.parametrize(("n", "is_told"), [(4, False), (5, True)])
def test_one_story_that_starts_with_its_source_is_no_habit_of_the_set(
    world: World, n: int, is_told: bool
) -> None:
    """It is told from five stories on."""
    frames = world.drawn("learned")[:n]
    frames[:, 0] = world.real("test")[:n, 0]
    found = diagnose(world, list(frames) + [[]] * (len(world.real("test")) - n))
    assert any(one.kind == "source included" for one in found.problems) == is_told


def test_a_model_that_draws_caption_by_caption_did_not_overwrite(world: World) -> None:
    """Slots that share a clip share its words, and from one seed a picture; so do other clips."""
    frames, real = world.drawn("learned"), world.real("test")
    words = [[str(zlib.crc32(frame.tobytes()) % 100) for frame in row] for row in real]
    first: dict[str, tuple[int, int]] = {}
    for i, k in np.ndindex(frames.shape[:2]):
        frames[i, k] = frames[first.setdefault(words[i][k + 1], (i, k))]

    def in_those_words(material: Material) -> Material:
        return replace(material, captions=tuple(map(tuple, words)))

    assert "overwritten" in told(world, frames).kinds
    assert "overwritten" not in told(world, frames, change=in_those_words).kinds


def test_where_real_planes_do_not_belong_together_none_are_mixed(world: World) -> None:
    """Pictures of noise, real ones too: their planes cannot be less alike than nothing."""
    generator = np.random.default_rng(0)
    shape = world.drawn("learned").shape
    real = generator.integers(0, 256, (shape[0], shape[1] + 1, *shape[2:])).astype(np.uint8)

    def of_noise(material: Material) -> Material:
        looks = Glances(*real.shape[:2])
        for i, k in np.ndindex(real.shape[:2]):
            looks.put(i, k, glance(real[i, k]))
        return replace(material, real=looks)

    noise = generator.integers(0, 256, shape).astype(np.uint8)
    assert "mixed planes" not in told(world, noise, change=of_noise).kinds
