"""The caches of the release are computed anew, and must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import InputError, RawDataError
from storydata.kit.raw import RawFile
from storydata.pororosv.caches import Caches, check_caches, read_caches, trusted_starts
from storydata.pororosv.names import Clip
from storydata.pororosv.stories import story_starts
from tests.pororosv.releases import EPISODES, STARTS, clip_id, save_lists, write_caches

EXPECTED = story_starts(EPISODES)


def caches_in(folder: Path) -> Caches:
    """The caches that lie in a folder."""
    names = ("img_cache4.npy", "following_cache4.npy")
    return read_caches({n: RawFile(n, str(folder / n)) for n in names if (folder / n).exists()})


def check(folder: Path) -> None:
    """Compare the caches in a folder with the starts."""
    check_caches(caches_in(folder), EXPECTED, counted_by="frames_counter.npy")


def test_the_caches_of_the_release_agree(tmp_path: Path) -> None:
    """Arrays of bytes, in the official order; the lengths of episodes follow from them."""
    write_caches(tmp_path)
    check(tmp_path)
    with_stories = {name: n for name, n in EPISODES.items() if n > 4}
    assert caches_in(tmp_path).lengths == with_stories


@pytest.mark.parametrize("form", ["{}", "b'{}'", "/{}"])
def test_text_is_taken_whole(tmp_path: Path, form: str) -> None:
    """P3: the official loaders cut three characters off entries that are text (`[2:-1]`)."""
    write_caches(tmp_path)
    first = [form.format(f"{clip_id(*start)}.png") for start in STARTS]
    np.save(tmp_path / "img_cache4.npy", np.array(first))
    check(tmp_path)


def test_arrays_of_objects_are_read_as_well(tmp_path: Path) -> None:
    """A cache that was saved from a list of str objects."""
    write_caches(tmp_path)
    first = np.empty(len(STARTS), object)
    first[:] = [f"{clip_id(*start)}.png" for start in STARTS]
    np.save(tmp_path / "img_cache4.npy", first, allow_pickle=True)
    check(tmp_path)


def test_caches_of_three_following_clips_are_refused(tmp_path: Path) -> None:
    """P2: StoryDALL-E's loader writes 3 with its default, N - 3 starts, and spoils the folder."""
    write_caches(tmp_path)
    three = [[f"{clip_id(name, n + k)}.png" for k in (1, 2, 3)] for name, n in STARTS]
    np.save(tmp_path / "following_cache4.npy", np.array(three, "S"))
    with pytest.raises(RawDataError, match=r"4 following clips .* found 3: .*writes 3 .* away"):
        check(tmp_path)


def test_starts_of_the_spoiled_cache_are_refused_too(tmp_path: Path) -> None:
    """P2: N - 3 starts, even if the other cache is gone."""
    spoiled = story_starts({name: n + 1 for name, n in EPISODES.items()})
    np.save(tmp_path / "img_cache4.npy", np.array([f"{clip.id}.png" for clip in spoiled], "S"))
    with pytest.raises(RawDataError, match=r"the 15 story starts .* found 19: .* 4 are none"):
        check(tmp_path)


def test_another_order_is_shown_where_it_begins(tmp_path: Path) -> None:
    """Sorted by number instead of by text: ids would point at other stories."""
    numeric = sorted(STARTS)
    write_caches(tmp_path, numeric)
    with pytest.raises(
        RawDataError,
        match=r"found 15: entry 1 is Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/2 and not "
        r"Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/10; 0 are lacking, 0 are none\. .*nothing was "
        r"built",
    ):
        check(tmp_path)


def test_a_start_that_lacks_is_named(tmp_path: Path) -> None:
    """A list from a folder in which a strip was missing has one start less."""
    write_caches(tmp_path, STARTS[:-1])
    with pytest.raises(
        RawDataError,
        match=r"found 14: entry 14 is none and not Pororo_Rescue/Pororo_Rescue_ep2/1; "
        r"1 are lacking \(Pororo_Rescue/Pororo_Rescue_ep2/1\)",
    ):
        check(tmp_path)


def test_other_following_clips_are_refused(tmp_path: Path) -> None:
    """The four after the start, by number: nothing else is a story."""
    write_caches(tmp_path)
    after = np.load(tmp_path / "following_cache4.npy")
    after[2] = after[3]
    np.save(tmp_path / "following_cache4.npy", after)
    with pytest.raises(RawDataError, match=r"in row 2 of following_cache4.npy the 4 clips after"):
        check(tmp_path)
    np.save(tmp_path / "following_cache4.npy", after[:-1])
    with pytest.raises(RawDataError, match=r"one row for each of the 15 story starts .* found 14"):
        check(tmp_path)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((2, 2), "S9"), r"shape \(n,\) in img_cache4.npy, found an array"),
        (
            np.array([b"a/b/1.png"]),
            "entries like .* in img_cache4.npy, found b'a/b/1.png' as entry 0",
        ),
        (np.array([1.5]), "found 1.5 as entry 0"),
    ],
)
def test_what_is_no_cache_is_refused(tmp_path: Path, value: Any, message: str) -> None:
    """Another shape or type is named."""
    np.save(tmp_path / "img_cache4.npy", value)
    with pytest.raises(RawDataError, match=message):
        caches_in(tmp_path)


def test_a_ragged_cache_is_refused(tmp_path: Path) -> None:
    """Rows of different lengths are an array of lists, of one axis."""
    save_lists(tmp_path / "following_cache4.npy", [[1], [1, 2]])
    with pytest.raises(RawDataError, match=r"shape \(n, 4\) in following_cache4.npy"):
        caches_in(tmp_path)


def test_no_caches_are_no_error() -> None:
    """They are computed anyway."""
    check_caches(read_caches({}), [Clip("A_ep1", 1)], counted_by="x")


def test_trusted_caches_are_taken_as_they_are(tmp_path: Path) -> None:
    """Another order, or gaps: the list counts, as long as every story is five clips in a row."""
    write_caches(tmp_path, sorted(STARTS)[3:])
    trusted = trusted_starts(caches_in(tmp_path))
    assert trusted == tuple(Clip(*start) for start in sorted(STARTS)[3:])


def test_trusted_caches_must_agree_with_each_other(tmp_path: Path) -> None:
    """Both are there, no start stands twice, and four clips follow each by number."""
    write_caches(tmp_path, [STARTS[0], STARTS[1], STARTS[0]])
    with pytest.raises(RawDataError, match=r"every start once .*Pororo_ENGLISH1_1_ep1/1 twice"):
        trusted_starts(caches_in(tmp_path))
    write_caches(tmp_path)
    np.save(tmp_path / "img_cache4.npy", np.load(tmp_path / "img_cache4.npy")[::-1])
    with pytest.raises(RawDataError, match=r"in row 0 of following_cache4.npy the 4 clips after"):
        trusted_starts(caches_in(tmp_path))
    (tmp_path / "following_cache4.npy").unlink()
    with pytest.raises(InputError, match=r"with --trust-caches, found one of them at most"):
        trusted_starts(caches_in(tmp_path))
