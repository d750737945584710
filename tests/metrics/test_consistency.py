import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench import registry
from storybench.errors import MissingError
from storybench.metrics.consistency import BOUNDS, Consistency, story_parts
from storybench.metrics.evidence import Evidence, Options, Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storybench.metrics.paper_pixels import STORY64
from storybench.report.picking import ranking
from storybench.stats import bootstrap
from tests.metrics.fakes import extractor, pictures, table


def features(stories, frames, *, d=8, seed=0):
    """Rows (stories * frames, d) with cosines of either sign."""
    return np.random.default_rng(seed).normal(0.3, 1, (stories * frames, d)).astype(np.float32)


def slots(stories, targets, *, n_groups=4, source=False):
    """All targets of some stories, and their sources where these are scored too."""
    numbers = np.arange(0 if source else 1, targets + 1)
    story = np.repeat(np.arange(stories), len(numbers))
    groups = story * n_groups // stories
    return Slots(
        stories=tuple(f"s{index}" for index in range(stories)),
        clusters=tuple(f"c{index * n_groups // stories}" for index in range(stories)),
        story=story,
        k=np.tile(numbers, stories),
        groups=groups,
        captions=("",) * len(story),
    )


def evidence(stories=12, targets=4, *, made=None, real=None, **more):
    """Stories of random features, or of those that are given, rows (s * t, d)."""
    return Evidence.of(
        table(features(stories, targets, seed=1) if made is None else made),
        table(features(stories, targets, seed=2) if real is None else real),
        groups=np.zeros(0),
        extractor=extractor(),
        slots=slots(stories, targets, **more),
        source=table(features(stories, 1, seed=3)),
    )


def estimates(of):
    """The estimates by the first part of their ids."""
    return {found.metric.split(".")[0]: found for found in Consistency().estimate(of)}


def stories_of(found):
    """The values of the stories of an estimate."""
    assert found.per_story is not None
    return np.array(found.per_story)


def plain(frames):
    """Consistency, neighbour part and source part of one story (t + 1, d), frame by frame."""
    vectors = [F.normalize(torch.from_numpy(frame), dim=-1) for frame in frames]
    neighbour = source = 0.0
    for i in range(1, len(vectors)):
        neighbour += max(0.0, F.cosine_similarity(vectors[i], vectors[i - 1], dim=0).item())
        source += max(0.0, F.cosine_similarity(vectors[i], vectors[0], dim=0).item())
    n = len(vectors) - 1
    return (neighbour + source) / 2 / n, neighbour / n, source / n


def whole_stories(made, sources, targets):
    """Stories (t + 1, d), source first."""
    return [
        np.concatenate([sources[index : index + 1], made[targets * index :][:targets]])
        for index in range(len(sources))
    ]


def test_it_equals_a_plain_loop_over_frames():
    """VBench's formula written out frame by frame with torch gives the same three numbers."""
    stories = whole_stories(features(12, 4, seed=1), features(12, 1, seed=3), 4)
    expected = np.array([plain(story) for story in stories])
    found = estimates(evidence())
    for column, name in enumerate(["consistency", "consistency_neighbour", "consistency_source"]):
        assert found[name].per_story == pytest.approx(expected[:, column], abs=1e-6)
        assert found[name].value == pytest.approx(expected[:, column].mean(), abs=1e-6)


def test_golden_values():
    """Vectors of the plane at known angles: 0, 60, 120 and 0 degrees."""
    angles = np.radians([0, 60, 120, 0])
    parts = story_parts(np.stack([np.cos(angles), np.sin(angles)], axis=1)[None])
    assert parts.neighbour[0] == pytest.approx((0.5 + 0.5 + 0) / 3)
    assert parts.source[0] == pytest.approx((0.5 + 0 + 1) / 3)
    assert parts.diversity[0] == pytest.approx(1 - (0.5 - 0.5 + 0.5) / 3)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), targets=st.integers(1, 4))
def test_the_shuffled_story_is_the_mean_over_every_order(seed, targets):
    """The closed form equals the neighbour part averaged over all permutations of the targets."""
    story = features(1, targets + 1, d=3, seed=seed)
    orders = [[0, *order] for order in itertools.permutations(range(1, targets + 1))]
    expected = story_parts(np.stack([story[order] for order in orders])).neighbour.mean()
    assert story_parts(story[None]).shuffled[0] == pytest.approx(expected, abs=1e-6)


