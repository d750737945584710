"""What a network is fed of a story, and which choices it depends on."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import InputError, MissingError
from storybench.loader.cache import FrameCache
from storybench.loader.dataset import Item, StoryDataset
from storybench.loader.presets import (
    ARLDM_EVAL,
    STORYDALLE_DIDEMO_TRAIN,
    STORYDALLE_EVAL,
    STORYDALLE_TRAIN,
)
from storybench.loader.transform import Transform
from storybench.shards.reader import Stories
from tests.factories import make_shards
from tests.loader.cartoon import Cartoon, captions_of, n_frames, named

AS_THEY_ARE = Transform(size=16, scale="bytes")


def shown(item: Item) -> list[tuple[str, int]]:
    """Which frame of which clip each picture is, source first, by its colour."""
    return [named(frame[:, -1, -1]) for frame in (item["source"], *item["targets"])]


def drawn(dataset: StoryDataset) -> list[list[tuple[str, int]]]:
    """What every story shows."""
    return [shown(dataset[index]) for index in range(len(dataset))]


def random_frames(directory: Path, **options: Any) -> StoryDataset:
    """The train split with frames drawn from the clips."""
    return StoryDataset(directory, "train", frames="random", transform=AS_THEY_ARE, **options)


def test_an_item_is_the_story(toon: Path) -> None:
    """Pictures, captions, labels, id and index are those of `Stories`, source first."""
    dataset = StoryDataset(toon, "train", transform=AS_THEY_ARE)
    stories = Stories(toon, "train")
    assert len(dataset) == len(stories) == 8
    for index, story in enumerate(stories):
        item = dataset[index]
        pictures = np.stack([frame.image.transpose(2, 0, 1) for frame in story.frames])
        assert np.array_equal(item["source"], pictures[0])
        assert np.array_equal(item["targets"], pictures[1:])
        assert item["captions"] == story.captions
        assert (item["id"], item["index"]) == (story.id, index)
        for row, frame in zip(item["characters"], story.frames, strict=True):
            assert tuple(row) == (frame.characters or (-1, -1, -1))


def test_stored_frames_are_those_that_the_build_chose(toon: Path) -> None:
    """Whatever the epoch and the seed."""
    dataset = StoryDataset(toon, "train", transform=AS_THEY_ARE, seed=9)
    dataset.set_epoch(4)
    assert shown(dataset[2]) == [(f"ep1/{n}", Cartoon().chosen(f"ep1/{n}")) for n in range(3, 8)]


def test_random_frames_are_drawn_for_each_frame_and_epoch(toon: Path) -> None:
    """P7: of every clip any frame, source and targets; others next epoch and by another seed."""
    dataset = random_frames(toon)
    of_epochs = []
    for epoch in range(40):
        dataset.set_epoch(epoch)
        of_epochs.append(drawn(dataset))
    for story in range(8):
        for k in range(5):
            clip = of_epochs[0][story][k][0]
            assert {epoch[story][k][0] for epoch in of_epochs} == {clip}
            assert {epoch[story][k][1] for epoch in of_epochs} == set(range(n_frames(clip)))
    assert len({str(epoch) for epoch in of_epochs}) == 40
    assert drawn(random_frames(toon, seed=1)) != of_epochs[0]
    assert drawn(random_frames(toon)) == of_epochs[0]


def test_two_stories_draw_their_own_frames_of_a_clip(toon: Path) -> None:
    """The draw belongs to the story, as it does in the released loaders."""
    dataset = random_frames(toon)
    pairs = set()
    for epoch in range(20):
        dataset.set_epoch(epoch)
        pairs.add((shown(dataset[0])[1], shown(dataset[1])[0]))
    assert {first[0] for first, _ in pairs} == {second[0] for _, second in pairs} == {"ep1/2"}
    assert any(first != second for first, second in pairs)


def test_strips_and_arrays_are_drawn_alike(toon: Path, toon_arrays: Path) -> None:
    """The form of a clip changes nothing."""
    assert drawn(random_frames(toon)) == drawn(random_frames(toon_arrays))


def test_the_order_of_asking_changes_nothing(toon: Path) -> None:
    """Backwards, twice, from the end: the same item."""
    dataset = random_frames(toon)
    forwards = drawn(dataset)
    assert [shown(dataset[index]) for index in reversed(range(8))][::-1] == forwards
    assert shown(dataset[-1]) == forwards[-1]
    with pytest.raises(IndexError):
        dataset[8]


def test_frames_cannot_be_drawn_where_there_are_no_clips(tmp_path: Path) -> None:
    """Refused at once, saying why and what to do."""
    shards = make_shards(tmp_path / "shards")
    with pytest.raises(
        InputError, match=r"raw clips to draw frames from in .*, found none: .* Use frames='stored'"
    ):
        StoryDataset(shards, "train", frames="random")


def test_the_caption_is_the_one_that_was_asked_for(toon: Path) -> None:
    """Clip 4 has three; the others have one."""
    captions = captions_of("ep1/4")
    for choice, expected in (("default", 0), ("first", 0), ("last", 2)):
        dataset = StoryDataset(toon, "train", captions=choice)  # pyright: ignore[reportArgumentType]
        assert dataset[0]["captions"][3] == captions[expected]
    dataset = StoryDataset(toon, "train", captions="random")
    found = set()
    for epoch in range(30):
        dataset.set_epoch(epoch)
        found.add(dataset[0]["captions"][3])
        assert dataset[0]["captions"][2] == captions_of("ep1/3")[0]
    assert found == set(captions)


def test_captions_are_lower_cased_when_asked(toon: Path) -> None:
    """And not otherwise: DiDeMo's are fed as they are (D9)."""
    last = StoryDataset(toon, "train", captions="last", lower=True)[0]["captions"][3]
    assert last == "crong sings in 4."
    assert StoryDataset(toon, "train", captions="last")[0]["captions"][3] == "CRONG sings in 4."
    assert (STORYDALLE_TRAIN.lower, STORYDALLE_DIDEMO_TRAIN.lower) == (True, False)


