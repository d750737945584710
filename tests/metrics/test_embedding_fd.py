import numpy as np
import pytest

from storybench import registry
from storybench.errors import MissingError
from storybench.metrics import frechet
from storybench.metrics.embedding_fd import ClipFD, DinoFD
from storybench.metrics.evidence import Evidence, Options
from storybench.metrics.metric import Estimate
from storybench.types import Absent
from tests.metrics.fakes import extractor, table

GROUPS = np.repeat(np.arange(4), 10)


@pytest.fixture
def other(monkeypatch):
    """An embedding network that is installed as both CLIP and DINO; what was asked of it."""
    network = extractor(sha256="e" * 64)
    asked = []
    monkeypatch.setattr(
        registry,
        "load",
        lambda _, name: lambda weights: (asked.append((name, weights)), network)[1],
    )
    return network, asked


def evidence(more, **options):
    """Tables of the run's extractor, and those of another."""
    rng = np.random.default_rng(0)
    made, real = table(rng.normal(size=(40, 8))), table(rng.normal(size=(40, 8)))
    given = Options(**options)
    return Evidence.of(made, real, GROUPS, extractor=extractor(), more=more, options=given)


@pytest.mark.parametrize(("metric", "name"), [(ClipFD, "clip"), (DinoFD, "dino")])
def test_it_is_the_frechet_distance_of_the_other_networks_features(other, metric, name):
    """Value, extrapolation and replicates over both sides' embeddings; the id names the network."""
    network, asked = other
    rng = np.random.default_rng(1)
    rows = [rng.normal(size=(40, 8)) + shift for shift in (0, 1)]
    tables = [table(row) for row in rows]
    more = {("generated", network): tables[0], ("reference", network): tables[1]}
    first, second = metric().estimate(evidence(more))
    expected = frechet.distance(*(frechet.moments(t.rows) for t in tables)).value
    assert isinstance(first, Estimate)
    assert first.value == pytest.approx(expected, rel=1e-9)
    assert len(first.replicates) == 4
    assert first.metric == "fd.fake.eeeeeeee.targets.v1"
    assert second.metric == "fd_inf.fake.eeeeeeee.targets.v1"
    assert first.settings["extractor"]["weights_sha256"] == "e" * 64
    assert asked == [(name, None)]


@pytest.mark.parametrize("metric", [ClipFD, DinoFD])
def test_without_weights_it_is_absent_and_says_what_to_do(metric):
    """Not an error, not a zero: an entry with the command that gets the file."""
    (found,) = metric().estimate(evidence({}))
    assert isinstance(found, Absent)
    assert "storybench weights fetch" in found.reason


@pytest.mark.parametrize(("metric", "option"), [(ClipFD, "clip"), (DinoFD, "dino")])
def test_weights_that_were_named_must_be_there(tmp_path, metric, option):
    """Then it is an error, with the path."""
    with pytest.raises(MissingError, match=r"nowhere\.pt"):
        metric().estimate(evidence({}, **{option: tmp_path / "nowhere.pt"}))
