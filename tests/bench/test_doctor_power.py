"""How surely the doctor sees each fault in 200 stories, and how often it complains of a good set.

Prints the tables of storybench/predictions/doctor/README.md. STORYBENCH_DRAWS sets how many draws
of 200 stories stand behind each power: 60 unless set, of which none may be missed to show 0.95 at
95 % confidence; five times as many behind each rate of false alarms show 0.01.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from storybench.predictions.problem import Fault
from tests.predictions.doctor.data_faults import DATA
from tests.predictions.doctor.draws import Draw, draws
from tests.predictions.doctor.faults import ORDER, PIXELS
from tests.predictions.doctor.learned import Learned
from tests.predictions.doctor.planted import COPY, Planted
from tests.predictions.doctor.world import Frames, World, good, make_world

pytestmark = pytest.mark.bench

DRAWS = int(os.environ.get("STORYBENCH_DRAWS", "60"))
STORIES = 200
WORLDS = 6
POWER = 0.95
FALSE_ALARMS = 0.01
MODELS = ("learned", COPY)
TRUE_OF = {COPY: {"copies of the source"}, "other films in their order": {"overwritten"}}
"""What is rightly said of a set: windows of other films overlap as those of the split do, so that
slots of one clip share a picture."""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    """Worlds of more than 400 test stories each."""
    folder: Path = tmp_path_factory.mktemp("worlds")
    return [make_world(folder / str(seed), stories=1700, seed=seed) for seed in range(WORLDS)]


@pytest.mark.parametrize("faults", [ORDER, PIXELS, DATA], ids=["order", "pixels", "data"])
def test_every_fault_is_seen(worlds: list[World], faults: Sequence[Planted]) -> None:
    """With power 0.95 and more, in pictures of both models, where anything tells of it."""
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
        for draw in draws(worlds, 5 * DRAWS, stories=STORIES, seed=1000):
            found = draw.told(make(draw))
            alarms.update(found.kinds - TRUE_OF.get(name, set()) - {"alignment unknown"})
            aligned += found.alignment.outcome == "aligned"
        share = sum(alarms.values()) / (5 * DRAWS)
        print(f"| {name} | {share:.3f} {dict(alarms) or ''} | {aligned / (5 * DRAWS):.3f} |")
        shares.append(share)
    assert max(shares) <= FALSE_ALARMS


def test_weak_models_are_never_accused(worlds: list[World]) -> None:
    """Pictures that know nothing of their stories are "cannot tell", and no fault is found."""
    n = 5 * DRAWS
    print(f"\n| weak set | accused | cannot tell |  ({n} draws)")
    shares = []
    for name, make in WEAK.items():
        accused: Counter[str] = Counter()
        unknown = 0
        for draw in draws(worlds, n, stories=STORIES, seed=2000):
            found = draw.told(make(draw))
            faults = {one.kind for one in found.problems if isinstance(one, Fault)}
            accused.update(faults - TRUE_OF.get(name, set()))
            unknown += found.alignment.outcome == "cannot tell"
        share = sum(accused.values()) / n
        print(f"| {name} | {share:.3f} {dict(accused) or ''} | {unknown / n:.3f} |")
        shares.append(share)
    assert max(shares) <= FALSE_ALARMS


def _power(fault: Planted, model: str, worlds: Sequence[World], *, seed: int) -> float | None:
    """Share of draws in which the fault is told by its name; None where nothing tells of it."""
    if model in fault.changes_nothing_for:
        return None
    some = draws(worlds, DRAWS, stories=STORIES, seed=seed)
    return float(np.mean([fault.is_told(draw, model) for draw in some]))


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
    return "nothing tells" if value is None else f"{value:.2f}"