def test_a_preset_is_what_the_paper_fed(toon: Path) -> None:
    """Frames, captions, case and transform at once; an argument may differ."""
    dataset = StoryDataset.like(STORYDALLE_TRAIN, toon, "train")
    item = dataset[0]
    assert item["source"].shape == (3, 256, 256)
    assert item["targets"].shape == (4, 3, 256, 256)
    assert item["source"].dtype == np.float32
    assert item["captions"][0] == "pororo runs in 1."
    assert drawn(StoryDataset.like(STORYDALLE_EVAL, toon, "test", transform=AS_THEY_ARE)) != drawn(
        StoryDataset.like(STORYDALLE_EVAL, toon, "test", transform=AS_THEY_ARE, frames="stored")
    )
    assert StoryDataset.like(ARLDM_EVAL, toon, "test")[0]["source"].dtype == np.uint8


def test_a_transform_of_ones_own_is_given_the_frames_and_draws(toon: Path) -> None:
    """Any function of them; its first axis is over frames."""
    dataset = StoryDataset(
        toon,
        "train",
        transform=lambda frames, draw: np.array([f.sum() for f in frames]) + draw("x"),
    )
    frames = Stories(toon, "train")[3].frames
    item = dataset[3]
    offset = float(item["source"]) - frames[0].image.sum()
    assert 0 <= offset < 1
    assert [float(t) - offset for t in item["targets"]] == pytest.approx(
        [float(f.image.sum()) for f in frames[1:]]
    )


