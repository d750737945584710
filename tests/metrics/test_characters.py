from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from storybench.errors import InputError, MissingError
from storybench.evaluate import score
from storybench.metrics import confusion
from storybench.metrics.characters import Characters
from storybench.metrics.classifier import loading
from storybench.metrics.confusion import FAMILY
from storybench.metrics.evidence import Evidence, Options
from storybench.metrics.metric import Absent, Estimate
from storybench.metrics.tally import Tally, shuffled
from storybench.stats import bootstrap
from tests.metrics.fakes import extractor, table
from tests.metrics.logits import CAST, FILE, classifier, logits, slots


@pytest.fixture
def judge(monkeypatch):
    """Give the metric a classifier that needs no file."""

    def install(one):
        monkeypatch.setattr(loading, "load", lambda path: one)
        return one

    return install


def evidence(of, one, *, noise=1.0, real=None, order=None):
    """Logits of both sides as if the classifier had seen pictures."""
    generated = logits(of, noise=noise)
    reference = logits(of, noise=0.2, seed=5) if real is None else real
    if order is not None:
        generated, reference = generated[:, order], reference[:, order]
    none = table(np.zeros((of.n, 8)))
    return Evidence.of(
        none,
        none,
        of.groups,
        extractor=extractor(),
        slots=of,
        options=Options(classifier=FILE),
        more={
            ("generated", one.extractor): table(generated),
            ("reference", one.extractor): table(reference),
        },
    )


def judged(given: Evidence) -> tuple[Any, ...]:
    """What the metric says."""
    return Characters().estimate(given)


def estimates(of, one, **changes):
    """What the metric says, by the first part of its id."""
    found = judged(evidence(of, one, **changes))
    assert all(isinstance(each, Estimate) for each in found)
    return {each.metric.split(".")[0]: each for each in found}


def test_without_labels_it_is_absent_not_zero():
    """DiDeMoSV has no characters."""
    of = replace(slots(), labels=None, characters=())
    none = table(np.zeros((of.n, 8)))
    (found,) = judged(Evidence.of(none, none, of.groups, extractor=extractor(), slots=of))
    assert found == Absent(
        "charf1", "The dataset has no character labels, so there is nothing to compare with."
    )


def test_without_a_classifier_it_says_how_to_get_one():
    """The reason names the command and the option."""
    of = slots()
    none = table(np.zeros((of.n, 8)))
    (found,) = judged(Evidence.of(none, none, of.groups, extractor=extractor(), slots=of))
    assert isinstance(found, Absent)
    assert "storybench classifier fit SHARDS --out" in found.reason
    assert "--classifier" in found.reason


def test_a_classifier_that_is_not_there_is_missing(tmp_path):
    """A typing mistake in --classifier is exit code 4, not an absent number."""
    of = slots()
    given = evidence(of, classifier())
    given = replace(given, options=Options(classifier=tmp_path / "none.safetensors"))
    with pytest.raises(MissingError, match=r"character classifier at .*none\.safetensors"):
        judged(given)


def test_ids_carry_the_classifiers_hash(judge):
    """Two F1 of different classifiers never share an id; the headline is the micro F1."""
    one = judge(classifier())
    found = judged(evidence(slots(), one))
    assert [each.metric for each in found] == [
        f"{name}.inception299.abababab.targets.v1" for name in FAMILY
    ]
    assert found[0].metric == "charf1.inception299.abababab.targets.v1"


def test_the_numbers_are_those_of_the_counts(judge):
    """Value, replicates and each story's own, against decisions counted anew."""
    of, one = slots(), judge(classifier())
    decided = confusion.decide(logits(of))
    found = estimates(of, one)
    for name, number in FAMILY.items():
        zeros = np.zeros(of.n, np.intp)
        whole = confusion.count(decided, of.labels, rows=zeros, story=of.story, n_rows=1).total
        assert found[name].value == pytest.approx(float(number(whole)))
        assert (found[name].spread, found[name].bounds) == ("bootstrap", (0, 1))
        assert len(found[name].replicates) == bootstrap.DRAWS
    stories = np.array(found["frame_acc"].per_story)
    expected = (decided == of.labels).all(axis=1).reshape(12, 4).mean(axis=1)
    assert stories == pytest.approx(expected)
    assert found["charf1_macro"].per_story is None


