import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from storybench.metrics import confusion
from storybench.metrics.confusion import FAMILY
from storybench.stats import bootstrap
from tests.metrics.logits import logits, slots

AVERAGES = {
    "micro": "charf1",
    "macro": "charf1_macro",
    "weighted": "charf1_weighted",
    "samples": "charf1_samples",
}

pairs = st.tuples(st.integers(1, 12), st.integers(2, 6)).flatmap(
    lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))
)


def total(decided, labels, *, t=1):
    """The counts of all slots, t of them a story."""
    zeros, story = np.zeros(len(labels), np.intp), np.arange(len(labels)) // t
    return confusion.count(decided, labels, rows=zeros, story=story, n_rows=1).total


@settings(deadline=None, max_examples=40)
@given(pairs)
def test_every_number_is_that_of_scikit_learn(pair):
    """All four averages, accuracy and each character's own, with empty rows and columns too."""
    metrics = pytest.importorskip("sklearn.metrics")
    decided, labels = pair
    counts, (y, p) = total(decided, labels), (labels.astype(int), decided.astype(int))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for average, name in AVERAGES.items():
            expected = metrics.f1_score(y, p, average=average, zero_division=0)
            assert FAMILY[name](counts) == pytest.approx(expected, abs=1e-12)
        precision, recall, f1, support = metrics.precision_recall_fscore_support(
            y, p, average=None, zero_division=0
        )
    assert confusion.precision(counts) == pytest.approx(precision, abs=1e-12)
    assert confusion.recall(counts) == pytest.approx(recall, abs=1e-12)
    assert confusion.f_scores(counts) == pytest.approx(f1, abs=1e-12)
    assert counts.present.tolist() == support.tolist()
    assert confusion.frame_accuracy(counts) == pytest.approx(metrics.accuracy_score(y, p))
    assert confusion.character_accuracy(counts) == pytest.approx((y == p).mean())


def test_it_is_storydalles_report_on_the_same_logits():
    """`classification_report` and `accuracy_score` of rounded sigmoids, as that paper's script."""
    metrics = pytest.importorskip("sklearn.metrics")
    of = slots(60)
    z = logits(of).astype(np.float64)
    rounded = np.round(1 / (1 + np.exp(-z)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = metrics.classification_report(of.labels, rounded, output_dict=True)
    counts = total(confusion.decide(z), of.labels)
    for average, name in AVERAGES.items():
        assert FAMILY[name](counts) == pytest.approx(report[f"{average} avg"]["f1-score"])
    assert report["micro avg"]["precision"] == pytest.approx(confusion.micro_precision(counts))
    assert report["micro avg"]["recall"] == pytest.approx(confusion.micro_recall(counts))
    for c in range(5):
        assert confusion.f_scores(counts)[c] == pytest.approx(report[str(c)]["f1-score"])
    accuracy = metrics.accuracy_score(of.labels, rounded)
    assert confusion.frame_accuracy(counts) == pytest.approx(accuracy)


def test_it_is_the_micro_f1_that_storygptv_counts_by_hand():
    """Right positives over all labels and all predictions, exact frames over all frames."""
    of = slots(40)
    z = logits(of)
    preds, labels = np.round(1 / (1 + np.exp(-z.astype(np.float64)))), of.labels.astype(float)
    x, y = np.where(labels == 1)
    right = sum(labels[a, b] == preds[a, b] for a, b in zip(x, y, strict=True))
    recall, precision = right / len(x), right / preds.sum()
    exact = sum(np.array_equal(a, b) for a, b in zip(preds, labels, strict=True)) / len(labels)
    counts = total(confusion.decide(z), of.labels)
    assert confusion.f_micro(counts) == pytest.approx(2 * recall * precision / (recall + precision))
    assert confusion.frame_accuracy(counts) == pytest.approx(exact)


def test_ducos_second_rounding_changes_nothing():
    """DuCo and VLC round twice; a story is exact when all its frames are."""
    of = slots(16)
    once = np.round(1 / (1 + np.exp(-logits(of).astype(np.float64))))
    twice = np.round(1 / (1 + np.exp(-once)))
    assert np.array_equal(once, twice)
    stories = (once == of.labels).reshape(16, 4, -1).all(axis=(1, 2)).mean()
    found = confusion.story_accuracy(total(confusion.decide(logits(of)), of.labels, t=4))
    assert found == pytest.approx(stories)


def test_make_a_storys_labels_argument_scores_two_characters():
    """`labels=np.unique(...)` keeps the first two columns: a number of its own, `weighted-pair`."""
    metrics = pytest.importorskip("sklearn.metrics")
    of = slots(60)
    decided = confusion.decide(logits(of))
    labels = np.unique(of.labels.astype(int))
    bug = metrics.f1_score(of.labels, decided, average="weighted", labels=labels)
    first_two = metrics.f1_score(of.labels[:, :2], decided[:, :2], average="weighted")
    counts = total(decided, of.labels)
    assert bug == pytest.approx(first_two)
    assert confusion.f_weighted_pair(counts) == pytest.approx(bug)
    assert abs(bug - confusion.f_weighted(counts)) > 0.02


@settings(deadline=None, max_examples=40)
@given(pairs)
def test_the_rows_of_the_report_are_scikit_learns(pair):
    """Precision, recall and F1 of all four averages, with empty rows and columns too."""
    metrics = pytest.importorskip("sklearn.metrics")
    decided, labels = pair
    counts = total(decided, labels)
    for average in confusion.ROWS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = metrics.precision_recall_fscore_support(
                labels.astype(int), decided.astype(int), average=average, zero_division=0
            )
        found = [float(one) for one in confusion.averaged(counts, average)]
        assert found == pytest.approx(expected[:3], abs=1e-12)
        assert FAMILY[confusion.AVERAGES[average]](counts) == pytest.approx(found[2])


def test_a_logit_of_zero_is_no_prediction():
    """`round` sends one half to 0, and so do we."""
    assert not confusion.decide(np.zeros((2, 3))).any()


def test_sums_of_clusters_add_up_to_the_whole():
    """Counts per group, weighted as a draw holds them, are those of the repeated slots."""
    of = slots(12, episodes=4)
    decided = confusion.decide(logits(of))
    groups = confusion.count(decided, of.labels, rows=of.groups, story=of.story, n_rows=4)
    weights = bootstrap.weights(4, 20)
    drawn = groups.drawn(weights)
    for draw in range(20):
        parts = [np.flatnonzero(of.groups == g) for g in range(4) for _ in range(weights[draw, g])]
        chosen = np.concatenate(parts)
        brute = total(decided[chosen], of.labels[chosen], t=4)
        for name, number in FAMILY.items():
            assert number(drawn)[draw] == pytest.approx(float(number(brute))), name
