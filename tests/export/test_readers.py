"""Other people's readers on our shards: tarfile, webdataset and Hugging Face `datasets`."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import webdataset as wds

from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from tests.loader.cartoon import Cartoon

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # webdataset leaves files open


@pytest.fixture(scope="module", params=["png", "npy"])
def build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stories beside clips, which are strips or arrays."""
    return Cartoon(suffix=request.param).write(tmp_path_factory.mktemp("readers") / "shards")


def test_tarfile_reads_stories_and_clips(build: Path) -> None:
    """Any tar reader lists the members in order and gives their bytes."""
    story = Stories(build, "train")[0]
    with tarfile.open(build / "stories-train-00000.tar") as tar:
        assert tar.getnames()[:6] == [*(f"ep1-1.{k}.png" for k in range(5)), "ep1-1.json"]
        png = tar.extractfile("ep1-1.0.png")
        assert png is not None
        assert np.array_equal(np.asarray(PIL.Image.open(png)), story.source.image)
    with tarfile.open(build / "clips-00000.tar") as tar:
        suffix = tar.getnames()[0].rpartition(".")[2]
        assert tar.getnames()[:4] == [f"ep1-{n}.{s}" for n in (1, 2) for s in (suffix, "json")]
        text = tar.extractfile("ep1-1.json")
        assert text is not None
        assert json.load(text)["id"] == "ep1/1"


def test_webdataset_reads_stories(build: Path) -> None:
    """A stock pipeline with its own decoders gives every story its pictures and its JSON."""
    urls = [str(path) for path in sorted(build.glob("stories-train-*.tar"))]
    samples = list(wds.WebDataset(urls, shardshuffle=False).decode("rgb8"))  # pyright: ignore[reportAttributeAccessIssue]
    stories = Stories(build, "train")
    assert [sample["__key__"] for sample in samples] == list(stories.ids)
    for sample, story in zip(samples, stories, strict=True):
        assert sample["json"]["frames"][0]["captions"] == list(story.source.captions)
        for k, frame in enumerate(story.frames):
            assert np.array_equal(sample[f"{k}.png"], frame.image)


def test_webdataset_reads_clips(build: Path) -> None:
    """Strips by its picture decoder, arrays by its numpy decoder."""
    samples = wds.WebDataset(str(build / "clips-00000.tar"), shardshuffle=False).decode("rgb8")  # pyright: ignore[reportAttributeAccessIssue]
    n = 0
    for sample, clip in zip(samples, Clips(build), strict=True):
        assert sample["json"]["id"] == clip.id
        frames = sample["npy"] if "npy" in sample else sample["png"].reshape(clip.frames.shape)
        assert np.array_equal(frames, clip.frames)
        n += 1
    assert n == 22


def load(files: dict[str, Any], cache: Path) -> Any:
    """Hugging Face's own reader of WebDataset tars."""
    datasets = pytest.importorskip("datasets")
    return datasets.load_dataset("webdataset", data_files=files, cache_dir=str(cache))


def test_hugging_face_reads_stories(build: Path, offline: Path) -> None:
    """Pictures as images, the JSON as typed columns, splits by file name."""
    files = {
        s: [str(p) for p in sorted(build.glob(f"stories-{s}-*.tar"))] for s in ("train", "test")
    }
    found = load(files, offline)
    for split in ("train", "test"):
        stories = Stories(build, split)
        assert found[split]["__key__"] == list(stories.ids)
        for row, story in zip(found[split], stories, strict=True):
            assert row["json"]["id"] == story.id
            assert row["json"]["frames"][3]["captions"] == list(story.frames[3].captions)
            assert np.array_equal(np.asarray(row["4.png"]), story.frames[4].image)


def test_hugging_face_reads_clips(build: Path, offline: Path) -> None:
    """Strips as images, arrays as lists of numbers."""
    found = load({"clips": [str(build / "clips-00000.tar")]}, offline)["clips"]
    clips = Clips(build)
    assert len(found) == len(clips)
    for row, clip in zip(found, clips, strict=True):
        frames = row["npy"] if "npy" in row else np.asarray(row["png"]).reshape(clip.frames.shape)
        assert np.array_equal(np.asarray(frames, np.uint8), clip.frames)
        assert row["json"]["id"] == clip.id


def test_a_picture_in_a_tar_is_a_whole_file(build: Path) -> None:
    """So that `tar -x` gives pictures that any viewer opens."""
    with tarfile.open(build / "stories-test-00000.tar") as tar:
        for member in tar.getmembers():
            data = tar.extractfile(member)
            assert data is not None
            if member.name.endswith(".png"):
                PIL.Image.open(io.BytesIO(data.read())).verify()
