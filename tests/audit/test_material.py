from __future__ import annotations

import numpy as np
import pytest

from storybench.audit.material import read_material
from storybench.errors import MissingError, VerificationError
from storybench.images import encode_png
from storybench.shards.clip_format import ClipRecord
from storybench.types import Origin
from tests.audit.builds import CAST, frame, material, painted, story, write


def test_slots_name_what_they_show(tmp_path):
    """Neighbouring windows share a frame: one frame, one clip, one picture, two slots."""
    found = material(
        tmp_path,
        [story("a", [frame(1), frame(2)]), story("b", [frame(2), frame(3)], split="test")],
    )
    assert found.stories == ("a", "b")
    assert found.splits == ("train", "val", "test")
    assert found.split_of.tolist() == [0, 2]
    assert found.slots.story.tolist() == [0, 0, 1, 1]
    assert found.slots.k.tolist() == [0, 1, 0, 1]
    for of in (found.slots.frame, found.slots.clip, found.slots.picture):
        assert of.tolist() == [0, 1, 1, 2]
    assert found.clips == ("clip-1", "clip-2", "clip-3")


def test_clips_of_one_name_in_two_files_are_two(tmp_path):
    """Clip 1 of one film is not clip 1 of another."""
    frames = [frame(1, clip="1", file="a.mp4"), frame(2, clip="1", file="b.mp4")]
    assert material(tmp_path, [story("a", frames)]).slots.clip.tolist() == [0, 1]


def test_captions_of_a_frame_are_gathered(tmp_path):
    """A frame that two stories caption differently has both captions, in order, each once."""
    first = frame(1, captions=["One.", "Two."])
    again = frame(1, captions=["Two.", "Three."])
    found = material(tmp_path, [story("a", [first, frame(2)]), story("b", [again, frame(3)])])
    assert found.frames[0].captions == ("One.", "Two.", "Three.")


def test_labels_and_their_sources_are_read(tmp_path):
    """Labels belong to frames, their source to stories."""
    labelled = story("a", [frame(1, characters=(1, 0, 1)), frame(2)], label_source="hand")
    found = material(tmp_path, [labelled], characters=CAST)
    assert [facts.characters for facts in found.frames] == [(1, 0, 1), None]
    assert found.label_sources == ("hand",)


def test_captions_of_whole_clips_are_read(tmp_path):
    """Clips that no story shows count too, where the build keeps them."""
    clip = ClipRecord(
        "x-1", "x", encode_png(painted(1)), "png", 1, ("Ada.", "Bo."), Origin("x.png", "x/1")
    )
    found = material(tmp_path, [story("a", [frame(1), frame(2)])], clips=[clip])
    assert found.clip_captions == (("Ada.", "Bo."),)


def test_a_build_without_stories_is_read(tmp_path):
    """Nothing in it is no error."""
    found = material(tmp_path, [])
    assert (len(found.stories), len(found.pictures), found.slots.story.shape) == (0, 0, (0,))
    assert found.frames_in(0).tolist() == []


def test_progress_counts_stories(tmp_path):
    """The bar moves once a story."""
    seen = []
    directory = write(tmp_path, [story(f"s{k}", [frame(k), frame(9)]) for k in range(3)])
    read_material(directory, on_progress=lambda *of: seen.append(of))
    assert seen == [(1, 3, "stories"), (2, 3, "stories"), (3, 3, "stories")]


def test_damage_is_named(tmp_path):
    """A flipped bit in a picture is told, never hashed."""
    directory = write(tmp_path, [story("a", [frame(1), frame(2)])])
    shard = directory / "stories-train-00000.tar"
    data = bytearray(shard.read_bytes())
    data[512 + 40] ^= 1
    shard.write_bytes(data)
    with pytest.raises(VerificationError, match=r"a\.0\.png in shard stories-train-00000\.tar"):
        read_material(directory)


def test_no_build_is_missing(tmp_path):
    """A folder without a manifest is no build."""
    with pytest.raises(MissingError, match=r"manifest\.json"):
        read_material(tmp_path)


def test_pictures_come_from_their_slots(tmp_path):
    """The hashes stand at the numbers that slots give."""
    found = material(tmp_path, [story("a", [frame(4), frame(5), frame(4)])])
    assert len(found.pictures) == 2
    assert found.slots.picture.tolist() == [0, 1, 0]
    assert np.unique(found.pictures.hashes).size == 2
