"""Fréchet distances at 2048 dimensions against scipy's matrix square root, and FID at full size.

The full size is that of FlintstonesSV's test split: 2,309 stories, 9,236 slots, 2,360 distinct real
frames, 17 episodes; and the same frames in 31. Features are synthetic, non-negative and correlated,
as pooled activations are; what they are changes no time. `STORYBENCH_BENCH_SHARE` scales the number
of slots down for a look at whether it runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from numpy.typing import NDArray

from storybench.metrics import frechet

pytestmark = pytest.mark.bench

D = 2048
ROUNDS, CALLS = 3, 4
BLOCK = 256
SHARE = float(os.environ.get("STORYBENCH_BENCH_SHARE", "1"))
N_SLOTS, N_REAL = int(9236 * SHARE), int(2360 * SHARE)
SECONDS, MEGABYTES = 60.0, 4096.0

FULL = """
import resource, sys, time
import numpy as np
from storybench import registry
from storybench.metrics.evidence import Evidence
from tests.bench.test_frechet import full_size
name, n_slots, n_real, n_groups = sys.argv[1], *map(int, sys.argv[2:])
evidence = full_size(n_slots, n_real, n_groups)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
started = time.perf_counter()
estimates = registry.load("metrics", name)().estimate(evidence)
print(time.perf_counter() - started)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print(before)
print(estimates[0].value, len(estimates[0].replicates))
"""


def features(n: int, d: int, seed: int) -> NDArray[np.float32]:
    """ReLU of a correlated Gaussian with a spectrum that falls by a power."""
    mixing = np.random.default_rng(0).normal(size=(d, d)) * np.arange(1, d + 1) ** -0.5
    mixing *= (mixing.std() * d**0.5) ** -1
    rng, found = np.random.default_rng(seed), np.empty((n, d), np.float32)
    for at in range(0, n, BLOCK):
        rows = rng.normal(size=(min(BLOCK, n - at), d)) @ mixing
        found[at : at + BLOCK] = np.maximum(rows + 0.3, 0)
    return found


def full_size(n_slots: int, n_real: int, n_groups: int) -> Any:
    """Evidence in which each real frame stands in about four slots of one episode."""
    from storybench.metrics.evidence import Evidence
    from storybench.metrics.features import FeatureTable
    from tests.metrics.fakes import extractor

    real = np.arange(n_slots) * n_real // n_slots
    tables = (
        FeatureTable(features(n_slots, D, 1), np.arange(n_slots), ("",) * n_slots),
        FeatureTable(features(n_real, D, 2), real, ("",) * n_real),
    )
    groups = real * n_groups // n_real
    return Evidence.of(*tables, groups, extractor=extractor())


def in_turn(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """Seconds of both, the fastest of calls that alternate so that other work disturbs both.

    The fast one is called four times for each call of the slow one, which takes longer even so.
    """
    fast, slow = [], []
    for _ in range(ROUNDS):
        fast += [seconds(ours) for _ in range(CALLS)]
        slow.append(seconds(theirs))
    return min(fast), min(slow)


def seconds(call: Callable[[], float]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def by_sqrtm(
    first: tuple[NDArray[np.float64], NDArray[np.float64]],
    second: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> float:
    """The route of every story repository: scipy's square root of the product."""
    step = first[0] - second[0]
    root = scipy.linalg.sqrtm(first[1] @ second[1])
    return float(step @ step + np.trace(first[1]) + np.trace(second[1]) - 2 * np.trace(root).real)


def statistics(rows: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and covariance by numpy."""
    return rows.mean(0, dtype=np.float64), np.cov(rows, rowvar=False, dtype=np.float64)


def test_it_is_ten_times_as_fast_as_sqrtm_at_full_rank() -> None:
    """From the statistics of 3,000 and 3,100 rows, and equal to 8 digits."""
    a, b = features(3000, D, 1), features(3100, D, 2) * np.float32(0.9)
    ours = frechet.moments(a), frechet.moments(b)
    theirs = statistics(a), statistics(b)
    found = frechet.distance(*ours)
    assert found.value == pytest.approx(by_sqrtm(*theirs), rel=1e-8)
    assert not found.rank_deficient
    fast, slow = in_turn(lambda: frechet.distance(*ours).value, lambda: by_sqrtm(*theirs))
    print(f"\nd = {D}, n > d   ours {fast:.2f} s, sqrtm {slow:.2f} s: {slow / fast:.1f} times")
    assert slow / fast >= 10


def test_it_is_thirty_times_as_fast_as_sqrtm_on_five_hundred_rows() -> None:
    """From features to number, where theirs needs covariances that are not of full rank."""
    a, b = features(500, D, 3), features(500, D, 4) * np.float32(0.9)
    found = frechet.distance_of_few(a, b)
    assert found.value == pytest.approx(by_sqrtm(statistics(a), statistics(b)), rel=1e-4)
    assert found.rank_deficient
    fast, slow = in_turn(
        lambda: frechet.distance_of_few(a, b).value,
        lambda: by_sqrtm(statistics(a), statistics(b)),
    )
    print(f"\nd = {D}, n = 500   ours {fast:.3f} s, sqrtm {slow:.2f} s: {slow / fast:.0f} times")
    assert slow / fast >= 30


@pytest.mark.parametrize("n_groups", [17, 31])
def test_fid_with_its_interval_at_full_size(n_groups: int) -> None:
    """From cached features, with every episode left out in turn: under 60 s and 4 GB."""
    took, peak, _ = run("fid", n_groups)
    print(f"\nFID, {N_SLOTS:,} slots, {n_groups} episodes   {took:.1f} s, {peak:.0f} MB at most")
    assert took < SECONDS
    assert peak < MEGABYTES


@pytest.mark.parametrize("name", ["kid", "coverage"])
def test_what_the_other_distances_cost(name: str) -> None:
    """KID, and precision with its kin, with their intervals: in the same limits."""
    took, peak, _ = run(name, 17)
    print(f"\n{name}, {N_SLOTS:,} slots, 17 episodes   {took:.1f} s, {peak:.0f} MB at most")
    assert took < SECONDS
    assert peak < MEGABYTES


def test_memory_of_fid_does_not_grow_with_stories() -> None:
    """Beyond the features themselves, twice the slots take at most a tenth more."""
    extra = []
    for n_slots in (N_SLOTS // 2, N_SLOTS):
        _, peak, before = run("fid", 3, n_slots=n_slots)
        extra.append(peak - before)
    print(f"\nFID beyond its features   {extra[0]:.0f} MB for half the slots, {extra[1]:.0f} MB")
    assert extra[1] < 1.1 * extra[0] + 32


def run(name: str, n_groups: int, *, n_slots: int = N_SLOTS) -> tuple[float, float, float]:
    """Seconds of a metric in a process of its own, and its memory at most and before, in MB."""
    sizes = map(str, (n_slots, max(n_slots * N_REAL // N_SLOTS, 2), n_groups))
    done = subprocess.run(
        [sys.executable, "-c", FULL, name, *sizes], check=True, capture_output=True, text=True
    )
    took, peak, before, _ = done.stdout.splitlines()
    return float(took), float(peak), float(before)
