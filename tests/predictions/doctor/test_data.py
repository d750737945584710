"""Faults of what a set is read or compared with: numbers, splits, labels, captions, real frames.

Each is planted in what a learned model drew and in copies of the source, where it changes anything.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from storybench.predictions.doctor.gathering import gathered
from storybench.predictions.doctor.looking import Seen
from storybench.predictions.doctor.material import Glances, Material
from storydata.twin.world.cast import PORORO_CAST
from tests.predictions.doctor.world import World, diagnose, told

BOTH = pytest.mark.parametrize("model", ["learned", "copy-source"])


@BOTH
def test_raw_ids_read_as_places_are_seen(world: World, model: str) -> None:
    """A04: picture 30 is that of the story with id 30, and was read as that of the 30th story."""
    n, first = len(world.real("test")), 10
    rows = np.arange(first, n)  # no story has the ids 0 to 9
    found = told(
        world,
        world.drawn(model)[rows - first],
        rows=rows.tolist(),
        orders={"story-id": (rows + first).tolist()},
    )
    assert found.has("misaligned", ("A04",))
    assert "story-id taken for the place" in found.alignment.best.name


@BOTH
@pytest.mark.parametrize("way", ["file order read as sorted", "sorted read as file order"])
def test_the_other_order_of_the_ids_is_seen(world: World, model: str, way: str) -> None:
    """A05: stories counted as they stand in the file, claimed as if they were sorted."""
    n = len(world.real("test"))
    places = np.random.default_rng(1).permutation(n)
    order = np.argsort(places) if way == "file order read as sorted" else places
    found = told(world, world.drawn(model)[order], orders={"file": places.tolist()})
    assert found.has("misaligned", ("A05",))
    assert ("'file'" in found.alignment.best.name) or found.alignment.ties


@BOTH
def test_predictions_of_another_split_are_seen(world: World, model: str) -> None:
    """A26: those of train, named by position, claimed as test: told, with the split they fit."""
    n = len(world.real("test"))
    train = world.drawn(model, "train")[:n]
    found = told(world, train, others=[world.stories("val"), world.stories("train")])
    fault = next(one for one in found.problems if one.rule == "A26")
    assert "found ones that fit train" in fault.message
    assert fault.fix.endswith("--split train")


@BOTH
def test_every_second_story_read_as_every_story_is_seen(world: World, model: str) -> None:
    """A27: windows that do not overlap, claimed as windows of stride 1."""
    frames = world.drawn(model)[::2]
    found = told(world, frames, rows=range(len(frames)))
    assert found.has("misaligned", ("A27",))


@BOTH
def test_labels_in_the_order_of_a_tokenizer_are_seen(world: World, model: str) -> None:
    """A23: the columns are permuted, and the message says which character carries whose."""

    def permuted(material: Material) -> Material:
        named = _in_the_names_of_labels(material)
        assert named.labels is not None
        return replace(named, labels=np.roll(named.labels, 1, axis=-1))

    found = told(world, world.drawn(model), change=permuted)
    assert found.has("labels permuted", ("A23",))
    fault = next(one for one in found.problems if one.rule == "A23")
    assert "Loopy carries Pororo's" in fault.message


@BOTH
def test_captions_with_pronouns_are_noted(world: World, model: str) -> None:
    """A25: nobody is named any more where labels say that somebody is there."""

    def pronouns(material: Material) -> Material:
        captions = _in_the_names_of_labels(material).captions
        return replace(
            material, captions=tuple((row[0], *["They play."] * (len(row) - 1)) for row in captions)
        )

    found = told(world, world.drawn(model), change=pronouns)
    assert found.has("other captions", ("A25",))


@BOTH
def test_captions_that_name_who_is_there_are_fine(world: World, model: str) -> None:
    """Labels and captions agree: neither of the two is said."""
    found = told(world, world.drawn(model), change=_in_the_names_of_labels)
    assert not {"labels permuted", "other captions"} & found.kinds


def _in_the_names_of_labels(material: Material) -> Material:
    """Captions that speak of the release's characters; those of the twin have names of its own."""
    names = dict(zip(PORORO_CAST.names, material.characters, strict=True))

    def renamed(text: str) -> str:
        return re.sub(r"[A-Za-z]+", lambda word: names.get(word[0].title(), word[0]), text)

    return replace(material, captions=tuple(tuple(map(renamed, row)) for row in material.captions))


@pytest.mark.slow
def test_real_frames_of_other_captions_are_seen(large_world: World) -> None:
    """A24: references of other stories, while predictions and captions agree.

    Copies of the source know no captions: nothing about the real frames can be told by them.
    """
    stories, train = large_world.stories("test"), large_world.looks("train")

    def other_frames(material: Material) -> Material:
        looks = Glances(material.n, material.t)
        vars(looks).update(vars(material.drawn))
        seen = [Seen(i, (), (), train[(7 * i + 3) % len(train)]) for i in range(material.n)]
        return replace(material, real=gathered(stories, looks, seen).real)

    found = told(large_world, large_world.drawn("learned"), change=other_frames)
    assert found.alignment.outcome == "cannot tell"
    assert found.has("wrong references", ("A24",))
    assert not told(large_world, large_world.drawn("copy-source"), change=other_frames).has(
        "wrong references", ("A24",)
    )


@BOTH
def test_copies_of_training_frames_are_noted(world: World, model: str) -> None:
    """A09: three pictures in ten are a training frame again, with a little noise."""
    generator = np.random.default_rng(2)
    frames, train = world.drawn(model), world.real("train")[:, 0]
    for i, k in np.argwhere(generator.random(frames.shape[:2]) < 0.3):
        copy = train[generator.integers(len(train))]
        noisy = copy + generator.normal(0, 3, copy.shape)
        frames[i, k] = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    found = told(world, frames, others=[world.stories("train")])
    assert found.has("copies of training pictures", ("A09",))


def test_a_model_that_only_learned_does_not_copy(world: World) -> None:
    """Its pictures resemble training frames and are none."""
    found = told(world, world.drawn("learned"), others=[world.stories("train")])
    assert found.problems == ()


@BOTH
def test_caption_strips_are_seen(world: World, model: str) -> None:
    """A16: every picture has its caption below, in a strip whose height is told."""
    captions = world.captions("test")
    frames = [
        [_with_strip(image, text) for image, text in zip(row, texts[1:], strict=True)]
        for row, texts in zip(world.drawn(model), captions, strict=True)
    ]
    found = diagnose(world, frames)
    strips = [one for one in found.faults if one.rule == "A16"]
    assert len(strips) == len(frames) * len(frames[0])
    assert {one.kind for one in strips} == {"wrong size"}
    assert "Cut the lowest 24 rows off" in strips[0].fix


def _with_strip(image, text):
    """A white strip of 24 rows below the picture, the caption in it."""
    side = image.shape[0]
    picture = Pillow.new("RGB", (side, side + 24), "white")
    picture.paste(Pillow.fromarray(image))
    ImageDraw.Draw(picture).text((2, side + 6), text, fill="black")
    return np.asarray(picture)
