"""Under torch's DataLoader: however many workers, however started, the same stories and pictures.

Torch and its workers take seconds to start, so one loop over two epochs stands for each way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from storybench.loader.cache import FrameCache
from storybench.loader.dataset import StoryDataset
from storybench.loader.sampler import StorySampler
from storybench.loader.transform import Transform

data = pytest.importorskip("torch.utils.data")
torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

Seen = list[tuple[str, int]]
"""Id of each story and a hash of its pictures, in the order of the loop."""

WAYS: dict[str, dict[str, Any]] = {
    "in the process": {"num_workers": 0},
    "two forked": {"num_workers": 2, "multiprocessing_context": "fork"},
    "two forked that stay": {
        "num_workers": 2,
        "multiprocessing_context": "fork",
        "persistent_workers": True,
    },
    "two spawned that stay": {
        "num_workers": 2,
        "multiprocessing_context": "spawn",
        "persistent_workers": True,
    },
}


def make(toon: Path, **options: Any) -> StoryDataset:
    """The train split as a run would see it: drawn frames, drawn captions, flips."""
    transform = Transform(size=16, flip=0.5, scale="bytes")
    return StoryDataset(
        toon, "train", frames="random", captions="random", transform=transform, **options
    )


def epochs(
    dataset: StoryDataset, sampler: StorySampler, *, last: int, batch: int = 2, **way: Any
) -> Generator[Seen, None, None]:
    """The loop of the documentation; yields after each step."""
    loader = data.DataLoader(dataset, batch_size=batch, sampler=sampler, **way)
    for epoch in range(sampler.epoch, last):
        sampler.set_epoch(epoch)
        dataset.set_epoch(epoch)
        for step in loader:
            sampler.advance(len(step["id"]))
            yield [
                (story, hash((pixels.numpy().tobytes(), *captions)))
                for story, pixels, *captions in zip(
                    step["id"], step["targets"], *step["captions"], strict=True
                )
            ]


def flat(steps: Iterable[Seen]) -> Seen:
    """The steps of a loop as one."""
    return [story for step in steps for story in step]


@pytest.fixture(scope="module")
def expected(toon: Path) -> list[Seen]:
    """Two epochs, item by item without a loader."""
    dataset, sampler = make(toon), StorySampler(8, seed=5)
    return list(epochs(dataset, sampler, last=2, num_workers=0))


def test_a_batch_is_tensors(toon: Path) -> None:
    """The default collate makes tensors of arrays, and of captions a list over frames."""
    loader = data.DataLoader(StoryDataset(toon, "train"), batch_size=3)
    batch = next(iter(loader))
    assert batch["source"].shape == (3, 3, 256, 256)
    assert batch["source"].dtype == torch.float32
    assert batch["targets"].shape == (3, 4, 3, 256, 256)
    assert batch["characters"].tolist()[0] == [
        [1, 1, 0],
        [1, 0, 0],
        [1, 1, 1],
        [1, 0, 0],
        [1, 1, 0],
    ]
    assert batch["captions"][1:] == [
        (f"Pororo runs in {n}.", f"Pororo runs in {n + 1}.", f"Pororo runs in {n + 2}.")
        for n in range(2, 6)
    ]
    assert batch["id"] == ["ep1-1", "ep1-2", "ep1-3"]
    assert batch["index"].tolist() == [0, 1, 2]


def test_two_epochs_differ(expected: list[Seen]) -> None:
    """Each has every story once, in another order and with other frames."""
    first, second = (flat(steps) for steps in (expected[:4], expected[4:]))
    assert sorted(story for story, _ in first) == sorted(story for story, _ in second)
    assert [story for story, _ in first] != [story for story, _ in second]
    assert len({story for story, _ in first}) == 8
    assert len(dict(first).items() & dict(second).items()) < 4


@pytest.mark.parametrize(
    "way", [pytest.param(w, marks=pytest.mark.slow if "spawn" in w else ()) for w in WAYS]
)
def test_workers_change_nothing(toon: Path, expected: list[Seen], way: str) -> None:
    """None, two, and two that stay for all epochs and were started before the second."""
    found = list(epochs(make(toon), StorySampler(8, seed=5), last=2, **WAYS[way]))
    assert found == expected


def test_workers_share_a_cache(toon: Path, expected: list[Seen], tmp_path: Path) -> None:
    """Two workers and two epochs over one file: the same pictures."""
    dataset = make(toon, cache=FrameCache(tmp_path))
    assert list(epochs(dataset, StorySampler(8, seed=5), last=2, **WAYS["two forked"])) == expected


@pytest.mark.parametrize("stop", [1, 3, 4, 5])
def test_a_resumed_run_goes_on_exactly(toon: Path, expected: list[Seen], stop: int) -> None:
    """Stopped after any step, with workers ahead of it: the same remaining stories and pictures."""
    sampler = StorySampler(8, seed=5)
    run = epochs(make(toon), sampler, last=2, **WAYS["two forked"])
    before = [next(run) for _ in range(stop)]
    state = sampler.state_dict()
    run.close()
    resumed = StorySampler(8, seed=5)
    resumed.load_state_dict(state)
    assert before + list(epochs(make(toon), resumed, last=2, num_workers=0)) == expected


def test_two_ranks_see_what_one_sees(toon: Path, expected: list[Seen]) -> None:
    """Disjoint, together everything, and the same pictures of each story."""
    ranks = [
        flat(epochs(make(toon), StorySampler(8, rank=r, world=2, seed=5), last=1)) for r in (0, 1)
    ]
    assert not {story for story, _ in ranks[0]} & {story for story, _ in ranks[1]}
    assert sorted(ranks[0] + ranks[1]) == sorted(flat(expected[:4]))


def test_one_rank_goes_on_for_two(toon: Path, expected: list[Seen]) -> None:
    """Two ranks stop after a step each; one resumes and sees exactly the rest of the epoch."""
    samplers = [StorySampler(8, rank=r, world=2, seed=5) for r in (0, 1)]
    before = [next(epochs(make(toon), sampler, last=1)) for sampler in samplers]
    assert [sampler.n_consumed for sampler in samplers] == [4, 4]
    alone = StorySampler(8, seed=5)
    alone.load_state_dict(samplers[0].state_dict())
    rest = list(epochs(make(toon), alone, last=1))
    assert sorted(flat(before + rest)) == sorted(flat(expected[:4]))
