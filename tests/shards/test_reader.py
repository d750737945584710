"""`Stories`: any story by number, whoever asks and in whatever order."""

from __future__ import annotations

import multiprocessing
import pickle
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import write_atomic
from storybench.images import decode, pixel_sha256
from storybench.shards import members
from storybench.shards.format import StoryRecord, story_json
from storybench.shards.index import INDEX_NAME, SCHEMA, index_rows, read_index, write_index
from storybench.shards.reader import Stories, story_of_sample
from storybench.types import Story

Make = Callable[[str, int], StoryRecord]
IDS = tuple(f"train-{n}" for n in range(5)) + tuple(f"test-{n}" for n in range(3))


def fingerprint(story: Story) -> tuple[object, ...]:
    """Everything a story says, with pictures by hash."""
    frames = [
        (pixel_sha256(f.image), f.captions, f.default, f.characters, f.licence, f.origin)
        for f in story.frames
    ]
    return (story.id, story.split, story.cluster, story.position, tuple(frames))


def test_a_story_is_what_was_written(build: Path, record: Make) -> None:
    """Pictures, captions, labels, licences and origins come back, and the PNG is lossless."""
    written = record("train", 4)
    story = Stories(build, "train")[4]
    assert (story.id, story.split, story.cluster) == ("train-4", "train", "train-video-2")
    assert story.position == 4
    for frame, was in zip(story.frames, written.frames, strict=True):
        assert np.array_equal(frame.image, decode(was.data, "it"))
        assert (frame.captions, frame.default) == (was.captions, was.default)
        assert (frame.characters, frame.licence) == (was.characters, was.licence)
        assert frame.origin == was.origin
    assert story.captions[2] == written.frames[2].captions[1]


def test_order_is_split_then_position(build: Path) -> None:
    """Train, val, test, then by position, whatever the order in the index."""
    assert Stories(build).ids == IDS
    assert [story.id for story in Stories(build)] == list(IDS)
    assert Stories(build, "test").ids == IDS[5:]
    assert len(Stories(build)) == 8


def test_random_order_equals_reading_in_order(build: Path) -> None:
    """A story is the same whatever was read before it."""
    stories = Stories(build)
    in_order = [fingerprint(story) for story in stories]
    shuffled = list(range(8)) * 2
    random.Random(0).shuffle(shuffled)
    assert [fingerprint(stories[i]) for i in shuffled] == [in_order[i] for i in shuffled]


def test_negative_indices_count_from_the_end(build: Path) -> None:
    """As in any sequence."""
    stories = Stories(build)
    assert stories[-1].id == "test-2"
    assert stories[-8].id == "train-0"
    assert stories.prompt(-1).id == "test-2"


@pytest.mark.parametrize("index", [8, -9, 1000])
def test_an_index_out_of_range_is_an_index_error(build: Path, index: int) -> None:
    """So that iteration ends and mistakes do not wrap around."""
    with pytest.raises(IndexError, match=f"below 8 in <Stories: 8 of toy in .*, found {index}"):
        Stories(build)[index]


@pytest.mark.parametrize(
    "cut",
    [slice(2, 5), slice(None), slice(-3, None), slice(None, None, -1), slice(1, 7, 3), slice(5, 2)],
)
def test_slices_are_views_like_those_of_a_tuple(build: Path, cut: slice) -> None:
    """A slice has the ids that the slice of the ids has, and reads the same stories."""
    view = Stories(build)[cut]
    assert isinstance(view, Stories)
    assert view.ids == IDS[cut]
    assert [story.id for story in view] == list(IDS[cut])
    assert view.digest == Stories(build).digest
    assert view.spec == Stories(build).spec


def test_a_slice_of_a_slice_has_numbers_of_its_own(build: Path) -> None:
    """Indices of a view start at 0 and end with the view."""
    view = Stories(build)[2:7][1:3]
    assert view.ids == ("train-3", "train-4")
    assert view.find("train-4") == 1
    with pytest.raises(IndexError):
        view[2]
    with pytest.raises(InputError, match="found 'train-0'"):
        view.find("train-0")