def test_a_story_without_labels_and_predictions_has_no_f1(judge):
    """NaN, not 0; its frame accuracy is 1."""
    of, one = slots(), judge(classifier())
    of.labels[of.story == 3] = False
    found = estimates(of, one, noise=0.0)
    assert np.isnan(found["charf1"].per_story[3])
    assert found["frame_acc"].per_story[3] == 1.0


def test_the_ceiling_stands_beside_every_number(judge):
    """The same number on the real frames of the same slots, with its interval."""
    of, one = slots(), judge(classifier())
    real = logits(of, noise=0.6, seed=9)
    tally = Tally.of(confusion.decide(real), of)
    for name, found in estimates(of, one, real=real).items():
        ceiling = found.settings["ceiling"]
        assert ceiling["value"] == pytest.approx(tally.value(name))
        assert ceiling["interval"][0] <= ceiling["value"] <= ceiling["interval"][1]
        assert found.settings["classifier"]["sha256"] == "ab" * 32


def test_characters_and_empty_slots_are_listed(judge):
    """Per character precision, recall, F1, support; slots without a label apart."""
    of, one = slots(), judge(classifier())
    found = estimates(of, one)
    rows = found["charf1"].settings["characters"]
    assert list(rows) == list(CAST)
    assert [row["support"] for row in rows.values()] == of.labels.sum(axis=0).tolist()
    assert rows["Eve"]["f1"] == 0.0
    empty = found["frame_acc"].settings["empty"]
    assert empty["slots"] == int((~of.labels.any(axis=1)).sum()) >= 2


def test_the_averages_that_a_paper_prints_stand_beside_the_family(judge):
    """A protocol's own number comes with all that the others have: draws, ceiling and floor."""
    of, one = slots(), judge(classifier())
    given = evidence(of, one, real=logits(of, noise=0.6, seed=9))
    given = replace(given, averaging=("weighted", "weighted-pair"))
    found = judged(given)
    names = list(FAMILY)
    assert [each.metric.split(".")[0] for each in found] == [
        *names[:4],
        "charf1_weighted_pair",
        *names[4:],
    ]
    last = found[4]
    assert last.metric == "charf1_weighted_pair.inception299.abababab.targets.v1"
    counts = confusion.count(
        confusion.decide(logits(of)), of.labels, rows=of.groups, story=of.story, n_rows=4
    )
    assert last.value == pytest.approx(float(confusion.f_weighted_pair(counts.total)))
    drawn = confusion.f_weighted_pair(counts.drawn(bootstrap.weights(4)))
    assert last.replicates == pytest.approx(drawn)
    assert last.per_story is None
    assert last.settings["ceiling"]["interval"] is not None
    assert 0 < last.settings["floor"]["mean"] < last.value


def test_the_whole_report_is_in_the_headlines_record(judge):
    """Precision, recall and F1 of each average with intervals; F1 is that of its own score."""
    of, one = slots(), judge(classifier())
    found = estimates(of, one)
    report = found["charf1"].settings["averages"]
    assert list(report) == ["micro", "macro", "weighted", "samples"]
    for average, row in report.items():
        own = found[confusion.AVERAGES[average]]
        assert row["f1"]["value"] == own.value
        low, high = row["f1"]["interval"]
        shown = score(own, record={"flags": []}, slots=of)
        assert shown.interval == pytest.approx((low, high))
        for name in ("precision", "recall"):
            assert row[name]["interval"][0] <= row[name]["value"] <= row[name]["interval"][1]
    assert report["micro"]["precision"]["value"] == found["char_precision"].value
    assert report["micro"]["recall"]["value"] == found["char_recall"].value


@pytest.mark.parametrize("n_with", [1, 2, 3, 6])
def test_the_interval_of_a_character_knows_the_episodes_that_have_it(judge, n_with):
    """Its t quantile is that of so many; under three there is none, whatever the others."""
    of, one = slots(48, episodes=6), judge(classifier())
    there = of.groups < n_with
    of.labels[:, 3] &= there
    given = evidence(of, one)
    made = logits(of)
    made[~there, 3] = -1
    tables = {**given._tables, ("generated", one.extractor.key): table(made)}
    row = judged(replace(given, _tables=tables))[0].settings["characters"]["Dan"]
    assert (row["interval"] is not None) == (n_with >= 3)
    if n_with < 3:
        return
    drawn = Tally.of(confusion.decide(made), of).f_draws()
    assert drawn is not None
    drawn = drawn[:, 3]
    error = np.nanstd(drawn, ddof=1) * np.sqrt(n_with / (n_with - 1))
    reach = stats.t.ppf(0.975, n_with - 1) * error
    bounds = [max(row["f1"] - reach, 0), min(row["f1"] + reach, 1)]
    assert row["interval"] == pytest.approx(bounds)


