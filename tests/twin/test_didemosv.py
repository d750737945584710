"""The twin of DiDeMoSV as a reader of the raw files sees it, and what builds make of it."""

from __future__ import annotations

import io
import json
import pickle
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from storybench.errors import InputError
from storybench.files import read_json
from storybench.images import decode
from storybench.shards.reader import Stories
from storydata.didemosv import DATASET
from storydata.twin.didemosv import release, write_release
from storydata.twin.didemosv.files import listed
from storydata.twin.didemosv.frames import frames_of, image_of, picture
from storydata.twin.didemosv.plan import SPLITS, plan_videos
from storydata.twin.film import numbers
from tests.twin.keywords import KEYWORDS

STORIES, SEED = 6, 3

SIZES = pytest.mark.parametrize(("stories", "seed"), [(1, 0), (6, 3), (60, 1)])


@dataclass(frozen=True)
class Release:
    """A tiny release on disk, read back."""

    raw: Path
    facts: dict[str, Any]
    counts: dict[str, int]


@pytest.fixture(scope="module")
def didemosv(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Six stories of DiDeMoSV, written by two processes."""
    raw = tmp_path_factory.mktemp("twin") / "didemosv"
    counts = write_release(raw, stories=STORIES, seed=SEED, workers=2)
    return Release(raw, read_json(raw / "twin.json"), dict(counts))


def lists(raw: Path) -> dict[str, list[dict[str, Any]]]:
    return {split: json.loads((raw / f"didemo/{split}.json").read_text()) for split in SPLITS}


def test_the_tree_is_what_the_loader_asks_for(didemosv):
    """Lists, caches and embeddings in `didemo`, and every frame that `twin.json` names."""
    folder = didemosv.raw / "didemo"
    assert {path.name for path in folder.iterdir()} == {
        "frames", "didemo_use_embeds.pkl",
        *(f"{split}.json" for split in SPLITS),
        *(f"{name}_cache2_{split}.npy" for name in ("img", "following") for split in SPLITS),
    }  # fmt: skip
    drawn = {str(p.relative_to(didemosv.raw)) for p in folder.rglob("frames/*/*")}
    assert drawn == set(didemosv.facts["frames"])
    assert didemosv.counts == {"frames": len(drawn), "videos": 5, "side files": 10}
    assert {path.name for path in didemosv.raw.iterdir()} == {"didemo", "twin.json"}


def test_lists_are_pairs_of_caption_and_path(didemosv):
    """Each object has its pairs and other keys; paths start at the folder above."""
    for split, objects in lists(didemosv.raw).items():
        for record, truth in zip(objects, didemosv.facts["objects"][split], strict=True):
            assert set(record) == {"desc_to_frame", "num_frames", "video"}
            assert [path for _, path in record["desc_to_frame"]] == truth["frames"]
            for caption, path in record["desc_to_frame"]:
                assert path.startswith("didemo/frames/twin_")
                if frame := didemosv.facts["frames"].get(path):
                    assert caption in [told["text"] for told in frame["captions"]]
                    assert frame["split"] == split


@SIZES
def test_every_quirk_is_there(stories: int, seed: int):
    """Objects of two, three and five pairs, a missing fourth, two captions of one path."""
    objects = [one for plan in plan_videos(stories, seed) for one in listed(plan)]
    lengths = Counter(len(one.pairs) for one in objects)
    assert set(lengths) == {2, 3, 4, 5}
    assert lengths.most_common(1)[0][0] == 3
    fates = {one.fate: len(one.pairs) for one in objects}
    assert (fates["too short"], fates["frame missing"]) == (2, 4)
    told: dict[str, set[str]] = {}
    for one in objects:
        for caption, path in one.pairs:
            told.setdefault(path, set()).add(caption)
    assert max(map(len, told.values())) == 2
    captions = set.union(*told.values())
    assert any(caption != caption.lower() for caption in captions)
    forms = Counter(f.form for plan in plan_videos(stories, seed) for f in frames_of(plan))
    assert set(forms) == {"colour", "grey", "png", "broken"}
    assert forms["broken"] == 1
    assert sum(one.fate == "story" for one in objects) >= stories


def test_files_are_of_the_kinds_that_twin_json_says(didemosv):
    """RGB and grey JPEGs, a PNG, none square, and one JPEG that ends too soon."""
    for file, frame in didemosv.facts["frames"].items():
        data = (didemosv.raw / file).read_bytes()
        with PIL.Image.open(io.BytesIO(data)) as drawn:
            kind = ("PNG" if frame["form"] == "png" else "JPEG", tuple(frame["size"]))
            assert (drawn.format, drawn.size) == kind
            assert drawn.size[0] != drawn.size[1]
            assert drawn.mode == ("L" if frame["form"] == "grey" else "RGB")
        if not frame["is_decodable"]:
            with pytest.raises(InputError):
                decode(data, file)


def test_captions_say_who_does_what(didemosv):
    """What a caption tells can be seen: its subject is there, its action is named."""
    for frame in didemosv.facts["frames"].values():
        for told in frame["captions"]:
            assert told["subject"] in frame["visible"]
            assert any(word in told["text"].lower() for word in KEYWORDS[frame["action"]])


def test_a_picture_of_a_worker_is_the_picture_of_any(didemosv):
    """The bytes are a function of stories and seed; another seed is another world."""
    frame = frames_of(plan_videos(STORIES, SEED)[0])[2]
    drawn = (didemosv.raw / frame.file).read_bytes()
    assert picture(frame, numbered=False) == drawn
    assert picture(frames_of(plan_videos(STORIES, SEED + 1)[0])[2], numbered=False) != drawn


def test_every_frame_can_have_its_number(tmp_path: Path):
    """With `numbered`, each picture tells its place among all, in JPEG and grey too."""
    write_release(tmp_path, stories=1, seed=1, numbered=True)
    whole = [f for plan in plan_videos(1, 1) for f in frames_of(plan) if f.form != "broken"]
    seen = [numbers.read(decode((tmp_path / f.file).read_bytes(), f.file)) for f in whole]
    assert seen == [frame.number for frame in whole]
    assert len(set(seen)) == len(whole)


def test_a_build_puts_the_colours_right(didemosv, tmp_path: Path):
    """With `fixed`, a frame is what was drawn but for JPEG; as released it is far from it."""
    made = {}
    for order in ("fixed", "release"):
        out = tmp_path / order
        DATASET.build(didemosv.raw, out, options={"channel_order": order})
        made[order] = Stories(out, split="train")[0].frames
    frames = frames_of(plan_videos(STORIES, SEED)[0])
    for k in (0, 2):
        right = image_of(frames[k], numbered=False).astype(int)
        assert np.abs(made["fixed"][k].image.astype(int) - right).mean() < 3
        assert np.abs(made["release"][k].image.astype(int) - right).mean() > 20


def test_a_build_finds_what_was_promised(didemosv, tmp_path: Path):
    """Without a word on channels it builds: all whole stories, and every loss by its step."""
    result = DATASET.build(didemosv.raw, tmp_path / "out", options={})
    fates = Counter(one["fate"] for split in SPLITS for one in didemosv.facts["objects"][split])
    assert result.dataset == "didemosv-twin"
    assert sum(result.n_stories.values()) == fates["story"] >= STORIES
    assert result.drops == {
        "description: too few frames for a story": fates["too short"],
        "file: frame missing": fates["frame missing"],
        "story: frame broken": fates["frame broken"],
        "story: frame missing": fates["frame missing"],
    }


@pytest.mark.parametrize(("stories", "seed"), [(0, 0), (3, -1)])
def test_impossible_wishes_are_refused(tmp_path: Path, stories: int, seed: int):
    """No stories or a negative seed: one sentence with the numbers in it."""
    with pytest.raises(InputError, match=f"found {stories} stories and seed {seed}"):
        write_release(tmp_path / "raw", stories=stories, seed=seed)
    assert not (tmp_path / "raw").exists()


def test_embeddings_are_by_path_over_all_lists(didemosv):
    """512 numbers for every path that any list names, the missing one too."""
    vectors = pickle.loads((didemosv.raw / "didemo/didemo_use_embeds.pkl").read_bytes())
    named = {p for objects in lists(didemosv.raw).values() for o in objects
             for _, p in o["desc_to_frame"]}  # fmt: skip
    assert set(vectors) == named
    assert len(named - set(didemosv.facts["frames"])) == 1
    assert all(v.shape == (512,) and v.dtype.kind == "f" for v in vectors.values())


def test_a_release_of_the_toy_world_is_its_own_kind():
    """No name that it claims is one that a real release might have."""
    assert release.KIND.drawn.fullmatch("didemo/frames/twin_0000/002500.jpg")
    for other in ("didemo/frames/33.jpg", "didemo/twin_0000/002500.jpg", "didemo/images/1.jpg"):
        assert not release.KIND.drawn.fullmatch(other)