def test_spec_digest_and_clusters_are_those_of_the_build(build: Path) -> None:
    """What intervals and reports need is at hand without reading a picture."""
    stories = Stories(build, "test")
    assert stories.spec.name == "toy"
    assert stories.spec.characters == ("Ada", "Bo")
    assert stories.digest == stories.manifest.digest
    assert stories.clusters == ("test-video-0", "test-video-0", "test-video-1")


def test_a_prompt_has_the_source_and_all_captions(build: Path) -> None:
    """A prompt is the one of the story, read without the targets."""
    stories = Stories(build)
    for index, story in enumerate(stories):
        prompt, other = stories.prompt(index), story.prompt()
        assert (prompt.id, prompt.captions) == (other.id, other.captions)
        assert np.array_equal(prompt.source, other.source)


def test_one_frame_can_be_read_alone(build: Path) -> None:
    """`image` gives any frame, and an IndexError beyond the last."""
    stories = Stories(build)
    assert np.array_equal(stories.image(6, 2), stories[6].targets[1].image)
    with pytest.raises(IndexError, match="a frame from 0 to 2 of story test-1, found 3"):
        stories.image(6, 3)
    with pytest.raises(IndexError, match="found -1"):
        stories.image(6, -1)


def test_a_story_is_found_by_id(build: Path) -> None:
    """`find` is the inverse of `ids`; a wrong id lists close ones."""
    stories = Stories(build)
    assert [stories.find(key) for key in stories.ids] == list(range(8))
    with pytest.raises(InputError, match=r"found 'train-44'. Did you mean train-4 or "):
        stories.find("train-44")
    with pytest.raises(InputError, match=r"found 'zzz'. stories.parquet lists them all"):
        stories.find("zzz")
    with pytest.raises(InputError, match=r"^Expected the id of a story of toy, found 'zzz'\."):
        stories.find("zzz")


def test_the_table_has_a_row_a_story(build: Path) -> None:
    """Pandas gets the index of these stories in their order."""
    table = Stories(build, "train").table()
    assert list(table.columns) == SCHEMA.names
    assert list(table["key"]) == list(IDS[:5])


def test_an_unknown_split_lists_the_known_ones(build: Path) -> None:
    """A wrong split is never an empty one."""
    with pytest.raises(InputError, match=r"one of the splits .*train.*, found 'valid'"):
        Stories(build, "valid")


def test_it_pickles_without_its_descriptors(build: Path) -> None:
    """A pickled copy opens the shards anew, and so does a pickled slice."""
    stories = Stories(build)
    first = fingerprint(stories[0])
    copy, view = pickle.loads(pickle.dumps((stories, stories[3:])))
    assert fingerprint(copy[0]) == first
    assert view.ids == IDS[3:]
    assert view[0].id == "train-3"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_may_share_it(build: Path, start: str) -> None:
    """Readers in forked or spawned processes do not disturb one another or the parent."""
    stories = Stories(build)
    expected = [fingerprint(story) for story in stories]  # the shards are open now
    with multiprocessing.get_context(start).Pool(2) as pool:
        theirs = pool.map_async(stories.__getitem__, list(range(8)) * 4)
        ours = [fingerprint(story) for story in stories]
        assert [fingerprint(story) for story in theirs.get()] == expected * 4
    assert ours == expected


