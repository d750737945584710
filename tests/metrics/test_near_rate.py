import numpy as np
import pytest

from storybench.metrics import near_rate as module
from storybench.metrics.near_rate import design_effect_of, near_rate
from storybench.stats import bootstrap

GROUPS = np.random.default_rng(0).integers(6, size=200)


def distances(*, seed, shift=0.0):
    """Distances with ties: rounded to two digits."""
    return np.random.default_rng(seed).gamma(3, size=200).round(2) + shift


def brute_force(made, real, groups, weights, ordinary):
    """The rate of each draw, written out with the slots of its groups."""
    found = []
    for row in weights:
        chosen = np.concatenate(
            [np.flatnonzero(groups == group) for group in np.repeat(range(len(row)), row)]
        )
        found.append(np.mean(made[chosen] <= np.quantile(real[chosen], ordinary)))
    return found


@pytest.mark.parametrize("ordinary", [0.0, 0.01, 0.37, 1.0])
@pytest.mark.parametrize("shift", [-1.0, 0.0, 3.0])
def test_every_draw_is_numpys_quantile_and_rate_of_its_slots(ordinary, shift):
    """Value and all draws, for quantiles in the middle and at the ends."""
    made, real = distances(seed=1, shift=shift), distances(seed=2)
    found = near_rate(made, real, GROUPS, ordinary=ordinary)
    assert found.value == np.mean(made <= np.quantile(real, ordinary))
    weights = bootstrap.weights(6)
    expected = brute_force(made, real, GROUPS, weights[:200], ordinary)
    assert found.replicates[:200] == pytest.approx(expected, abs=1e-12)
    assert len(found.replicates) == len(weights)


def test_how_many_draws_are_looked_at_together_changes_nothing(monkeypatch):
    """One at a time or all at once."""
    given = distances(seed=3), distances(seed=4), GROUPS
    whole = near_rate(*given, ordinary=0.05)
    monkeypatch.setattr(module, "DRAWS_AT_ONCE", 7)
    assert near_rate(*given, ordinary=0.05) == whole


def test_two_clusters_have_no_draws():
    """As few have no spread worth the name."""
    assert (
        near_rate(distances(seed=5), distances(seed=6), GROUPS % 2, ordinary=0.1).replicates == ()
    )


def test_the_design_effect_is_one_where_slots_are_alone_and_a_cluster_where_they_are_alike():
    """Independent slots: about 1. Whole clusters at once: their size. Never below 1."""
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(40), 25)
    assert design_effect_of(rng.random(1000) < 0.3, groups) == pytest.approx(1, abs=0.4)
    assert design_effect_of((rng.random(40) < 0.3)[groups], groups) == pytest.approx(25, rel=0.1)
    assert design_effect_of(np.arange(1000) % 7 == 0, groups) == 1
    assert design_effect_of(np.zeros(1000, bool), groups) == np.inf
    assert design_effect_of(np.arange(1000) < 3, groups % 2) == np.inf
