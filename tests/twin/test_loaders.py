"""What other people's loaders do with the raw files works on a twin's.

Each reader below does in its own words what an official loader does, file by file:
adymaharana/storydalle@132dd19 (story-dalle/pororo_dataloader.py, flintstones_dataloader.py),
adymaharana/VLCStoryGan@7411240 (vlcgan/pororo_data.py, flintstones_data.py),
adymaharana/StoryViz@6e1126d (mart/data_loader.py, eval_scripts/create_splits.py),
xichenpan/ARLDM@9d8feeb (data_script/), basiclab/CPCStoryVisualization-Pytorch@e34ecf1
(datasets/pororo.py).
"""

from __future__ import annotations

import csv
import json
import os
import pickle
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

PORORO_NAMES = 9
FLINTSTONES_CHARACTERS = ("Hazel", "Rufus", "Pippa", "Gus", "Moss", "Biscuit", "Mr Tusk")


def unpickled_item(path: Path, **how: Any) -> dict[Any, Any]:
    return np.load(path, allow_pickle=True, **how).item()


def image_folder(root: Path) -> list[Path]:
    """Every picture in the order of torchvision's `ImageFolder`."""
    found = []
    for kind in sorted(entry.name for entry in os.scandir(root) if entry.is_dir()):
        for folder, _, names in sorted(os.walk(root / kind, followlinks=True)):
            found += [Path(folder) / name for name in sorted(names) if name.endswith(".png")]
    return found


