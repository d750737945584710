"""Faults of what a set is read as or compared with: numbers, splits, labels, captions, real frames.

Each takes a draw and a model, spoils what somebody's script would have, and gives what is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from storybench.images import resize
from storybench.mentions import mentions
from storybench.predictions.doctor import examine
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.doctor.gathering import gathered
from storybench.predictions.doctor.looking import Seen
from storybench.predictions.doctor.material import Glances, Material
from storybench.types import Image
from tests.predictions.doctor.draws import Draw, in_the_names_of_labels
from tests.predictions.doctor.planted import COPY, Planted
from tests.predictions.doctor.world import Frames, Pictures, Told

STRIP = 24
TOKENS = ("Pororo", "Loopy", "Eddy", "Harry", "Poby", "Tongtong", "Crong", "Rody", "Petty")
"""The order in which StoryDALL-E adds names to its tokenizer, which is not that of labels."""


def raw_ids_as_places(draw: Draw, model: str) -> Told:
    """Picture 30 is that of the story with id 30, and was read as that of the 30th story."""
    first = int(draw.generator.integers(3, 20))  # no story has a smaller id
    rows = draw.rows[draw.rows >= first]
    frames = draw.world.drawn(model)[rows - first]
    orders = {"story-id": (rows + first).tolist()}
    return replace(draw, rows=rows).told(frames, orders=orders)


def file_order_as_sorted(draw: Draw, model: str) -> Told:
    """Stories counted as they stand in the release's file, read as sorted."""
    places = draw.generator.permutation(len(draw.rows))
    return draw.told(draw.drawn(model)[np.argsort(places)], orders={"file": places.tolist()})


def sorted_as_file_order(draw: Draw, model: str) -> Told:
    """Stories counted as sorted, read as they stand in the release's file."""
    places = draw.generator.permutation(len(draw.rows))
    return draw.told(draw.drawn(model)[places], orders={"file": places.tolist()})


def another_split(draw: Draw, model: str) -> Told:
    """Those of train, named by position, claimed as test."""
    return draw.told(draw.world.drawn(model, "train")[: len(draw.rows)])


