"""A run repeated from its report, and what came out otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.report.differences import Change, differences, say
from storybench.report.like import like
from storybench.types import Absent, Examination
from tests.report.evaluations import FID, FRAME_ACC, World, make_evaluation

SHA = "ab" * 32
NETWORK = {"arch": "twin", "weights_sha256": SHA}


def test_a_report_says_how_to_repeat_it(world: World):
    """Split and protocol; no extractor where the ids are those of the published weights."""
    found = like(make_evaluation(world.stories).report)
    assert found.options() == ("--split", "test", "--protocol", "sb-v1")
    assert found.extractor is None


def test_another_network_is_named(world: World):
    """A distance that is no FID names its network, and the hash of its weights."""
    report = make_evaluation(
        world.stories,
        settings={"extractor": NETWORK, "generated": {"layout": "canonical"}},
    ).report
    scores = (replace(report.scores[0], metric=f"fd.twin.{SHA[:8]}.targets.v1"),)
    found = like(replace(report, scores=scores))
    assert found.extractor == "twin"
    assert found.layout == "canonical"
    assert found.weights == {"twin": SHA}


def test_metrics_and_answers_are_repeated(world: World):
    """What ran beside the protocol's metrics, and what the layout was told."""
    settings = {"metrics": ["fid", "copying"], "generated": {"answers": {"batch_size": "4"}}}
    found = like(make_evaluation(world.stories, settings=settings).report)
    assert found.metrics == ("fid", "copying")
    assert found.answers == {"batch_size": "4"}


def test_a_classifier_is_told_by_its_hash(world: World):
    """The classifier's own file is what has to be found again, not its trunk."""
    settings = {"extractor": NETWORK, "classifier": {"sha256": "cd" * 32}}
    assert like(make_evaluation(world.stories, settings=settings).report).weights == {
        "classifier": "cd" * 32
    }


def test_what_the_doctor_said_is_compared_where_both_have_it(world: World):
    """An older report has nothing to differ from; a verdict that changed is told."""
    old = make_evaluation(world.stories).report
    new = replace(old, doctor=Examination("aligned", gain=7.8, chance=0.02))
    assert differences(old, new) == ()
    assert like(old) == like(new)
    later = replace(old, doctor=Examination("cannot tell", gain=7.8, chance=0.02))
    assert [say(one) for one in differences(new, later)] == [
        "doctor.verdict: was aligned, is cannot tell."
    ]


def test_the_same_report_differs_in_nothing(world: World):
    """Nothing changed, nothing is said."""
    report = make_evaluation(world.stories).report
    assert differences(report, make_evaluation(world.stories).report) == ()


@pytest.mark.parametrize(
    ("change", "kind", "about"),
    [
        ({"data_digest": "f" * 64}, "data", "build of the data"),
        ({"predictions_digest": "f" * 64}, "predictions", "predictions"),
        ({"model": {"name": "other"}}, "predictions", "model.name"),
        ({"protocol": "vlc-2021"}, "protocol", "protocol"),
        ({"versions": {"python": "3.12.0"}}, "versions", "python"),
    ],
)
def test_what_numbers_rest_on_is_told(world: World, change, kind, about):
    """Data, pictures, protocol and versions, each by its name."""
    report = make_evaluation(world.stories).report
    found = differences(report, replace(report, **change))
    assert (kind, about) in [(one.kind, one.about) for one in found]


def test_values_are_told_in_standard_errors(world: World):
    """A FID that rose by one is one over its error away."""
    old = make_evaluation(world.stories, fid=20.0).report
    new = make_evaluation(world.stories, fid=21.0).report
    changes = {one.about: one for one in differences(old, new) if one.kind == "values"}
    error = old.scores[0].standard_error
    assert error is not None
    assert changes[FID].in_se == pytest.approx(1 / error)
    assert changes[FID].old == "20"
    assert FRAME_ACC not in changes


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"n": 90}, f"frames of {FID}"),
        ({"n_clusters": 9}, f"clusters of {FID}"),
        ({"direction": "higher"}, f"direction of {FID}"),
        ({"standard_error": 2.5}, f"standard error of {FID}"),
        ({"standard_error": None}, f"standard error of {FID}"),
        ({"interval": (0.0, 1.0)}, f"interval of {FID}"),
    ],
)
def test_every_field_of_a_score_is_compared(world: World, change, about):
    """No field of a score can change without a word."""
    old = make_evaluation(world.stories).report
    first, *rest = old.scores
    (found,) = differences(old, replace(old, scores=(replace(first, **change), *rest)))
    assert (found.kind, found.about) == ("values", about)
    assert found.old != found.new


