"""What StoryDALL-E's loader does with the files of DiDeMoSV works on a twin's.

The reader below does in its own words what the official one does, by the same files:
adymaharana/storydalle@132dd19:story-dalle/didemo_dataloader.py:83-110,133,147-158.
"""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from storydata.twin.didemosv import write_release as write_didemosv


class StoryDalleDidemo:
    """`StoryImageDataset`: one story an object, captions and vectors by path, caches if there."""

    def __init__(self, folder: str, mode: str) -> None:
        self.parent = Path(folder.rpartition("/")[0])  # as `dirname`: a slash at the end counts
        listed = json.loads(Path(folder, f"{mode}.json").read_text())
        caches = [Path(folder, f"{name}_cache2_{mode}.npy") for name in ("img", "following")]
        if all(path.is_file() for path in caches):
            self.sources, self.targets = (np.load(path) for path in caches)
        else:
            rows = list(filter(None, (self.row(record) for record in listed)))
            self.sources = np.array([row[0] for row in rows])
            self.targets = np.array([row[1:] for row in rows])
        pairs = [pair for record in listed for pair in record["desc_to_frame"]]
        self.captions = {path: caption for caption, path in pairs}
        self.vectors = pickle.loads(Path(folder, "didemo_use_embeds.pkl").read_bytes())

    def row(self, record: dict[str, Any]) -> list[str] | None:
        """Three paths; nothing where an object is short, or where any of its files is missing."""
        paths = [path for _, path in record["desc_to_frame"]]
        is_whole = all((self.parent / path).exists() for path in paths)
        return paths[:3] if is_whole and len(paths) >= 3 else None

    def __getitem__(self, item: int) -> dict[str, Any]:
        paths = [str(self.sources[item]), *map(str, self.targets[item])]
        frames = []
        for path in paths:
            with PIL.Image.open(self.parent / path) as picture:
                frames.append(picture.copy())
        return {
            "paths": paths,
            "frames": frames,
            "captions": [self.captions[path] for path in paths[1:]],
            "vectors": np.stack([self.vectors[path] for path in paths[1:]]),
        }


@pytest.fixture(scope="module")
def didemosv_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("twin") / "didemosv"
    write_didemosv(raw, stories=6, seed=3)
    return raw


@pytest.mark.parametrize("mode", ["train", "val", "test"])
def test_storydalle_reads_every_didemo_story(didemosv_raw: Path, mode: str):
    """Pictures, captions as typed and vectors of every story; only the broken JPEG ends it."""
    truth = json.loads((didemosv_raw / "twin.json").read_text())
    data = StoryDalleDidemo(str(didemosv_raw / "didemo"), mode)
    fates = [one["fate"] for one in truth["objects"][mode]]
    wanted = [fate for fate in fates if fate in ("story", "frame broken")]
    assert len(data.sources) == len(wanted)
    for item, fate in enumerate(wanted):
        if fate == "frame broken":
            with pytest.raises(OSError, match="truncated"):
                data[item]
            continue
        story = data[item]
        frames = [truth["frames"][path] for path in story["paths"]]
        assert [picture.size for picture in story["frames"]] == [tuple(f["size"]) for f in frames]
        for caption, frame in zip(story["captions"], frames[1:], strict=True):
            assert caption in [told["text"] for told in frame["captions"]]
        assert story["vectors"].shape == (2, 512)


@pytest.mark.parametrize("mode", ["train", "val", "test"])
def test_the_didemo_caches_are_what_the_loader_would_build(
    didemosv_raw: Path, tmp_path: Path, mode: str
):
    """Unicode (n,) and (n, 2), from the objects whose files are all there."""
    with_caches = StoryDalleDidemo(str(didemosv_raw / "didemo"), mode)
    bare = shutil.copytree(
        didemosv_raw, tmp_path / "raw", ignore=shutil.ignore_patterns("*_cache2_*")
    )
    without = StoryDalleDidemo(str(bare / "didemo"), mode)
    for name in ("sources", "targets"):
        cached, rebuilt_now = getattr(with_caches, name), getattr(without, name)
        assert cached.dtype.kind == rebuilt_now.dtype.kind == "U"
        np.testing.assert_array_equal(cached, rebuilt_now)
    assert with_caches.targets.shape == (len(with_caches.sources), 2)


def test_a_slash_at_the_end_hides_every_didemo_frame(didemosv_raw: Path):
    """The parent of `didemo/` is then `didemo`, and no path that the lists give is there (D2)."""
    assert not (StoryDalleDidemo(f"{didemosv_raw}/didemo/", "test").parent / "didemo").exists()


def test_didemo_captions_by_path_are_the_last(didemosv_raw: Path):
    """A frame with two captions has one for this loader: that of the last object (D4)."""
    truth = json.loads((didemosv_raw / "twin.json").read_text())
    captions = StoryDalleDidemo(str(didemosv_raw / "didemo"), "train").captions
    listed = json.loads((didemosv_raw / "didemo/train.json").read_text())
    told: dict[str, list[str]] = {}
    for caption, path in (pair for record in listed for pair in record["desc_to_frame"]):
        told.setdefault(path, []).append(caption)
    several = [path for path, texts in told.items() if len(set(texts)) > 1]
    assert several
    for path in several:
        assert captions[path] == told[path][-1] != told[path][0]
        assert captions[path] == truth["frames"][path]["captions"][1]["text"]


def test_some_didemo_pictures_cannot_be_stacked(didemosv_raw: Path):
    """The loader converts no picture: a grey one comes in one channel (D8)."""
    modes = set()
    data = StoryDalleDidemo(str(didemosv_raw / "didemo"), "train")
    for item in range(3):
        modes |= {picture.mode for picture in data[item]["frames"]}
    assert modes == {"L", "RGB"}