def test_a_ratio_that_no_draw_moves_has_no_interval(judge):
    """All right, or nobody: F1, precision and recall are 1 or 0 in every draw."""
    of, one = slots(40, episodes=8), judge(classifier())
    right, nobody = logits(of, noise=0.0), np.full((of.n, len(CAST)), -1.0, np.float32)
    for made, expected in ((right, 1.0), (nobody, 0.0)):
        given = evidence(of, one, real=right)
        tables = {**given._tables, ("generated", one.extractor.key): table(made)}
        found = {e.metric.split(".")[0]: e for e in judged(replace(given, _tables=tables))}
        for name in ("charf1", "char_precision", "char_recall"):
            shown = score(found[name], record={"flags": []}, slots=of)
            assert (shown.value, shown.interval, shown.standard_error) == (expected, None, None)
            assert found[name].settings["ceiling"]["interval"] is None
            assert len(found[name].replicates) == bootstrap.DRAWS
        micro = found["charf1"].settings["averages"]["micro"]
        assert [one["interval"] for one in micro.values()] == [None] * 3
        for row in found["charf1"].settings["characters"].values():
            assert row["interval"] is None


def test_a_perfect_accuracy_is_not_known_to_be_perfect(judge):
    """The score interval of a share: of scores, of ceilings and of the tally behind a card."""
    of, one = slots(40, episodes=8), judge(classifier())
    right = logits(of, noise=0.0)
    squared = stats.t.ppf(0.975, 7) ** 2
    for name in ("frame_acc", "char_acc", "story_acc"):
        found = estimates(of, one, noise=0.0, real=right)[name]
        shown = score(found, record={"flags": []}, slots=of)
        assert (shown.value, shown.standard_error) == (1.0, 0.0)
        expected = pytest.approx((8 / (8 + squared), 1.0))
        assert shown.interval == expected, "nothing tells how alike, so an episode counts as one"
        assert tuple(found.settings["ceiling"]["interval"]) == expected
        by_tally = Tally.of(confusion.decide(right), of).interval(name)
        assert by_tally is not None
        assert (by_tally.low, by_tally.high) == expected


def test_an_accuracy_that_is_alike_in_all_episodes_is_a_share_too(judge):
    """One half in every episode: no draw moves it, and the interval has a width."""
    of, one = slots(48, t=1, episodes=8), judge(classifier())
    made = np.where(of.labels, 1.0, -1.0).astype(np.float32)
    made[::2] *= -1
    given = evidence(of, one)
    tables = {**given._tables, ("generated", one.extractor.key): table(made)}
    found = {e.metric.split(".")[0]: e for e in judged(replace(given, _tables=tables))}["frame_acc"]
    by_episode = (confusion.decide(made) == of.labels).all(axis=1).reshape(8, -1).mean(axis=1)
    assert set(by_episode) == {0.5}
    shown = score(found, record={"flags": []}, slots=of)
    assert shown.interval is not None
    assert shown.interval[0] < 0.4 < 0.6 < shown.interval[1]


def test_shuffled_stories_fall_to_the_floor_and_are_flagged(judge):
    """The label-permutation check: pictures of other stories score like the shuffles do."""
    of, one = slots(60, episodes=6), judge(classifier())
    own = estimates(of, one)
    assert "near_shuffled" not in own["charf1"].settings["flags"]
    order = np.random.default_rng(0).permutation(60)
    mixed = logits(of).reshape(60, 4, -1)[order].reshape(of.n, -1)
    given = evidence(of, one)
    tables = {**given._tables, ("generated", one.extractor.key): table(mixed)}
    found = judged(replace(given, _tables=tables))[0]
    floor = found.settings["floor"]
    assert found.value == pytest.approx(floor["mean"], abs=0.08)
    assert "near_shuffled" in found.settings["flags"]
    assert own["charf1"].value > floor["highest"] + 0.1