def test_a_frozen_picture_scores_one_and_is_told():
    """A story of one picture has consistency 1, diversity 0, no order, and a gap to the real."""
    sources = features(12, 1, seed=3)
    found = estimates(evidence(made=np.repeat(sources, 4, axis=0)))
    assert found["consistency"].value == pytest.approx(1)
    assert found["diversity"].value == pytest.approx(0, abs=1e-7)
    assert found["order_sensitivity"].value == pytest.approx(0, abs=1e-7)
    real = found["consistency"].settings["real_frames"]
    assert found["consistency_gap"].value == pytest.approx(1 - real)
    assert found["consistency_gap"].value > 0.3


def test_the_same_number_of_the_real_frames_stands_beside():
    """`real_frames` is what the real frames score when they are handed in as generated."""
    real = features(12, 4, seed=2)
    of_real = estimates(evidence(made=real))
    for name, found in estimates(evidence()).items():
        expected = of_real[name.replace("_gap", "")].value
        assert found.settings["real_frames"] == pytest.approx(expected)


def test_real_frames_have_no_gap():
    """The gap of the real frames is 0 in every draw."""
    real = features(12, 4, seed=2)
    gap = estimates(evidence(made=real, real=real))["consistency_gap"]
    assert gap.value == 0
    assert set(gap.replicates) == {0}


def test_the_draws_of_a_gap_are_paired():
    """Every draw takes the same episodes from both sides, so what they share cancels."""
    made, real = features(12, 4, seed=1), features(12, 4, seed=2)
    found = estimates(evidence(made=made, real=real))
    weights = bootstrap.weights(4) / 4
    by_group = stories_of(found["consistency"]).reshape(4, 3).mean(axis=1)
    of_real = estimates(evidence(made=real))["consistency"]
    real_by_group = stories_of(of_real).reshape(4, 3).mean(axis=1)
    sign = np.sign(found["consistency"].value - of_real.value)
    assert found["consistency_gap"].replicates == pytest.approx(
        sign * (weights @ (by_group - real_by_group))
    )


def test_the_gap_of_a_story_has_no_sign():
    """A story far below its real frames is not ahead of one that is as they are; draws cancel."""
    made, real = features(12, 4, seed=1), features(12, 4, seed=2)
    found = estimates(evidence(made=made, real=real))
    of_real = stories_of(estimates(evidence(made=real))["consistency"])
    apart = stories_of(found["consistency"]) - of_real
    assert apart.min() < 0 < apart.max()
    assert stories_of(found["consistency_gap"]) == pytest.approx(np.abs(apart))
    assert found["consistency_gap"].value == pytest.approx(abs(apart.mean()))
    assert min(found["consistency_gap"].replicates) < 0, "signed, around a gap of nearly 0"
    ids = [f"s{index}" for index in range(12)]
    values = stories_of(found["consistency_gap"]).tolist()
    assert ranking(values, ids, higher_is_better=False)[-1] == np.argmin(np.abs(apart))


def test_all_sides_take_one_path_whatever_the_protocol():
    """Frames of the real ones handed in have no gap where real frames go another way."""
    album = Album()
    plain = Evidence(slots=slots(3, 2, n_groups=3), extractor=extractor(), pictures=album)
    for of in (plain, replace(plain, paths={"reference": STORY64})):
        found = estimates(of)
        assert found["consistency_gap"].value == 0
        assert found["consistency"].value == found["consistency"].settings["real_frames"]
    assert of.features("reference").rows != pytest.approx(of.features("generated").rows)


def test_ids_name_a_path_that_is_not_the_networks_own():
    """Two protocols with other paths never write under one id; the network's own is not named."""
    plain = Evidence(slots=slots(3, 2, n_groups=3), extractor=extractor(), pictures=Album())
    through = replace(plain, extractor=extractor().through(STORY64))
    assert "consistency.fake.00000000.targets.v1" in metrics_of(plain)
    assert "consistency.fake.00000000.story64.targets.v1" in metrics_of(through)


class Album:
    """Six real frames of three stories, and the same as generated ones."""

    def of(self, side):
        """Pictures of a side."""
        return pictures(3, seed=2) if side == "source" else pictures(6, seed=1)

    def train(self):
        """No such split."""


def metrics_of(of):
    """The ids that are written."""
    return {found.metric for found in Consistency().estimate(of)}


