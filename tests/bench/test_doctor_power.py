"""How surely the doctor sees each fault in 200 stories, and how often it complains of a good set.

Prints the tables of storybench/predictions/doctor/README.md. STORYBENCH_DRAWS sets how many draws
of 200 stories stand behind each number: 20 unless set.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from storybench.predictions.diagnosis import Fault
from tests.predictions.doctor.faults import ORDER, PIXELS, Planted
from tests.predictions.doctor.learned import Learned
from tests.predictions.doctor.world import Frames, Told, World, good, make_world, told

pytestmark = pytest.mark.bench

DRAWS = int(os.environ.get("STORYBENCH_DRAWS", "20"))
STORIES = 200
WORLDS = 3
POWER = 0.95
FALSE_ALARMS = 0.01
MODELS = ("learned", "copy-source")
TRUE_OF = {"copy-source": {"copies of the source"}}
"""What is rightly said of a good set of that model."""


@dataclass(frozen=True)
class Draw:
    """Two hundred stories of a world in their order, and a generator for what is random."""

    world: World
    rows: np.ndarray
    generator: np.random.Generator

    def real(self) -> Frames:
        """Their real frames."""
        return self.world.real("test")[self.rows]

    def drawn(self, model: str) -> Frames:
        """What a model draws for them."""
        return self.world.drawn(model)[self.rows]

    def told(self, frames: Frames) -> Told:
        """What the doctor says."""
        return told(self.world, frames, rows=self.rows.tolist())


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    """Worlds of about 390 test stories each."""
    folder: Path = tmp_path_factory.mktemp("worlds")
    return [make_world(folder / str(seed), stories=1500, seed=seed) for seed in range(WORLDS)]


def draws(worlds: Sequence[World], n: int, *, seed: int) -> Iterator[Draw]:
    """Windows of whole neighbourhoods: 200 stories in a row of a world, from a random one on."""
    for number in range(n):
        generator = np.random.default_rng([seed, number])
        world = worlds[number % len(worlds)]
        start = int(generator.integers(len(world.real("test")) - STORIES + 1))
        yield Draw(world, np.arange(start, start + STORIES), generator)


@pytest.mark.parametrize("faults", [ORDER, PIXELS], ids=["order", "pixels"])
def test_every_fault_is_seen(worlds: list[World], faults: Sequence[Planted]) -> None:
    """With power 0.95 and more, in pictures of both models; it says where nothing changes."""
    print(f"\n| fault | rule | learned | copy-source |  ({DRAWS} draws of {STORIES} stories)")
    missed: list[str] = []
    for number, fault in enumerate(faults):
        shares = [_power(fault, model, worlds, seed=number) for model in MODELS]
        print(f"| {fault.name} | {', '.join(fault.rules)} | {' | '.join(map(_share, shares))} |")
        missed += [fault.name for share in shares if share is not None and share < POWER]
    assert not missed


def test_good_sets_are_left_alone(worlds: list[World]) -> None:
    """No more than one false alarm in a hundred, of any kind, whatever the model."""
    print(f"\n| good set | false alarms | aligned |  ({5 * DRAWS} draws of {STORIES} stories)")
    shares = []
    for name, make in _good_sets(worlds).items():
        alarms: Counter[str] = Counter()
        aligned = 0
        for draw in draws(worlds, 5 * DRAWS, seed=1000):
            found = draw.told(make(draw))
            alarms.update(found.kinds - TRUE_OF.get(name, set()) - {"alignment unknown"})
            aligned += found.alignment.outcome == "aligned"
        share = sum(alarms.values()) / (5 * DRAWS)
        print(f"| {name} | {share:.3f} {dict(alarms) or ''} | {aligned / (5 * DRAWS):.3f} |")
        shares.append(share)
    assert max(shares) <= FALSE_ALARMS


def test_weak_models_are_never_called_misaligned(worlds: list[World]) -> None:
    """Pictures that know nothing of their stories are "cannot tell"."""
    print(f"\n| weak set | called misaligned | cannot tell |  ({5 * DRAWS} draws)")
    for name, make in WEAK.items():
        outcomes: Counter[str] = Counter()
        for draw in draws(worlds, 5 * DRAWS, seed=2000):
            found = draw.told(make(draw))
            accused = any(
                isinstance(one, Fault) and one.kind == "misaligned" for one in found.problems
            )
            outcomes["misaligned" if accused else found.alignment.outcome] += 1
        n = 5 * DRAWS
        print(f"| {name} | {outcomes['misaligned'] / n:.3f} | {outcomes['cannot tell'] / n:.3f} |")
        assert outcomes["misaligned"] <= FALSE_ALARMS * n


def _power(fault: Planted, model: str, worlds: Sequence[World], *, seed: int) -> float | None:
    """Share of draws in which the fault is told by its name; None where nothing changes."""
    if model in fault.changes_nothing_for:
        return None
    seen = [
        draw.told(fault.spoil(draw.drawn(model), draw.real(), draw.generator)).has(
            fault.kind, fault.rules
        )
        for draw in draws(worlds, DRAWS, seed=seed)
    ]
    return float(np.mean(seen))


def _good_sets(worlds: Sequence[World]) -> dict[str, Callable[[Draw], Frames]]:
    """Models of several strengths, and what pictures go through on their way."""
    weaker = {
        id(world): Learned(world.real("train"), world.captions("train"), codes=12)
        for world in worlds
    }

    def weak(draw: Draw) -> Frames:
        captions = draw.world.captions("test")
        return weaker[id(draw.world)](draw.real()[:, 0], [captions[row] for row in draw.rows])

    def darker(draw: Draw) -> Frames:
        return np.rint(draw.drawn("learned") * draw.generator.uniform(0.7, 0.9)).astype(np.uint8)

    def noisy(draw: Draw) -> Frames:
        frames = draw.drawn("learned")
        noise = draw.generator.normal(0, draw.generator.uniform(4, 20), frames.shape)
        return np.clip(np.rint(frames + noise), 0, 255).astype(np.uint8)

    return {
        "learned": lambda draw: draw.drawn("learned"),
        "copy-source": lambda draw: draw.drawn("copy-source"),
        "learned, 12 codes": weak,
        "learned, darker": darker,
        "learned, noisy": noisy,
        "truth, blurred, with noise": lambda draw: good(draw.real()[:, 1:], draw.generator),
    }


def _strangers(draw: Draw) -> Frames:
    """Real training stories in no order."""
    train = draw.world.real("train")
    return train[draw.generator.integers(0, len(train), STORIES), 1:]


def _other_films(draw: Draw) -> Frames:
    """Training stories in the order of their films: neighbours are alike, as in the truth."""
    train = draw.world.real("train")
    start = int(draw.generator.integers(len(train) - STORIES))
    return train[start : start + STORIES, 1:]


def _noise(draw: Draw) -> Frames:
    """An untrained model."""
    shape = draw.drawn("copy-source").shape
    return draw.generator.integers(0, 256, shape).astype(np.uint8)


def _one_picture(draw: Draw) -> Frames:
    """A model that draws the mean picture, and a little noise."""
    mean = draw.world.real("train")[:, 1:].mean(axis=(0, 1))
    shape = draw.drawn("copy-source").shape
    noisy = mean + draw.generator.normal(0, 6, shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


WEAK: dict[str, Callable[[Draw], Frames]] = {
    "real stories of other films": _strangers,
    "other films in their order": _other_films,
    "noise": _noise,
    "the mean picture": _one_picture,
}


def _share(value: float | None) -> str:
    return "nothing changes" if value is None else f"{value:.2f}"