def square(path: Path) -> PIL.Image.Image:
    """A random square of a strip, as every loader takes it."""
    with PIL.Image.open(path) as file:
        picture = file.convert("RGB")
    short, long = sorted(picture.size)
    at = random.randrange(long // short)
    return picture.crop((0, at * short, short, (at + 1) * short))


class StoryDallePororo:
    """`StoryImageDataset`: sorted ids, cached paths as the text of bytes, first captions."""

    def __init__(self, root: Path, mode: str) -> None:
        self.root = root
        self.images = image_folder(root)
        self.labels = unpickled_item(root / "labels.npy", encoding="latin1")
        self.captions = unpickled_item(root / "descriptions.npy", encoding="latin1")
        self.vectors = pickle.loads((root / "descriptions_vec_512.pkl").read_bytes())
        self.starts = np.load(root / "img_cache4.npy", encoding="latin1")
        self.followings = np.load(root / "following_cache4.npy")
        train, seen, unseen = np.load(root / "train_seen_unseen_ids.npy", allow_pickle=True)
        self.ids = np.sort({"train": train, "val": seen, "test": unseen}[mode])

    def clips(self, item: int) -> list[str]:
        story = self.ids[item]
        paths = [self.starts[story], *self.followings[story]]
        return [str(path)[2:-1].replace(".png", "") for path in paths]

    def __getitem__(self, item: int) -> dict[str, Any]:
        source, *targets = self.clips(item)
        return {
            "source": square(self.root / f"{source}.png"),
            "targets": [square(self.root / f"{name}.png") for name in targets],
            "captions": [self.captions[name][0].lower() for name in targets],
            "labels": np.stack([self.labels[name] for name in targets]),
            "vectors": np.stack([self.vectors[name][0] for name in targets]),
        }


@pytest.fixture(scope="module")
def pororo_root(pororo) -> Path:
    return pororo.raw / "pororo_png"


@pytest.fixture(scope="module")
def flintstones_root(flintstones) -> Path:
    return flintstones.raw / "flintstones"


@pytest.mark.parametrize("mode", ["train", "val", "test"])
def test_storydalle_reads_every_pororo_story(pororo, pororo_root: Path, mode: str):
    """Pictures, captions, labels and vectors of every story; only the broken strip ends it."""
    data = StoryDallePororo(pororo_root, mode)
    n_broken = 0
    for item in range(len(data.ids)):
        names = data.clips(item)
        if not all(pororo.clips[name]["is_decodable"] for name in names):
            with pytest.raises(OSError, match="truncated"):
                data[item]
            n_broken += 1
            continue
        story = data[item]
        assert story["source"].size == (128, 128)
        assert [picture.size for picture in story["targets"]] == [(128, 128)] * 4
        assert story["captions"] == [
            pororo.clips[name]["captions"][0]["text"].lower() for name in names[1:]
        ]
        assert story["labels"].tolist() == [pororo.clips[name]["labels"] for name in names[1:]]
        assert story["vectors"].shape == (4, 512)
    assert n_broken == (2 if mode == "train" else 0)


def test_masks_do_not_shift_the_images(pororo, pororo_root: Path):
    """`masks/` is a class of the image folder too, and sorts after every series."""
    images = [str(path.relative_to(pororo_root)) for path in image_folder(pororo_root)]
    n_clips = len(pororo.clips)
    assert images[0].endswith("_ep1/1.png")
    assert images[1].endswith("_ep1/10.png")
    assert all(name.startswith("Pororo_") for name in images[:n_clips])
    assert all(name.startswith("masks/") for name in images[n_clips:])


def rebuilt(root: Path, length: int) -> tuple[list[str], list[list[str]]]:
    """Starts and followings as loaders make them where the caches are missing."""
    counter = unpickled_item(root / "frames_counter.npy")
    starts, followings = [], []
    for path in image_folder(root):
        name = str(path.relative_to(root))
        if name.startswith("masks/"):
            continue
        number, key = int(path.stem), re.sub(r"[0-9]+\.png", "", name)
        if number <= counter[key] - (length - 1):
            starts.append(name)
            followings.append([f"{key}{number + 1 + k}.png" for k in range(length - 1)])
    return starts, followings


def test_the_pororo_caches_are_what_loaders_would_build(pororo_root: Path):
    """Windows of five from the image folder and the counter, which has a slash at the end."""
    starts, followings = rebuilt(pororo_root, 5)
    cached = np.load(pororo_root / "img_cache4.npy")
    assert cached.dtype.kind == "S"
    assert [path.decode() for path in cached] == starts
    after = np.load(pororo_root / "following_cache4.npy")
    assert after.shape == (len(starts), 4)
    assert [[path.decode() for path in row] for row in after] == followings
    assert len(rebuilt(pororo_root, 4)[0]) > len(starts), "a window of four has more starts"


def test_arldm_writes_every_story_in_rows(pororo, pororo_root: Path):
    """Sorted ids, decoded paths joined to the root, captions joined by `|` without newlines."""
    captions = unpickled_item(pororo_root / "descriptions.npy", encoding="latin1")
    starts = np.load(pororo_root / "img_cache4.npy", encoding="latin1")
    followings = np.load(pororo_root / "following_cache4.npy", encoding="latin1")
    splits = np.load(pororo_root / "train_seen_unseen_ids.npy", allow_pickle=True)
    n_rows = 0
    for ids in splits:
        for story in np.sort(ids):
            paths = [path.decode() for path in (starts[story], *followings[story])]
            assert all((pororo_root / path).is_relative_to(pororo_root) for path in paths)
            texts = [captions[path.removesuffix(".png")][0] for path in paths]
            row = "|".join(t.replace("\n", "").replace("\t", "").strip() for t in texts)
            assert row.count("|") == 4
            n_rows += 1
    assert n_rows == sum(len(pororo.facts["splits"][name]) for name in ("train", "seen", "unseen"))


def test_readers_of_the_table_differ_in_the_caption_they_take(pororo, pororo_root: Path):
    """A dictionary made from the rows ends with the last caption of a clip, not with the first."""
    last: dict[str, str] = {}
    with (pororo_root / "descriptions.csv").open(newline="", encoding="utf-8") as file:
        for episode, number, text in csv.reader(file):
            last[f"{episode}/{number}"] = text
    captions = unpickled_item(pororo_root / "descriptions.npy", encoding="latin1")
    assert {name.partition("/")[2] for name in captions} == set(last)
    differ = [name for name, told in captions.items() if told[0] != last[name.partition("/")[2]]]
    several = [name for name, told in captions.items() if len(told) > 1]
    assert set(differ) == set(several)
    assert several


def test_storygan_reads_its_split_and_vectors(pororo_root: Path):
    """Two lists of ids that share none, and 128 + 228 numbers a caption."""
    train, test = np.load(pororo_root / "train_test_ids.npy", allow_pickle=True, encoding="latin1")
    starts = np.load(pororo_root / "img_cache4.npy")
    assert sorted([*train, *test]) == list(range(len(starts)))
    vectors, attributes, subtitles = (
        unpickled_item(pororo_root / f"{name}.npy", encoding="latin1")
        for name in ("descriptions_vec", "descriptions_attr", "subtitles_vec")
    )
    captions = unpickled_item(pororo_root / "descriptions.npy", encoding="latin1")
    for name, told in captions.items():
        both = np.concatenate([vectors[name], attributes[name]], axis=1)
        assert both.shape == (len(told), 356)
        assert len(subtitles[name]) >= 1


def test_the_earlier_split_is_by_episode(pororo_root: Path):
    """Three lists over all stories, and no episode is in two of them."""
    parts = np.load(pororo_root / "train_val_test_ids.npy", allow_pickle=True)
    starts = np.load(pororo_root / "img_cache4.npy")
    assert sorted(story for ids in parts for story in ids) == list(range(len(starts)))
    episodes = [{starts[story].rpartition(b"/")[0] for story in ids} for ids in parts]
    assert len(set.union(*episodes)) == sum(map(len, episodes))


def test_split_statistics_find_the_known_overlaps(pororo_root: Path):
    """As `get_split_stats` counts: train and unseen share no picture, seen shares with both."""
    starts = np.load(pororo_root / "img_cache4.npy", encoding="latin1")
    followings = np.load(pororo_root / "following_cache4.npy")
    train, seen, unseen = (
        {str(path) for story in ids for path in (starts[story], *followings[story])}
        for ids in np.load(pororo_root / "train_seen_unseen_ids.npy", allow_pickle=True)
    )
    assert not train & unseen
    assert seen & train
    assert seen & unseen


def test_keys_are_bytes_to_whoever_asks_for_bytes(pororo, pororo_root: Path):
    """Python 2 wrote the dictionaries, so `encoding="bytes"` gives raw keys."""
    labels = unpickled_item(pororo_root / "labels.npy", encoding="bytes")
    assert {key.decode() for key in labels} == set(pororo.clips)
    assert all(label.shape == (PORORO_NAMES,) for label in labels.values())


class StoryDalleFlintstones:
    """`StoryImageDataset`: split lists cut to cached starts, frames at random."""

    def __init__(self, root: Path, mode: str) -> None:
        self.root = root
        splits = json.loads((root / "train-val-test_split.json").read_text())
        self.followings = pickle.loads((root / "following_cache4.pkl").read_bytes())
        self.labels = pickle.loads((root / "labels.pkl").read_bytes())
        table = json.loads((root / "flintstones_annotations_v1-0.json").read_text())
        self.captions = {record["globalID"]: record["description"] for record in table}
        self.vectors = np.load(root / "flintstones_use_embeddings.npy")
        self.rows = pickle.loads((root / "flintstones_use_embed_idxs.pkl").read_bytes())
        starts = [name for name in splits[mode] if name in self.followings]
        if mode != "train":
            starts = [name for name in starts if len(self.followings[name]) == 4]
        self.orders = starts[:1900] if mode == "test" else starts

    def clips(self, item: int) -> list[str]:
        return [self.orders[item], *self.followings[self.orders[item]]]

    def __getitem__(self, item: int) -> dict[str, Any]:
        names = self.clips(item)
        frames = []
        for name in names:
            array = np.load(self.root / "video_frames_sampled" / f"{name}.npy")
            frames.append(PIL.Image.fromarray(array[random.randrange(len(array))]))
        return {
            "frames": frames,
            "captions": [self.captions[name].lower() for name in names[1:]],
            "labels": np.array([self.labels[name] for name in names[1:]]),
            "vectors": np.stack([self.vectors[self.rows[name]] for name in names[1:]]),
        }


@pytest.mark.parametrize("mode", ["train", "val", "test"])
def test_storydalle_reads_every_flintstones_story(flintstones, flintstones_root: Path, mode: str):
    """Pictures, captions, labels and vectors of every story; only the broken array ends it."""
    data = StoryDalleFlintstones(flintstones_root, mode)
    n_broken = 0
    for item in range(len(data.orders)):
        names = data.clips(item)
        assert len(names) == 5
        if not all(flintstones.clips[name]["is_decodable"] for name in names):
            with pytest.raises(ValueError, match=r"cannot reshape|Failed to read"):
                data[item]
            n_broken += 1
            continue
        story = data[item]
        assert [(p.mode, p.size) for p in story["frames"]] == [("RGB", (128, 128))] * 5
        assert story["labels"].tolist() == [flintstones.clips[n]["labels"] for n in names[1:]]
        assert story["vectors"].shape == (4, 512)
        assert all(story["captions"])
    assert data.orders
    assert n_broken == (2 if mode == "train" else 0)


def test_the_flintstones_cache_is_what_loaders_would_build(flintstones_root: Path):
    """All ids sorted, slices of four that stay in season and episode, short at the very end."""
    splits = json.loads((flintstones_root / "train-val-test_split.json").read_text())
    names = sorted(splits["train"] + splits["val"] + splits["test"])
    cache = {}
    for at, name in enumerate(names):
        place = [int(name.split("_")[k]) for k in (1, 3)]
        after = names[at + 1 : at + 5]
        if all([int(other.split("_")[k]) for k in (1, 3)] == place for other in after):
            cache[name] = after
    assert pickle.loads((flintstones_root / "following_cache4.pkl").read_bytes()) == cache
    assert sorted(len(after) for after in cache.values())[:5] == [0, 1, 2, 3, 4]


def test_vlcgan_derives_the_same_labels(flintstones_root: Path):
    """Labels of annotated entities, without spaces and case, are those of `labels.pkl`."""
    table = json.loads((flintstones_root / "flintstones_annotations_v1-0.json").read_text())
    derived = {}
    for record in table:
        named = {one["entityLabel"].strip().lower() for one in record["characters"]}
        derived[record["globalID"]] = [int(n.lower() in named) for n in FLINTSTONES_CHARACTERS]
    assert pickle.loads((flintstones_root / "labels.pkl").read_bytes()) == derived


def test_a_loader_that_counts_on_five_frames_fails_on_one_array(
    flintstones, flintstones_root: Path
):
    """AR-LDM draws from 0 to 4 whatever the array holds: one array has only three frames."""
    short = [name for name, clip in flintstones.clips.items() if clip["n_frames"] == 3]
    assert len(short) == 1
    array = np.load(flintstones_root / "video_frames_sampled" / f"{short[0]}.npy")
    with pytest.raises(IndexError):
        array[4]