def test_captions_are_known_without_a_picture(toon: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the item, in every epoch."""
    dataset = StoryDataset(toon, "train", captions="random", lower=True, transform=AS_THEY_ARE)
    told = []
    for epoch in range(3):
        dataset.set_epoch(epoch)
        told.append([dataset[index]["captions"] for index in range(len(dataset))])
    monkeypatch.setattr(dataset, "_pictures", None)
    for epoch in range(3):
        dataset.set_epoch(epoch)
        assert [dataset.captions_of(index) for index in range(len(dataset))] == told[epoch]
    assert told[0] != told[1]


def test_a_subset_is_a_part_of_the_split(toon: Path) -> None:
    """By the names that the stories carry; another name lists them."""
    dataset = StoryDataset(toon, "train", subset="short", transform=AS_THEY_ARE)
    assert dataset.ids == ("ep1-1", "ep1-2")
    assert dataset[1]["id"] == "ep1-2"
    with pytest.raises(
        InputError, match=r"a subset of <Stories: .*>, which has short, found 'long'"
    ):
        StoryDataset(toon, "train", subset="long")


def test_stories_that_are_read_already_will_do(toon: Path) -> None:
    """A split of them, a slice of them, or all."""
    stories = Stories(toon)
    assert StoryDataset(stories, "test").ids == Stories(toon, "test").ids
    assert StoryDataset(stories[1:4]).ids == stories.ids[1:4]
    assert StoryDataset(stories[1:4])[2]["id"] == stories.ids[3]
    assert len(StoryDataset(stories)) == 10
    with pytest.raises(InputError, match="one of the splits train, test, found 'val'"):
        StoryDataset(stories, "val")
    with pytest.raises(InputError, match="found 'val'"):
        StoryDataset(toon, "val")


def test_unlabelled_data_have_no_characters(tmp_path: Path) -> None:
    """An empty array, which the default collate accepts."""
    item = StoryDataset(make_shards(tmp_path / "shards"), "train")[0]
    assert item["characters"].shape == (3, 0)


def test_options_that_are_none_are_refused(toon: Path, tmp_path: Path) -> None:
    """With the names of those that are, and a folder without a build."""
    with pytest.raises(InputError, match="frames to be stored or random, found 'all'"):
        StoryDataset(toon, frames="all")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="captions to be default or first or last or random"):
        StoryDataset(toon, captions="all")  # pyright: ignore[reportArgumentType]
    with pytest.raises(MissingError, match="folder of shards"):
        StoryDataset(tmp_path / "nowhere")


@pytest.mark.parametrize("frames", ["stored", "random"])
def test_a_cache_changes_no_picture(
    toon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: Any
) -> None:
    """Cold and warm, what is shown is what is shown without; and warm, nothing is decoded."""
    plain = StoryDataset(toon, "train", frames=frames, transform=AS_THEY_ARE)
    cached = StoryDataset(
        toon, "train", frames=frames, transform=AS_THEY_ARE, cache=FrameCache(tmp_path / "frames")
    )
    for epoch in range(4):
        plain.set_epoch(epoch)
        cached.set_epoch(epoch)
        for index in range(8):
            assert np.array_equal(cached[index]["source"], plain[index]["source"])
            assert np.array_equal(cached[index]["targets"], plain[index]["targets"])
    expected = drawn(plain)
    for decoder in ("loader.pictures.decode", "shards.clips.frame_of", "shards.clips.frames_of"):
        monkeypatch.setattr(f"storybench.{decoder}", None)
    assert drawn(cached) == expected


def test_stories_without_clips_are_cached_by_story(tmp_path: Path) -> None:
    """Each split in its own slots, so that one cache serves both."""
    shards = make_shards(tmp_path / "shards")
    cache = FrameCache(tmp_path / "frames")
    for _ in range(2):
        for split in ("train", "test"):
            plain, cached = StoryDataset(shards, split), StoryDataset(shards, split, cache=cache)
            for index in range(4):
                assert np.array_equal(plain[index]["targets"], cached[index]["targets"])


def test_neighbours_share_what_is_cached(toon: Path, tmp_path: Path) -> None:
    """The stored frame of a clip is kept once, however many stories show it."""
    cache = FrameCache(tmp_path)
    drawn(StoryDataset(toon, "train", transform=AS_THEY_ARE, cache=cache))
    (file,) = tmp_path.iterdir()
    n_slots = sum(
        n_frames(f"ep{e}/{n}") for e, last in ((1, 9), (2, 7), (3, 6)) for n in range(1, last + 1)
    )
    assert file.stat().st_size == 24 + 20 * n_slots + 16 * (16 * 16 * 3)


def test_a_dataset_pickles(toon: Path) -> None:
    """As it must for a spawned worker; the copy shows the same."""
    dataset = random_frames(toon)
    dataset.set_epoch(3)
    copy = pickle.loads(pickle.dumps(dataset))
    assert copy.epoch == 3
    assert drawn(copy) == drawn(dataset)
    assert repr(copy) == f"<StoryDataset: 8 of <Stories: 8 of toon train in {toon}>>"
