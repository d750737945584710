"""How many clips an episode has, whoever is asked; and when a build would rather stop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.pororosv.caches import Caches
from storydata.pororosv.lengths import Lengths, settle
from storydata.pororosv.names import Clip
from storydata.pororosv.release import Release
from storydata.pororosv.stories import story_starts

TRUE = {"A_ep1": 12, "A_ep2": 4}
NO_CACHES = Caches(None, None)


def release(on_disk: Mapping[str, int] = TRUE) -> Release:
    """A release with strips up to those numbers."""
    clips = {
        name: {n: RawFile("x", "x") for n in range(1, length + 1)}
        for name, length in on_disk.items()
    }
    return Release(Path("raw"), "png", {}, clips)


def decide(
    *,
    captioned: Mapping[str, int] = TRUE,
    counter: Mapping[str, int] | None = None,
    caches: Caches = NO_CACHES,
    is_strict: bool = True,
    on_disk: Mapping[str, int] = TRUE,
) -> Lengths:
    """Settle the lengths."""
    return settle(
        release(on_disk),
        captioned,
        captions_name="descriptions.npy",
        counter=counter,
        caches=caches,
        is_strict=is_strict,
    )


def cached(lengths: Mapping[str, int]) -> Caches:
    """The caches of episodes of those lengths."""
    return Caches(tuple(story_starts(lengths)), None)


def test_the_counter_goes_first() -> None:
    """As in the official loaders."""
    lengths = decide(counter=TRUE, caches=cached(TRUE), captioned={"A_ep1": 15})
    assert (lengths.by_episode, lengths.counted_by) == (TRUE, "frames_counter.npy")
    assert Clip("A_ep1", 12) in lengths
    assert Clip("A_ep1", 13) not in lengths
    assert Clip("A_ep3", 1) not in lengths


def test_without_it_the_caches_say_it() -> None:
    """P5: VLCStoryGAN's classifier fails there. Episodes without a story are in no cache."""
    lengths = decide(caches=cached(TRUE), captioned={"A_ep1": 11, "A_ep2": 4})
    assert (lengths.by_episode, lengths.counted_by) == (TRUE, "img_cache4.npy")


def test_without_either_the_captions_say_it() -> None:
    """And missing strips, which a loader of that kind would count, shift nothing."""
    lengths = decide(on_disk={"A_ep1": 3})
    assert (lengths.by_episode, lengths.counted_by) == (TRUE, "descriptions.npy")


def test_counter_and_captions_that_differ_stop_a_released_split() -> None:
    """Ids would count one of two lists; nobody can tell which."""
    other = {**TRUE, "A_ep1": 13}
    with pytest.raises(
        RawDataError,
        match=r"frames_counter.npy and descriptions.npy .* found 13 and 12 for A_ep1, and no "
        r"img_cache4.npy, .* take frames_counter.npy away",
    ):
        decide(counter=other)
    assert decide(counter=other, is_strict=False).by_episode == other
    assert decide(counter=other, caches=cached(other)).by_episode == other


def test_strips_that_no_table_knows_stop_it_too() -> None:
    """With captions alone, a thirteenth strip could be a thirteenth clip."""
    more = {"A_ep1": 13, "A_ep3": 1}
    with pytest.raises(
        RawDataError,
        match=r"found 12 clips of A_ep1 there and one of number 13 on the disk \(1 more",
    ):
        decide(on_disk=more)
    assert decide(on_disk=more, is_strict=False).by_episode == TRUE
    assert decide(on_disk=more, counter=TRUE).by_episode == TRUE


def test_names_that_differ_in_case_alone_are_refused() -> None:
    """Keys of stories are in lower case: two episodes would share them."""
    with pytest.raises(RawDataError, match="found A_ep1 and a_ep1"):
        decide(captioned={"A_ep1": 5, "a_ep1": 5}, on_disk={})