def test_order_matters_to_the_score_of_a_story_that_drifts():
    """Frames that turn away from the source step by step are told from the same ones shuffled."""
    angles = np.linspace(0, np.pi / 2, 5)
    drifting = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    parts = story_parts(np.stack([drifting, drifting[[0, 3, 1, 4, 2]]]))
    in_order, mixed = parts.named()["order_sensitivity"]
    assert in_order > 0.1 > mixed


def test_a_scored_source_frame_is_not_a_target():
    """Where a protocol scores the source too, the numbers are those of the targets alone."""
    made = features(12, 4, seed=1)
    padded = np.concatenate([features(12, 1, seed=9)[:, None], made.reshape(12, 4, -1)], axis=1)
    expected, found = (
        Consistency().estimate(of)
        for of in (
            evidence(made=made),
            evidence(made=padded.reshape(60, -1), real=features(12, 5), source=True),
        )
    )
    assert found[0].value == expected[0].value
    assert found[0].n == expected[0].n == 48


def test_stories_of_one_target_have_no_pairs():
    """With one target there is neither diversity nor order, and no NaN in their place."""
    found = estimates(evidence(targets=1))
    assert set(found) == set(BOUNDS) - {"diversity", "order_sensitivity"}
    assert not any(np.isnan(one.value) for one in found.values())


def test_one_table_row_for_several_slots():
    """Pictures that stand in several slots are looked up by slot."""
    rows = features(3, 4, seed=5)
    of = evidence(3, 4, n_groups=3)
    shared = FeatureTable(
        rows=rows[:4], slots=np.tile(np.arange(4), 3), hashes=tuple(f"{k:064x}" for k in range(4))
    )
    again = Evidence.of(
        shared,
        of.features("reference"),
        groups=np.zeros(0),
        extractor=extractor(),
        slots=of.slots,
        source=of.features("source"),
    )
    expected = [
        plain(story)[0]
        for story in whole_stories(np.tile(rows[:4], (3, 1)), features(3, 1, seed=3), 4)
    ]
    assert estimates(again)["consistency"].per_story == pytest.approx(expected, abs=1e-6)


def test_many_stories_go_some_at_a_time(monkeypatch):
    """The number of stories that are looked at together changes nothing."""
    whole = Consistency().estimate(evidence())
    monkeypatch.setattr("storybench.metrics.consistency.STORIES_AT_ONCE", 5)
    pieces = Consistency().estimate(evidence())
    assert [one.per_story for one in pieces] == [one.per_story for one in whole]


def test_ids_name_the_network():
    """Through the run's own extractor the number has that extractor in its id."""
    assert [one.metric for one in Consistency().estimate(evidence())] == [
        f"{name}.fake.00000000.targets.v1"
        for name in (
            "consistency",
            "consistency_gap",
            "consistency_neighbour",
            "consistency_source",
            "diversity",
            "order_sensitivity",
        )
    ]


def test_with_dino_weights_it_has_its_own_name(monkeypatch):
    """Through DINO the same formula on DINO's features, under ids that say so."""
    dino = extractor(sha256="d" * 64)
    made, sources = features(12, 4, seed=7), features(12, 1, seed=8)
    of = evidence()
    more: dict[tuple[Any, Extractor], FeatureTable] = {
        ("generated", dino): table(made),
        ("reference", dino): table(features(12, 4, seed=9)),
        ("source", dino): table(sources),
    }
    of = Evidence.of(
        of.features("generated"),
        of.features("reference"),
        groups=np.zeros(0),
        extractor=extractor(),
        slots=of.slots,
        source=of.features("source"),
        more=more,
    )
    monkeypatch.setattr(registry, "load", lambda kind, name: lambda weights: dino)
    first, *others = Consistency().estimate(of)
    assert first.metric == "dino_consistency.fake.dddddddd.targets.v1"
    assert all(one.metric.startswith("dino_") for one in others)
    expected = [plain(story)[0] for story in whole_stories(made, sources, 4)]
    assert first.per_story == pytest.approx(expected, abs=1e-6)
    assert first.bounds == (0, 1)


def test_dino_weights_that_were_named_must_be_there(tmp_path):
    """A file that the user named and that is not there is an error, not another metric."""
    of = evidence()
    named = Evidence.of(
        of.features("generated"),
        of.features("reference"),
        groups=np.zeros(0),
        extractor=extractor(),
        slots=of.slots,
        source=of.features("source"),
        options=Options(dino=tmp_path / "nowhere.pth"),
    )
    with pytest.raises(MissingError):
        Consistency().estimate(named)
