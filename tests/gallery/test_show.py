from __future__ import annotations

import json
import tarfile

import pytest

from storybench.errors import InputError, VerificationError
from storybench.gallery.show import show, write_pictures
from storybench.images import decode
from tests.factories import make_shards


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Three test and three train stories with characters."""
    return make_shards(
        tmp_path_factory.mktemp("build"),
        stories={"train": 3, "test": 3},
        characters=("Ada", "Bo"),
    )


def test_everything_known_is_in_the_json(build):
    """Names for labels, sizes, origins; plain values that JSON takes."""
    found = json.loads(json.dumps(show(build, "test-001").to_json()))
    assert (found["dataset"], found["id"], found["split"], found["position"]) == (
        "toy",
        "test-001",
        "test",
        1,
    )
    assert (found["cluster"], found["label_source"], found["orders"], found["subsets"]) == (
        "test-cluster-0",
        "toy",
        {},
        [],
    )
    first = found["frames"][0]
    assert first["file"] == "test-001.0.png"
    assert (first["width"], first["height"]) == (96, 72)
    assert first["characters"] == ["Bo"]
    assert first["origin"] == {
        "file": "test-cluster-0.mp4",
        "clip": "test-001/0",
        "index": 0,
        "time": 0.0,
    }
    assert first["captions"] == [first["caption"]] == ["Bo sleeps in the garden."]
    assert len(found["frames"]) == 3


def test_pictures_are_the_bytes_of_the_shard(build, tmp_path):
    """Written under their names, untouched."""
    shown = show(build, "train-002")
    paths = write_pictures(shown, tmp_path / "new")
    assert [path.name for path in paths] == [f"train-002.{k}.png" for k in range(3)]
    with tarfile.open(build / shown.shard) as shard:
        for path in paths:
            member = shard.extractfile(path.name)
            assert member is not None
            assert path.read_bytes() == member.read()
    assert (decode(paths[1].read_bytes(), "x") == shown.story.frames[1].image).all()


def test_an_unknown_story_lists_close_ones(build):
    """A typing mistake is answered with what was meant."""
    with pytest.raises(InputError, match=r"found 'test-01'\. Did you mean test-001"):
        show(build, "test-01")


def test_a_damaged_shard_is_told(tmp_path):
    """Never a strange picture."""
    build = make_shards(tmp_path, stories={"test": 1})
    shard = next(build.glob("*.tar"))
    data = bytearray(shard.read_bytes())
    data[600] ^= 1
    shard.write_bytes(data)
    with pytest.raises(VerificationError, match=r"test-000\.0\.png"):
        show(build, "test-000")


def test_a_frame_without_labels_has_no_names(tmp_path):
    """None is not the same as nobody."""
    shown = show(make_shards(tmp_path, stories={"test": 1}), "test-000")
    assert shown.to_json()["frames"][0]["characters"] is None
