"""Shares with their intervals: by hand, and beside those of every other score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from storybench.analysis.shares import Counter, Share
from storybench.metrics import confusion
from storybench.metrics.tally import Tally
from storybench.stats import bootstrap, share
from tests.metrics.logits import CAST, logits, slots

EVERYONE = list(range(len(CAST)))


def counter(of=None, **noise) -> Counter:
    of = slots() if of is None else of
    return Counter.of(of, confusion.decide(logits(of, **noise)))


def test_everything_together_is_what_eval_reports() -> None:
    """Values and intervals are those of the metric, number by number."""
    found, of = counter(), slots()
    shares = found.shares(np.arange(of.n), EVERYONE)
    tally = Tally.of(found.decided, of)
    pairs = {"f1": "charf1", "precision": "char_precision", "recall": "char_recall",
             "exact": "frame_acc"}  # fmt: skip
    for name, metric in pairs.items():
        share, interval = getattr(shares, name), tally.interval(metric)
        assert share.value == pytest.approx(tally.value(metric))
        assert interval is not None
        assert share.interval == pytest.approx((interval.low, interval.high))


def test_one_character_is_a_column() -> None:
    """F1 and its interval are those of the metric's own table of characters."""
    found, of = counter(), slots()
    table = Tally.of(found.decided, of).per_character(CAST)
    for at, name in enumerate(CAST[:3]):
        f1 = found.shares(np.arange(of.n), [at]).f1
        assert f1.value == pytest.approx(table[name]["f1"])
        assert f1.interval == pytest.approx(tuple(table[name]["interval"]))


def test_some_slots_are_counted_by_hand() -> None:
    """Two of three labels found and one claim too many: 2/3, 2/3, 2/3; one of three slots exact."""
    of = slots(3, t=1, episodes=3)
    of = replace(of, labels=np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool))
    decided = np.array([[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0]], bool)
    shares = Counter.of(of, decided).shares(np.arange(3), [0, 1][:1])
    assert (shares.precision.value, shares.recall.value) == (1.0, pytest.approx(2 / 3))
    assert shares.f1.value == pytest.approx(0.8)
    assert shares.exact.value == pytest.approx(2 / 3)
    two = Counter.of(of, decided).shares(np.array([0, 1]), [0, 1])
    assert (two.precision.value, two.recall.value, two.exact.value) == (0.5, 0.5, 0.5)


def test_nothing_to_share_is_no_number() -> None:
    """No label: no recall. No prediction: no precision. No slot: nothing at all. Never a zero."""
    of = slots()
    assert not of.labels[:, 4].any(), "Eve is never there"
    nobody = Counter.of(of, np.zeros_like(of.labels)).shares(np.arange(of.n), [4])
    assert (nobody.precision, nobody.recall, nobody.f1) == (Share(None), Share(None), Share(None))
    assert nobody.exact.value == 1.0
    assert nobody.exact.interval is not None, "all draws agree, and it is a share of slots"
    squared = stats.t.ppf(0.975, 3) ** 2
    assert nobody.exact.interval == pytest.approx((4 / (4 + squared), 1.0))
    none = counter().shares(np.array([], np.intp), EVERYONE)
    assert none.f1 == none.exact == Share(None)


def test_who_is_never_drawn_has_recall_zero() -> None:
    """Zero, and no precision; no interval of width zero stands for certainty."""
    of = slots()
    decided = of.labels.copy()
    decided[:, 0] = False
    shares = Counter.of(of, decided).shares(np.arange(of.n), [0])
    assert shares.recall == Share(0.0)
    assert shares.f1 == Share(0.0)
    assert shares.precision == Share(None)


@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_an_accuracy_at_the_end_of_its_range_is_that_of_eval(noise) -> None:
    """All or none exact: as many slots count as one as the real frames say, here as there."""
    of = slots(40, episodes=8)
    decided = confusion.decide(logits(of, noise=noise))
    if noise:
        decided = decided.copy()
        decided[:, 0] = ~of.labels[:, 0]
    real = confusion.decide(logits(of, noise=0.6, seed=9))
    mine = Counter.of(of, decided).shares(np.arange(of.n), EVERYONE, beside=Counter.of(of, real))
    tally, ceiling = Tally.of(decided, of), Tally.of(real, of)
    assert mine.exact.value == tally.value("frame_acc") == float(noise == 0)
    effect = tally.design_effect("frame_acc", beside=ceiling)
    assert effect is not None
    assert 1 <= effect < of.n
    expected = share.of_draws(
        tally.value("frame_acc"),
        tally.replicates("frame_acc"),
        n=of.n,
        n_groups=8,
        design_effect=effect,
    )
    assert expected is not None
    assert mine.exact.interval is not None
    assert mine.exact.interval == pytest.approx((expected.low, expected.high))
    assert mine.exact.interval[1] - mine.exact.interval[0] > 0.01


def test_few_episodes_with_a_say_widen_the_interval() -> None:
    """Its t quantile is that of the episodes that have the character; under three there is none."""
    of = slots(24, episodes=8)
    rng = np.random.default_rng(0)
    for n, expected in ((2, False), (3, True), (8, True)):
        labels = of.labels.copy()
        labels[:, 0] = (rng.random(of.n) < 0.5) & (of.groups < n)
        decided = labels & (rng.random(labels.shape) < 0.6)
        found = Counter.of(replace(of, labels=labels), decided)
        recall = found.shares(np.arange(of.n), [0]).recall
        assert (recall.interval is not None) == expected
        if recall.interval is None or recall.value is None:
            continue
        counts = confusion.count(
            decided[:, :1], labels[:, :1], rows=of.groups, story=of.story, n_rows=8
        ).drawn(bootstrap.weights(8))
        drawn = counts.hits[:, 0] / np.where(counts.present[:, 0], counts.present[:, 0], np.nan)
        error = float(np.nanstd(drawn, ddof=1)) * np.sqrt(n / (n - 1))
        reach = float(stats.t.ppf(0.975, n - 1)) * error
        bounds = max(recall.value - reach, 0), min(recall.value + reach, 1)
        assert recall.interval == pytest.approx(bounds)


def test_slots_of_one_episode_move_together() -> None:
    """An interval over episodes that differ is wider than one over episodes that are alike."""
    of = slots(40, episodes=5)
    labels = np.ones_like(of.labels)
    by_episode = labels & (of.groups < 3)[:, None]
    mixed = labels & (np.arange(of.n) % 5 < 3)[:, None]
    mixed[:3] = False  # so that draws differ
    one, other = (
        Counter.of(replace(of, labels=labels), decided).shares(np.arange(of.n), [0]).recall.interval
        for decided in (by_episode, mixed)
    )
    assert one is not None
    assert other is not None
    assert one[1] - one[0] > 4 * (other[1] - other[0])