def test_labels_move_story_by_story_and_frame_by_frame():
    """With labels that depend on k alone a shuffle changes nothing."""
    of = slots(10)
    of.labels[:] = np.tile(np.eye(4, 5, dtype=bool), (10, 1))
    decided = confusion.decide(logits(of))
    floor = shuffled(decided, of)
    value = Tally.of(decided, of).value("charf1")
    assert floor["charf1"]["mean"] == pytest.approx(value)


def test_the_order_of_characters_is_matched_by_name(judge):
    """A classifier of the same cast in another order and case gives the same numbers."""
    of = slots()
    names = tuple(name.upper() for name in CAST[::-1])
    plain = estimates(of, judge(classifier()))
    turned = estimates(of, judge(classifier(names)), order=slice(None, None, -1))
    assert {n: e.value for n, e in plain.items()} == {n: e.value for n, e in turned.items()}


def test_a_classifier_of_another_cast_is_refused(judge):
    """Never matched by position."""
    one = judge(classifier(("Wilma", "Fred", "Betty", "Barney", "Dino")))
    with pytest.raises(InputError, match=r"a classifier of Ada, Bo, .* found one of Wilma"):
        judged(evidence(slots(), one))


def test_a_classifier_that_saw_the_episodes_is_flagged(judge):
    """Its ceiling is too high there."""
    one = judge(classifier(trained_on=frozenset({"e1", "e9"})))
    found = estimates(slots(), one)["charf1"]
    assert found.settings["classifier"]["episodes_trained_on"] == 1
    assert "classifier_saw" in found.settings["flags"]


def test_a_classifier_of_ours_keeps_its_pixels_and_says_so(judge):
    """Under a paper that fed its own otherwise: same id, both paths in the record, a flag."""
    of, one = slots(), judge(classifier())
    plain = judged(evidence(of, one))
    found = judged(replace(evidence(of, one), classifier_pixels="classifier299-raw"))
    assert [each.metric for each in found] == [each.metric for each in plain]
    assert [each.value for each in found] == [each.value for each in plain]
    for each, before in zip(found, plain, strict=True):
        assert each.settings["classifier"]["pixels_of_protocol"] == "classifier299-raw"
        assert each.settings["preprocess"]["path"] == one.extractor.pixels.name
        assert "classifier_own_pixels" in each.settings["flags"]
        assert before.settings["classifier"]["pixels_of_protocol"] is None
        assert "classifier_own_pixels" not in before.settings["flags"]


def test_few_clusters_have_no_replicates(judge):
    """Two episodes give numbers, not intervals."""
    found = estimates(slots(episodes=2), judge(classifier()))["charf1"]
    assert found.replicates == ()
    assert found.settings["ceiling"]["interval"] is None


def test_an_accuracy_of_zero_is_not_known_to_be_zero(judge):
    """No story right in any draw: as many independent slots as the ceiling's error tells of."""
    of, one = slots(40, episodes=8), judge(classifier())
    found = estimates(of, one, noise=6.0, real=logits(of, noise=0.6, seed=9))["story_acc"]
    assert found.value == 0
    ceiling = found.settings["ceiling"]
    assert 0 < ceiling["value"] < 1
    effect = of.n * ceiling["standard_error"] ** 2 / (ceiling["value"] * (1 - ceiling["value"]))
    assert found.design_effect == pytest.approx(effect)
    shown = score(found, record={"flags": []}, slots=of)
    assert shown.interval is not None
    assert shown.interval[0] == 0
    squared = stats.t.ppf(0.975, 7) ** 2
    assert shown.interval[1] == pytest.approx(squared / (of.n / effect + squared))


def test_an_accuracy_with_a_spread_has_the_t_interval(judge):
    """Every other number of the family is `value ± t SE`."""
    for found in estimates(slots(), judge(classifier())).values():
        assert found.value in (0, 1) or found.design_effect is None


def test_logits_that_are_not_finite_are_refused(judge):
    """A damaged network does not become a number."""
    of, one = slots(), judge(classifier())
    real = logits(of)
    real[0, 0] = np.nan
    with pytest.raises(InputError, match="finite logits of the reference frames"):
        judged(evidence(of, one, real=real))