def every_second_story(draw: Draw, model: str) -> Told:
    """Windows that do not overlap, claimed as windows of stride 1."""
    n = min(len(draw.rows), len(draw.world.real("test")) // 2)
    first = int(draw.generator.integers(len(draw.world.real("test")) - 2 * n + 1))
    frames = draw.world.drawn(model)[first : first + 2 * n : 2]
    return replace(draw, rows=np.arange(first, first + n)).told(frames)


def labels_of_a_tokenizer(draw: Draw, model: str) -> Told:
    """Columns of labels in the order of tokens."""

    def in_order_of_tokens(material: Material) -> Material:
        named = in_the_names_of_labels(material)
        assert named.labels is not None
        columns = [material.characters.index(name) for name in TOKENS]
        return replace(named, labels=named.labels[..., columns])

    return draw.told(draw.drawn(model), change=in_order_of_tokens)


def pronouns(draw: Draw, model: str) -> Told:
    """Make-A-Story's captions: who was named before is "they" from then on."""

    def without_repeated_names(material: Material) -> Material:
        named = in_the_names_of_labels(material)
        captions = tuple(_without_repeated(row, material.characters) for row in named.captions)
        return replace(named, captions=captions)

    return draw.told(draw.drawn(model), change=without_repeated_names)


def other_references(draw: Draw, model: str) -> Told:
    """Real frames of training stories, while predictions and captions agree."""
    looks = draw.world.looks("train")
    first, step = (int(number) for number in draw.generator.integers(1, len(looks), 2))

    def other_frames(material: Material) -> Material:
        unseen = Glances(len(draw.world.real("test")), material.t)
        seen = [
            Seen(int(row), (), (), looks[(step * place + first) % len(looks)])
            for place, row in enumerate(draw.rows)
        ]
        real = gathered(draw.world.stories("test"), unseen, seen).real
        return replace(in_the_names_of_labels(material), real=real)

    return draw.told(draw.drawn(model), change=other_frames)


def swapped_references(draw: Draw, model: str) -> Told:
    """Shards built from BGR, beside predictions in RGB."""

    def in_bgr(material: Material) -> Material:
        real = material.real.of(np.arange(material.n))
        real.thumbs = real.thumbs[..., ::-1]
        return replace(in_the_names_of_labels(material), real=real)

    return draw.told(draw.drawn(model), change=in_bgr)


def copied_training_frames(draw: Draw, model: str) -> Told:
    """Three pictures in ten are a training frame again, with a little noise."""
    frames, train = draw.drawn(model), draw.world.real("train")[:, 0]
    for i, k in np.argwhere(draw.generator.random(frames.shape[:2]) < 0.3):
        copy = train[draw.generator.integers(len(train))]
        noisy = copy + draw.generator.normal(0, 3, copy.shape)
        frames[i, k] = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return draw.told(frames)


def caption_strips(draw: Draw, model: str) -> Diagnosis:
    """Every picture has its caption below."""
    captions = draw.world.captions("test")
    return examined(
        draw,
        [
            [with_strip(image, text) for image, text in zip(row, captions[at][1:], strict=True)]
            for row, at in zip(draw.drawn(model), draw.rows, strict=True)
        ],
    )


def one_in_ten_larger(draw: Draw, model: str) -> Diagnosis:
    """A tenth of the stories in another size than the rest."""
    frames: list[list[Image]] = [list(row) for row in draw.drawn(model)]
    for i in draw.generator.choice(len(frames), len(frames) // 10, replace=False):
        frames[i] = [resize(image, height=96, width=96) for image in frames[i]]
    return examined(draw, frames)


def stopped_early(draw: Draw, model: str) -> Diagnosis:
    """The last 15 % of the stories are missing."""
    n = len(draw.rows) - max(1, round(0.15 * len(draw.rows)))
    return examined(draw, draw.drawn(model)[:n])


def last_batch_dropped(draw: Draw, model: str) -> Diagnosis:
    """As a loader of batches of 16 leaves it; a draw of whole batches loses its last story."""
    n = (len(draw.rows) - 1) // 16 * 16
    return examined(draw, draw.drawn(model)[:n])


def examined(draw: Draw, frames: Sequence[Sequence[Image]] | Frames) -> Diagnosis:
    """What is told of files alone, of the first len(frames) stories of a draw."""
    stories = draw.world.stories("test")
    ids = [stories.ids[row] for row in draw.rows]
    there = Pictures(ids[: len(frames)], frames)
    return examine(there, story_ids=ids, n_targets=stories.spec.n_targets)


def with_strip(image: Image, text: str) -> Image:
    """A white strip below the picture, the caption in it."""
    side = image.shape[0]
    picture = Pillow.new("RGB", (side, side + STRIP), "white")
    picture.paste(Pillow.fromarray(image))
    ImageDraw.Draw(picture).text((2, side + 6), text, fill="black")
    return np.asarray(picture)


def _without_repeated(captions: Sequence[str], characters: Sequence[str]) -> tuple[str, ...]:
    """Captions that name each character once in a story."""
    known: set[str] = set()
    found = []
    for text in captions:
        named = [
            name
            for name, mark in zip(characters, mentions([text], characters), strict=True)
            if mark
        ]
        for name in named:
            if name in known:
                text = text.replace(name, "They")
        known.update(named)
        found.append(text)
    return tuple(found)


DATA = (
    Planted("raw ids read as places", raw_ids_as_places, "misaligned", ("A04",)),
    Planted("file order read as sorted", file_order_as_sorted, "misaligned", ("A05",)),
    Planted("sorted read as file order", sorted_as_file_order, "misaligned", ("A05",)),
    Planted("another split", another_split, "misaligned", ("A26",)),
    Planted("every second story", every_second_story, "misaligned", ("A27",)),
    Planted("labels in token order", labels_of_a_tokenizer, "labels permuted", ("A23",)),
    Planted("pronouns for names", pronouns, "other captions", ("A25",), is_fault=False),
    Planted("frames of other captions", other_references, "wrong references", ("A24",), (COPY,)),
    Planted("real frames in BGR", swapped_references, "channels swapped", ("A17",)),
    Planted(
        "copies of training frames",
        copied_training_frames,
        "copies of training pictures",
        ("A09",),
        is_fault=False,
    ),
    Planted("caption strips", caption_strips, "wrong size", ("A16",)),
    Planted("a tenth larger", one_in_ten_larger, "mixed sizes", ("A20",), is_fault=False),
    Planted("stopped at 85 %", stopped_early, "missing story", ("A11",)),
    Planted("last batch dropped", last_batch_dropped, "missing story", ("A12",)),
)