def test_an_error_that_is_mere_rounding_is_no_unit(world: World):
    """A consistency of equal pictures is 1 with an error of 1e-17: no change is counted in that."""
    old = make_evaluation(world.stories).report
    metric = "consistency.twin.v1"
    was, now = (
        replace(old.scores[0], metric=metric, value=value, standard_error=1.57e-17)
        for value in (1.0, 0.756)
    )
    (change,) = differences(replace(old, scores=(was,)), replace(old, scores=(now,)))
    assert change.in_se is None
    assert say(change) == f"{metric}: was 1, is 0.756."


def test_a_small_error_of_a_kernel_distance_is_a_unit(world: World):
    """KID is shown in thousandths: an error below a millionth can be seen there."""
    old = make_evaluation(world.stories).report
    was, now = (
        replace(old.scores[0], metric="kid.a.v1", value=value, standard_error=1e-7)
        for value in (1e-4, 3e-4)
    )
    (change,) = differences(replace(old, scores=(was,)), replace(old, scores=(now,)))
    assert change.in_se == pytest.approx(2_000)


def test_the_last_digits_of_a_value_are_shown_where_they_alone_differ(world: World):
    """Two values that are equal in ten digits are not printed as equal."""
    old = make_evaluation(world.stories).report
    was, now = (replace(old.scores[0], value=value) for value in (1.0, 1.0 + 1e-12))
    (change,) = differences(replace(old, scores=(was,)), replace(old, scores=(now,)))
    assert (change.old, change.new) == ("1.0", "1.000000000001")


def test_long_texts_are_compared_whole(world: World):
    """A note that differs after 300 characters differs, and is shown where it does."""
    old = make_evaluation(world.stories).report
    was, now = (
        replace(old, model={"name": "mine", "notes": "n" * 300 + end}) for end in ("this", "that")
    )
    (change,) = differences(was, now)
    assert change.about == "model.notes"
    assert change.old.endswith("nnthis")
    assert change.new.endswith("nnthat")
    assert change.old.startswith("…")
    assert len(change.old) < 100


def test_the_last_of_a_long_list_is_compared(world: World):
    """Another eighth among the nearest training pictures is a difference."""
    nearest = [{"story": f"s{n:05d}", "k": 1, "pixels_sha256": f"{n}" * 64} for n in range(8)]
    other = [*nearest[:7], {"story": "another", "k": 4, "pixels_sha256": "f" * 64}]
    old, new = (
        make_evaluation(world.stories, settings={"nearest": found}).report
        for found in (nearest, other)
    )
    (change,) = differences(old, new)
    assert change.about == "nearest"
    assert '"s00007"' in change.old
    assert '"another"' in change.new


def test_a_number_is_not_the_text_that_spells_it(world: World):
    """1 and "1" are two settings, and are shown as two."""
    old, new = (
        make_evaluation(world.stories, settings={"run": found}).report for found in (1, "1")
    )
    (change,) = differences(old, new)
    assert (change.old, change.new) == ("1", '"1"')


def test_a_setting_of_all_metrics_is_told_once(world: World):
    """An extractor with other weights is one change, not one a metric."""
    old, new = (
        make_evaluation(world.stories, settings={"extractor": {**NETWORK, "weights_sha256": sha}})
        for sha in ("aa" * 32, "bb" * 32)
    )
    found = [one for one in differences(old.report, new.report) if one.kind == "settings"]
    assert found == [Change("settings", "extractor.weights_sha256", "aa" * 32, "bb" * 32)]


def test_the_order_of_keys_is_no_difference(world: World):
    """A report that was read back has its keys sorted, one that was computed has not."""
    old, new = (
        make_evaluation(world.stories, settings={"nearest": [keys]}).report
        for keys in ({"distance": 0.5, "story": "a"}, {"story": "a", "distance": 0.5})
    )
    assert differences(old, new) == ()


def test_a_metric_that_is_gone_says_why(world: World):
    """The reason that the new report gives stands in the change."""
    old = make_evaluation(world.stories).report
    new = replace(old, scores=old.scores[:2], absent=(Absent("frame_acc", "No classifier."),))
    (change,) = differences(old, new)
    assert (change.about, change.new) == (FRAME_ACC, "No classifier.")
    assert say(change) == f"{FRAME_ACC}: was computed, is No classifier."
