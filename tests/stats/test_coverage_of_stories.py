"""Do the intervals of what looks at whole stories, captions and copies cover what they say?

As in `test_coverage_simulation.py`: evaluations are drawn from a show of the toy world, and an
interval is right where it holds the mean over all draws. Every number is computed by the metric's
own code, on features of the twin extractor, and gets its interval as in `storybench eval`. CLIP has
no weights here: the twin stands for its image tower, and a caption is embedded near the pictures of
whoever it names.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storybench.metrics import clip, twin
from storybench.metrics.clip_score import ClipScore
from storybench.metrics.consistency import Consistency
from storybench.metrics.copying import Copying
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import Features
from storybench.metrics.story_fd import StoryFD
from tests.stats.copier import Episode as Watched
from tests.stats.copier import Studio
from tests.stats.covering import Array, Found, add, drawn, share_covered, table, values
from tests.stats.show import MANNERISM, Episode, caption, evaluation, show

MANY = 160
"""Episodes of the show."""

N_DRAWS = 300
RATES = ("copy_source_rate", "copy_train_rate", "copy_exact_rate")

episodes = functools.cache(show)


class Captions:
    """A text tower: the mean picture of those who are named, and a direction of its own."""

    def __init__(self, pool: Sequence[Episode]) -> None:
        labels = np.concatenate([one.labels for one in pool])
        pictures = np.concatenate([one.real for one in pool])
        mean = np.linalg.lstsq(_with_one(labels), pictures, rcond=None)[0]
        askew = np.random.default_rng(3).normal(0, 0.8 * mean.std(), mean.shape)
        said = np.unique(labels, axis=0)
        self._rows = dict(zip(map(caption, said), _with_one(said) @ (mean + askew), strict=True))

    def __call__(self, weights: Path | None, captions: Sequence[str]) -> Features:
        """Embeddings (n, d)."""
        return np.stack([self._rows[text] for text in captions]).astype(np.float32)


def _with_one(labels: np.ndarray) -> Array:
    return np.hstack([labels.astype(np.float64), np.ones((len(labels), 1))])


@pytest.fixture
def clip_of_the_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin in place of CLIP's image tower, the captions of the show in that of its other."""
    image_tower = replace(twin.load(), arch="clip-twin")
    monkeypatch.setattr(clip, "load", lambda weights=None: image_tower)
    monkeypatch.setattr(clip, "text", Captions(episodes(MANY, MANNERISM)))


@pytest.fixture(scope="module")
def studio() -> Studio:
    """Both models, and what they were trained on."""
    return Studio()


def of_stories(given: Evidence) -> Found:
    """Consistency, CLIP's scores and distances of stories of one evaluation."""
    found: Found = {}
    for metric in (Consistency(), ClipScore(), StoryFD()):
        add(found, metric.estimate(given), given.slots)
    return found


def with_clip(given: Evidence) -> Evidence:
    """Evidence whose features are those of CLIP's stand-in as well."""
    made, real = (given.features(side) for side in ("generated", "reference"))
    network = clip.load()
    return Evidence.of(
        made,
        real,
        given.slots.groups,
        extractor=given.extractor,
        slots=given.slots,
        source=given.features("source"),
        more={("generated", network): made, ("reference", network): real},
    )


def joined(parts: Sequence[Found]) -> Found:
    """The draws of every metric together."""
    found: Found = {}
    for part in parts:
        for name, pairs in part.items():
            found.setdefault(name, []).extend(pairs)
    return found


def radar(studio: Studio, pool: Sequence[Watched], *, seed: int) -> Found:
    """What the copy radar says of every draw."""
    found: Found = {}
    for row in drawn(len(pool), N_DRAWS, seed=seed):
        given = studio.evidence([pool[number] for number in row])
        add(found, Copying().estimate(given), given.slots)
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("clip_of_the_show")
def test_intervals_of_stories_and_captions_cover() -> None:
    """Between 0.92 and 0.98 of 300 intervals hold what they should, whichever the metric."""
    pool = episodes(MANY, MANNERISM)
    rows = drawn(MANY, N_DRAWS, seed=0)
    evaluations = (evaluation([pool[number] for number in row], twin.load()) for row in rows)
    found = joined([of_stories(with_clip(one)) for one in evaluations])
    sys.stdout.write(table(found))
    shares = {name: share_covered(pairs) for name, pairs in found.items()}
    assert set(shares) == {
        *("consistency", "consistency_neighbour", "consistency_source", "consistency_gap"),
        *("diversity", "order_sensitivity", "clip_t", "clip_i"),
        *("story_fd", "story_fd_mean", "story_fd_motion"),
    }
    assert all(0.92 <= share <= 0.98 for share in shares.values()), shares


@pytest.mark.slow
def test_intervals_of_the_copy_radar_cover(studio: Studio) -> None:
    """The same for a model that copies a fifth of its pictures and more."""
    found = radar(studio, [studio.copying(number) for number in range(MANY)], seed=0)
    sys.stdout.write(table(found))
    shares = {name: share_covered(pairs) for name, pairs in found.items()}
    assert set(shares) == {*RATES, "copy_train_ratio", "kd_without_copies"}
    assert all(0.92 <= share <= 0.98 for share in shares.values()), shares


@pytest.mark.slow
def test_a_rate_of_nearly_zero_is_covered_too(studio: Studio) -> None:
    """A model that hardly ever comes near a real frame by chance: most draws have none at all.

    `value ± t SE` would hold the rate in less than half of the draws, being 0 to 0 in the others.
    """
    found = radar(studio, [studio.honest(number) for number in range(MANY)], seed=0)
    rates = {name: found[name] for name in ("copy_source_rate", "copy_train_rate")}
    sys.stdout.write(table(rates))
    for pairs in rates.values():
        assert 0 < values(pairs).mean() < 0.01
        assert np.mean(values(pairs) == 0) > 0.4
        assert share_covered(pairs) >= 0.92
