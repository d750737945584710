"""The twin of PororoSV as a reader of the raw files sees it, and the plan behind it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from storybench.errors import InputError
from storybench.mentions import mentions
from storydata.twin.film import numbers
from storydata.twin.moving import drawn, frame_number
from storydata.twin.pororo import release, write_release
from storydata.twin.pororo.clips import clips_of, strip
from storydata.twin.pororo.listing import list_release
from storydata.twin.pororo.plan import plan_episodes
from storydata.twin.world.cast import PORORO_CAST
from storydata.twin.world.painter import scene_image

SIZES = pytest.mark.parametrize(("stories", "seed"), [(6, 3), (6, 22), (12, 1), (60, 0)])


def loaded(pororo: Any, name: str) -> Any:
    value = np.load(pororo.raw / "pororo_png" / name, allow_pickle=True, encoding="latin1")
    return value.item() if value.shape == () else value


def rows(pororo: Any) -> list[list[str]]:
    text = (pororo.raw / "pororo_png" / "descriptions.csv").read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_tree_is_the_real_one(pororo):
    """Strips by series, episode and number from 1 without a gap; the files the loaders ask for."""
    root = pororo.raw / "pororo_png"
    strips = {str(path.relative_to(root))[:-4] for path in root.glob("Pororo_*/*/*.png")}
    assert strips == set(pororo.clips)
    counter = loaded(pororo, "frames_counter.npy")
    assert {f"{key}{n}" for key, count in counter.items() for n in range(1, count + 1)} == strips
    assert {path.name for path in root.iterdir() if path.is_file()} == {
        "descriptions.csv", "descriptions.npy", "labels.npy", "frames_counter.npy",
        "img_cache4.npy", "following_cache4.npy", "train_seen_unseen_ids.npy",
        "train_test_ids.npy", "train_val_test_ids.npy", "descriptions_vec.npy",
        "descriptions_vec_512.pkl", "descriptions_attr.npy", "subtitles_vec.npy",
    }  # fmt: skip
    assert {path.name for path in pororo.raw.iterdir()} == {"pororo_png", "twin.json"}


def test_counts_say_what_was_written(pororo):
    """The returned counts are those of the files."""
    assert pororo.counts == {
        "clips": len(pororo.clips),
        "captions": len(rows(pororo)),
        "episodes": len(loaded(pororo, "frames_counter.npy")),
        "masks": len(list((pororo.raw / "pororo_png" / "masks").iterdir())),
        "side files": 13,
    }


def test_strips_are_squares_below_each_other(pororo):
    """128 pixels wide and as many squares high as `twin.json` says; every number of 1, 2, 5, 7."""
    found = Counter()
    for clip in pororo.clips.values():
        with PIL.Image.open(pororo.raw / clip["file"]) as picture:
            assert picture.width == 128
            assert picture.height // 128 == clip["n_frames"] == len(clip["times"])
            found[clip["n_frames"]] += 1
            found[picture.mode] += 1
            found["odd"] += picture.height % 128 > 0
    assert {1, 2, 5, 7} <= set(found)
    assert found["RGB"] == len(pororo.clips), "some loaders stack them as they are"
    assert found["odd"] == 1


def test_one_strip_is_cut_short(pororo):
    """Exactly one strip cannot be decoded, `twin.json` says which, and it is in no small split."""
    broken = [name for name, clip in pororo.clips.items() if not clip["is_decodable"]]
    for name, clip in pororo.clips.items():
        with PIL.Image.open(pororo.raw / clip["file"]) as picture:
            if name not in broken:
                picture.load()
                continue
            with pytest.raises(OSError, match="truncated"):
                picture.load()
    assert len(broken) == 1
    episode, _, number = broken[0].rpartition("/")
    starts = pororo.facts["starts"]
    hit = {
        k for k, s in enumerate(starts) if s in (f"{episode}/{int(number) - j}" for j in range(5))
    }
    assert hit
    assert hit <= set(pororo.facts["splits"]["train"])


def test_captions_are_in_every_list_alike(pororo):
    """Rows of the table and lists of the dictionary are the captions of `twin.json`, in order."""
    told = {name: [one["text"] for one in clip["captions"]] for name, clip in pororo.clips.items()}
    assert loaded(pororo, "descriptions.npy") == told
    table: dict[str, list[str]] = {}
    for episode, number, text in rows(pororo):
        series = episode.rpartition("_ep")[0]
        table.setdefault(f"{series}/{episode}/{number}", []).append(text)
    assert table == told
    assert [row[0] for row in rows(pororo)] == sorted(row[0] for row in rows(pororo))
    data = (pororo.raw / "pororo_png" / "descriptions.csv").read_bytes()
    assert data.count(b"\r\n") == len(rows(pororo))


@SIZES
def test_caption_quirks_are_there(stories: int, seed: int):
    """A newline, white space at the edges, commas, lower case, no full stop, several a clip."""
    clips = [clip for episode in plan_episodes(stories, seed) for clip in clips_of(episode)]
    texts = [text for clip in clips for text in clip.texts]
    assert any("\n" in text for text in texts)
    assert any(text != text.strip() for text in texts)
    assert any("," in text for text in texts)
    n_lower = sum(text.lstrip()[0].islower() for text in texts)
    assert 0.3 < n_lower / len(texts) < 0.65
    assert 0 < sum(not text.rstrip().endswith(".") for text in texts) < 0.2 * len(texts)
    counts = Counter(len(clip.texts) for clip in clips)
    assert {1, 2, 3, 4} <= set(counts)
    assert counts[1] > 0.7 * len(clips)


@SIZES
def test_characters_come_and_go(stories: int, seed: int):
    """Nearly every character of the nine appears, and clips show none, one, two or three."""
    clips = [clip for episode in plan_episodes(stories, seed) for clip in clips_of(episode)]
    labels = np.array([clip.labels for clip in clips])
    assert (labels.sum(axis=0) > 0).sum() >= (9 if stories >= 60 else 7)
    assert set(labels.sum(axis=1)) == {0, 1, 2, 3}


def test_most_captions_name_someone(tmp_path: Path):
    """Over a release of hundreds of clips, about one in nine names no character at all."""
    clips = [clip for episode in plan_episodes(600, 0) for clip in clips_of(episode)]
    n_silent = sum(not any(mentions(clip.texts, PORORO_CAST.names)) for clip in clips)
    assert 0.07 < n_silent / len(clips) < 0.16
    words = [len(text.split()) for clip in clips for text in clip.texts]
    assert 7 < np.mean(words) < 15


def test_labels_are_who_is_drawn(pororo):
    """One array of nine for each clip, in label order, with the names that `twin.json` gives."""
    labels = loaded(pororo, "labels.npy")
    assert set(labels) == set(pororo.clips)
    for name, clip in pororo.clips.items():
        assert labels[name].shape == (9,)
        assert labels[name].dtype == np.int64
        names = [PORORO_CAST.names[k] for k in np.flatnonzero(labels[name])]
        assert names == clip["visible"]


@pytest.mark.parametrize("number", [0, 3])
def test_everyone_labelled_is_seen_in_every_frame(number: int):
    """Taking anyone away changes many pixels of every frame of the strip."""
    for clip in clips_of(plan_episodes(60, 1)[number]):
        scene = clip.take.scene
        for time in clip.times:
            whole = scene_image(PORORO_CAST, scene, time, size=(128, 128)).astype(int)
            for actor in scene.actors:
                rest = tuple(other for other in scene.actors if other != actor)
                empty = scene_image(PORORO_CAST, replace(scene, actors=rest), time, size=(128, 128))
                assert (abs(whole - empty).max(2) > 24).sum() > 0.01 * 128 * 128, (actor, scene)


def test_captions_tell_what_is_drawn(pororo):
    """Subject, partner, thing and bystanders of every caption are in the scene, by their names."""
    for clip in pororo.clips.values():
        for told in clip["captions"]:
            people = {told["subject"], told["partner"], *told["others"]} - {None}
            assert people <= set(clip["visible"])
            assert told["thing"] in (None, *clip["things"])
            assert told["action"] in (None, clip["action"])
            for name in told["others"]:
                assert name.lower() in told["text"].lower()
            assert bool(told["subject"]) == bool(clip["visible"])


@pytest.mark.parametrize("stories", [1, 6, 12, 20, 31, 60, 100, 500, 3000])
def test_the_plan_keeps_its_promise(stories: int):
    """Enough whole stories in the splits, all quirks, and less than a seventh broken."""
    episodes = plan_episodes(stories, 5)
    listing = list_release(episodes, 5)
    split = listing.splits
    n_found = sum(map(len, split.values()))
    assert n_found - 2 >= stories
    assert len(split["train"]) == max(map(len, split.values()))
    assert 2 / n_found < 1 / 7
    lengths = [episode.n_clips for episode in episodes]
    assert {4, 5} <= set(lengths)
    assert max(lengths) > 10
    assert len(listing.images) - len(listing.starts) == 4 * len(episodes)


@pytest.mark.parametrize("stories", [6, 60, 500])
def test_the_split_has_the_quirks_of_the_real_one(stories: int):
    """Train and unseen share no clip, seen overlaps both, and whole last episodes are lost."""
    listing = list_release(plan_episodes(stories, 2), 2)
    clips = {
        name: {clip.id for story in ids for clip in listing.clips_of(story)}
        for name, ids in (*listing.splits.items(), ("lost", listing.lost))
    }
    assert not clips["train"] & clips["unseen"]
    assert clips["seen"] & clips["train"]
    assert clips["seen"] & clips["unseen"]
    assert listing.splits["seen"] != sorted(listing.splits["seen"])
    assert clips["lost"]
    assert not clips["lost"] & (clips["train"] | clips["unseen"])
    lost = {listing.starts[story].episode for story in listing.lost}
    assert {episode.series for episode in lost} == {"Pororo_The_Twin_Adventure"}
    found = {listing.images[story].episode for story in range(len(listing.starts))}
    assert not lost & found
    if stories >= 60:
        assert len({listing.starts[story].episode for story in listing.splits["unseen"]}) >= 4


@pytest.mark.parametrize("stories", [6, 60, 500])
def test_stories_stand_in_the_order_of_their_images(stories: int):
    """Names sort as text: clip 10 comes before clip 2, and so does the story that starts there."""
    listing = list_release(plan_episodes(stories, 0), 0)
    assert [clip.number for clip in listing.images[:4]] == [1, 10, 11, 2]
    ids = [clip.id for clip in listing.starts]
    assert ids == sorted(ids)
    assert any(ids[k].endswith("/1") and ids[k + 1].endswith("/10") for k in range(len(ids) - 1))


def test_the_same_bytes_in_another_process(pororo):
    """A strip drawn here equals the file that a worker process wrote."""
    for clip in clips_of(plan_episodes(6, pororo.facts["seed"])[3]):
        assert strip(clip, paint=drawn) == (pororo.raw / clip.plan.file).read_bytes()


def test_another_seed_is_another_world():
    """Captions and scenes are a function of the seed alone."""
    first, again, other = (clips_of(plan_episodes(6, seed)[0]) for seed in (1, 1, 2))
    assert first == again
    assert [clip.texts for clip in first] != [clip.texts for clip in other]


def test_painted_numbers_tell_clip_and_frame(tmp_path: Path):
    """In a numbered release every frame says which clip it is from, and which of its frames."""
    clip = clips_of(plan_episodes(6, 0)[0])[0]
    with PIL.Image.open(io.BytesIO(strip(clip, paint=release.drawn_with_numbers))) as picture:
        frames = np.asarray(picture).reshape(-1, 128, 128, 3)
    assert [numbers.read(frame) for frame in frames] == [
        frame_number(clip.plan.place, k) for k in range(5)
    ]


@pytest.mark.parametrize(("stories", "seed"), [(0, 0), (3, -1)])
def test_impossible_wishes_are_refused(tmp_path: Path, stories: int, seed: int):
    """No stories or a negative seed: one sentence with the numbers in it."""
    with pytest.raises(InputError, match=f"found {stories} stories and seed {seed}"):
        write_release(tmp_path / "raw", stories=stories, seed=seed)
    assert not (tmp_path / "raw").exists()


def test_a_flat_release_has_the_same_lists(pororo, tmp_path: Path):
    """Frames of one colour, for measuring: every other file is byte for byte the same."""
    count = release.write_quick_release(tmp_path / "raw", stories=6, seed=pororo.facts["seed"])
    assert count == len(pororo.clips)
    root = tmp_path / "raw" / "pororo_png"
    for path in filter(Path.is_file, root.iterdir()):
        assert path.read_bytes() == (pororo.raw / "pororo_png" / path.name).read_bytes()
    assert len(list(root.glob("Pororo_*/*/*.png"))) == count
