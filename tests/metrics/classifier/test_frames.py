import numpy as np
import pytest

from storybench import registry
from storybench.errors import InputError
from storybench.images import pixel_sha256
from storybench.metrics.classifier.frames import Reader, labelled_frames
from storybench.metrics.classifier.pixels import cropped
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from tests.factories import make_shards


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A small FlintstonesSV twin, which keeps whole clips."""
    folder = tmp_path_factory.mktemp("twin")
    registry.load("twins", "flintstones")(folder / "raw", stories=12, seed=5)
    registry.load("datasets", "flintstonessv").build(folder / "raw", folder / "shards", options={})
    return folder / "shards"


def test_every_frame_of_a_clip_carries_its_labels(clips):
    """All frames of all labelled clips, in the order of the index."""
    frames, whole = labelled_frames(clips), Clips(clips)
    assert frames.is_of_clips
    assert len(frames) == sum(whole.counts)
    for at in (0, 7, len(frames) - 1):
        clip = whole[int(frames.rows[at])]
        assert frames.labels[at].tolist() == [bool(x) for x in clip.characters or ()]
        assert frames.episodes[at] == clip.cluster


def test_middles_are_the_reference_frames(clips):
    """Frame k // 2 of each clip, once."""
    frames, whole = labelled_frames(clips).middles(), Clips(clips)
    assert len(frames) == len(whole)
    assert frames.k.tolist() == [count // 2 for count in whole.counts]


def test_one_of_each_clip_is_drawn_anew(clips):
    """Every clip once, another frame of it in another epoch, the same for the same seed."""
    frames = labelled_frames(clips)
    draws = [frames.one_each(np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert draws[0].rows.tolist() == list(range(len(Clips(clips))))
    assert draws[0].k.tolist() == draws[1].k.tolist() != draws[2].k.tolist()


@pytest.mark.parametrize("room", [0, 1_000_000_000])
def test_the_reader_gives_the_clips_pixels(clips, room):
    """Scaled frames in the order that was asked, whether they are kept or read again."""
    frames, whole = labelled_frames(clips), Clips(clips)
    order = np.array([9, 3, 3, 17, 0])
    batches = list(Reader(clips, side=64, room=room).batches(frames.at(order), 2))
    assert [len(planes) for planes, _ in batches] == [2, 2, 1]
    planes = np.concatenate([planes for planes, _ in batches])
    for at, found in zip(order, planes, strict=True):
        image = whole[int(frames.rows[at])].frames[frames.k[at]]
        np.testing.assert_array_equal(found, cropped(image, 64))


def test_without_clips_each_frame_of_a_story_counts_once(tmp_path):
    """Overlapping stories repeat files; the size and checksum of a file tell."""
    shards = make_shards(tmp_path / "shards", characters=("Ada", "Bo"), stories={"train": 3})
    frames = labelled_frames(shards)
    assert not frames.is_of_clips
    stories = Stories(shards)
    distinct = {pixel_sha256(frame.image) for story in stories for frame in story.frames}
    assert len(frames) == len(distinct) == 9
    planes, labels = next(Reader(shards, side=64).batches(frames, 9))
    story = stories[int(frames.rows[4])]
    frame = story.frames[frames.k[4]]
    np.testing.assert_array_equal(planes[4], cropped(frame.image, 64))
    assert labels[4].tolist() == [bool(x) for x in frame.characters or ()]


def test_a_dataset_without_characters_is_refused(tmp_path):
    """The error names what has labels."""
    with pytest.raises(InputError, match="labelled with characters, found none"):
        labelled_frames(make_shards(tmp_path / "shards"))