def test_threads_may_share_it(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads read at the same time, even while shards are closed to open others."""
    monkeypatch.setattr(members, "OPEN_SHARDS", 1)
    stories = Stories(build)
    expected = [fingerprint(story) for story in stories]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: fingerprint(stories[i]), list(range(8)) * 8))
    assert found == expected * 8


def test_no_more_shards_are_open_than_allowed(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Descriptors are closed as others are opened, and all of them with the reader."""
    monkeypatch.setattr(members, "OPEN_SHARDS", 2)
    before = _open_files()
    stories = Stories(build)
    assert [story.id for story in stories] == list(IDS)
    assert _open_files() == before + 2
    del stories
    assert _open_files() == before


def test_webdataset_reads_the_same_stories(build: Path) -> None:
    """The streaming pipeline yields what indexing yields, in the order of the shards."""
    stories = Stories(build)
    streamed = [fingerprint(story) for story in stories.webdataset()]
    assert [story[0] for story in streamed] == [*IDS[5:], *IDS[:5]]
    by_id = {fingerprint(story)[0]: fingerprint(story) for story in stories}
    assert {story[0]: story for story in streamed} == by_id


def test_webdataset_reads_a_slice(build: Path) -> None:
    """The pipeline of a view has the stories of the view alone."""
    assert [story.id for story in Stories(build)[1:6].webdataset()] == ["test-0", *IDS[1:5]]
    with pytest.raises(InputError, match="found none in <Stories: 0 of toy"):
        Stories(build)[:0].webdataset()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_stock_webdataset_pipeline_reads_the_tars(build: Path) -> None:
    """Anyone's pipeline over the same files works, without this package (it leaves tars open)."""
    webdataset = pytest.importorskip("webdataset")
    urls = [str(path) for path in sorted(build.glob("*.tar"))]
    samples = list(webdataset.WebDataset(urls, shardshuffle=False).decode("rgb8"))
    assert [sample["__key__"] for sample in samples] == [*IDS[5:], *IDS[:5]]
    story = Stories(build)[0]
    sample = samples[3]
    assert np.array_equal(sample["0.png"], story.source.image)
    assert sample["json"]["frames"][2]["captions"] == list(story.targets[1].captions)


def test_a_data_loader_reads_every_story_once(build: Path) -> None:
    """Workers of a torch DataLoader share the shards of the pipeline among them."""
    data = pytest.importorskip("torch.utils.data")
    loader = data.DataLoader(Stories(build).webdataset(), batch_size=None, num_workers=2)
    assert sorted(story.id for story in loader) == sorted(IDS)


def test_a_sample_without_a_picture_is_refused(build: Path, record: Make) -> None:
    """A stream whose sample lost a member is an error, not a shorter story."""
    written = record("train", 0)
    sample = {"__key__": "train-0", "__url__": "x.tar", "json": story_json(written)}
    with pytest.raises(VerificationError, match=r"Expected train-0\.0\.png beside the JSON of"):
        story_of_sample(sample)


def test_a_flipped_byte_is_an_error_and_names_shard_and_story(own_build: Path) -> None:
    """A damaged picture is never returned, and the other stories still are."""
    rows = {row.key: row for row in index_rows(read_index(own_build / INDEX_NAME))}
    path = own_build / rows["train-1"].shard
    data = bytearray(path.read_bytes())
    data[rows["train-1"].offsets[0] + 60] ^= 1
    path.write_bytes(data)
    stories = Stories(own_build)
    for read in (stories.__getitem__, stories.prompt, lambda i: stories.image(i, 0)):
        with pytest.raises(
            VerificationError, match=r"train-1\.0\.png in shard stories-train-00000"
        ):
            read(1)
    assert np.array_equal(stories.image(1, 1), Stories(own_build).image(1, 1))
    assert stories[0].id == "train-0"


def test_a_shard_cut_short_is_an_error(own_build: Path) -> None:
    """A story beyond the end of its shard is said to be cut off."""
    path = own_build / "stories-train-00001.tar"
    with path.open("r+b") as file:
        file.truncate(1_000)
    with pytest.raises(VerificationError, match=r"train-3\.0\.png in shard .* found the shard cut"):
        Stories(own_build)[3]


def test_a_missing_shard_is_an_error(own_build: Path) -> None:
    """A shard that is gone is named when it is needed."""
    (own_build / "stories-test-00000.tar").unlink()
    with pytest.raises(MissingError, match=r"Expected the shard .*stories-test-00000\.tar, which"):
        Stories(own_build, "test")[0]


def test_an_index_of_another_build_is_refused(own_build: Path, build: Path) -> None:
    """Offsets are believed only from the index that the manifest lists."""
    rows = index_rows(read_index(own_build / INDEX_NAME))
    write_index(own_build / INDEX_NAME, [rows[:-1]])
    with pytest.raises(VerificationError, match=r"Expected the stories\.parquet that the manifest"):
        Stories(own_build)
    write_atomic(own_build / INDEX_NAME, (build / INDEX_NAME).read_bytes())
    assert len(Stories(own_build)) == 8


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
