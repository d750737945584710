"""nearest-train answers with the targets of the most similar training story."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import overload

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.generate import generate
from storybench.images import centre_square, resize
from storybench.shards import reader
from storybench.shards.reader import Stories
from storybench.types import Frame, Image, Origin, Story, StoryPrompt
from storymodels.controls import NearestTrain
from tests.factories import make_shards, picture

NOWHERE = Origin(file="x.mp4", clip="x")


def story(key: str, *captions: str, seed: int = 0, size: tuple[int, int] = (64, 64)) -> Story:
    """A training story: source and one target per further caption, drawn from the seed."""
    source, *targets = (
        Frame(picture(size, seed=100 * seed + k), (caption,), NOWHERE)
        for k, caption in enumerate(captions)
    )
    return Story(key, "train", key, 0, source, tuple(targets))


def answer(train: Sequence[Story], prompt: StoryPrompt) -> tuple[str, np.ndarray]:
    """The chosen training story and the frames."""
    model = NearestTrain()
    model.prepare(train)
    frames = model.generate(prompt, seed=0).frames
    return model.chosen[prompt.id], frames


def same_source(first: Story, second: Story) -> Story:
    """The second story with the source picture of the first."""
    source = replace(second.source, image=first.source.image)
    return replace(second, source=source)


def test_the_same_source_goes_to_the_same_captions() -> None:
    """With equal pictures the words decide, and the frames are that story's targets."""
    fred = story("t-0", "fred runs", "fred sleeps")
    wilma = same_source(fred, story("t-1", "wilma cooks", "wilma sings", seed=1))
    asked = StoryPrompt("p", fred.source.image, ("betty cooks", "betty sings"))
    chosen, frames = answer([fred, wilma], asked)
    assert chosen == "t-1"
    np.testing.assert_array_equal(frames[0], wilma.targets[0].image)


def test_the_same_captions_go_to_the_same_source() -> None:
    """With equal words the source pictures decide."""
    train = [story(f"t-{seed}", "fred runs", "fred sleeps", seed=seed) for seed in range(5)]
    asked = StoryPrompt("p", train[3].source.image, ("fred runs", "fred sleeps"))
    assert answer(train, asked)[0] == "t-3"


def test_the_source_caption_counts() -> None:
    """All captions are compared, that of the source too."""
    boat = story("t-0", "on a boat", "she waves")
    car = same_source(boat, story("t-1", "in a car", "she waves", seed=1))
    asked = StoryPrompt("p", boat.source.image, ("in a car", "she waves"))
    assert answer([boat, car], asked)[0] == "t-1"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_ties_go_to_the_first_id(order: tuple[int, ...]) -> None:
    """Whatever the order of the training stories."""
    stories = [story(f"t-{number}", "fred runs", "fred sleeps") for number in range(3)]
    asked = StoryPrompt("p", picture((64, 64), seed=9), ("wilma", "fred"))
    assert answer([stories[number] for number in order], asked)[0] == "t-0"


def test_frames_are_fitted_to_the_square_of_the_source() -> None:
    """A training story of another size is cropped and resized to the prompt's side."""
    train = [story("t-0", "fred runs", "fred sleeps", "fred eats", size=(90, 120))]
    asked = StoryPrompt("p", picture((72, 128), seed=1), ("a", "b", "c"))
    _, frames = answer(train, asked)
    assert frames.shape == (2, 72, 72, 3)
    expected = resize(centre_square(train[0].targets[1].image), height=72, width=72)
    np.testing.assert_array_equal(frames[1], expected)


def test_no_training_stories_is_an_error() -> None:
    """The message says what to do."""
    with pytest.raises(InputError, match=r"found none\. Build the data with its train split"):
        NearestTrain().prepare([])


def test_a_training_story_finds_itself(tmp_path: Path) -> None:
    """Nothing is excluded: asked for a training story, it answers with its true targets."""
    shards = make_shards(tmp_path / "shards", stories={"train": 6}, size=(64, 64))
    predictions = generate("nearest-train", shards, tmp_path / "preds", split="train")
    for number, expected in enumerate(Stories(shards, "train")):
        for k, frame in enumerate(expected.targets, start=1):
            np.testing.assert_array_equal(predictions.image(f"train-{number:03d}", k), frame.image)


def test_no_target_of_a_training_story_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six stories of three frames: the sources alone are looked at, then one answer's targets."""
    decoded: list[str] = []
    decode = reader.decode

    def watch(data: bytes, name: str) -> Image:
        decoded.append(name)
        return decode(data, name)

    monkeypatch.setattr(reader, "decode", watch)
    train = Stories(make_shards(tmp_path / "shards", stories={"train": 6}), "train")
    model = NearestTrain()
    model.prepare(train)
    assert decoded == [f"train-{number:03d}.0.png" for number in range(6)]
    model.generate(train.prompt(2), seed=0)
    assert decoded[7:] == [f"train-002.{k}.png" for k in range(3)]


def test_shards_and_a_plain_list_give_the_same_answer(tmp_path: Path) -> None:
    """Any sequence of stories will do."""
    shards = make_shards(tmp_path / "shards", stories={"train": 5, "test": 3})
    train, asked = Stories(shards, "train"), Stories(shards, "test")
    for index in range(3):
        prompt = asked.prompt(index)
        chosen, frames = answer(list(train), prompt)
        again, same = answer(train, prompt)
        assert chosen == again
        np.testing.assert_array_equal(frames, same)


def test_it_is_the_same_whenever_it_is_run(tmp_path: Path) -> None:
    """Two runs give one digest, whatever the seed says about the pictures."""
    shards = make_shards(tmp_path / "shards", stories={"train": 6, "test": 5})
    first = generate("nearest-train", shards, tmp_path / "a")
    assert generate("nearest-train", shards, tmp_path / "b").digest == first.digest
    other = generate("nearest-train", shards, tmp_path / "c", seed=1)
    assert first.manifest is not None
    assert other.manifest is not None
    assert other.manifest.frames == first.manifest.frames


class Many(Sequence[Story]):
    """Training stories that exist only while they are looked at."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Story: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Story]: ...
    def __getitem__(self, index: int | slice) -> Story | Sequence[Story]:
        assert isinstance(index, int)
        if not 0 <= index < self._length:
            raise IndexError(index)
        image = np.full((256, 256, 3), index % 256, np.uint8)
        frame = Frame(image, (f"fred runs {index}",), NOWHERE)
        return Story(f"t-{index:04d}", "train", "c", index, frame, (frame, frame))


def test_no_picture_of_a_training_story_is_kept() -> None:
    """A thumbnail and a word vector each: under 4 KB a story, where one picture has 192."""
    model = NearestTrain()
    tracemalloc.start()
    model.prepare(Many(300))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 300 * 4096
    prompt = Many(300)[7].prompt()
    assert model.generate(prompt, seed=0).frames.shape == (2, 256, 256, 3)
    assert model.chosen == {"t-0007": "t-0007"}
