from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.audit.known import PORORO_QA, SUBSTITUTE, known_leak, known_mentions
from storybench.audit.labels import labels, rank_correlation
from tests.audit.builds import CAST, frame, material, story

CAPTIONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "pororoqa" / "descriptions.csv"


def of(material):
    """The labels of a build that has characters."""
    found = labels(material)
    assert found is not None
    return found


def labelled(rows, *, split="train", start=0):
    """One story of two frames a pair of rows, each row labels and a caption."""
    frames = [
        frame(start + k, characters=marks, captions=[text]) for k, (marks, text) in enumerate(rows)
    ]
    return [
        story(f"{split}-{start + k}", frames[k : k + 2], split=split, label_source="hand")
        for k in range(0, len(frames), 2)
    ]


AGREEING = [
    ((1, 0, 0), "Ada runs."),
    ((0, 1, 0), "Bo's ball."),
    ((0, 1, 1), "bo and CLEO sing."),
    ((0, 0, 0), "The bow is blue."),
]


def test_labels_that_captions_confirm(tmp_path):
    """Names as whole words in any case: precision, recall and agreement are all one."""
    found = of(material(tmp_path, labelled(AGREEING), characters=CAST))
    assert (found.n_frames, found.n_unlabelled, found.n_exact) == (4, 0, 4)
    for one, n in zip(found.characters, (1, 2, 1), strict=True):
        assert (one.n_labelled, one.n_named, one.precision, one.recall, one.exact) == (
            n,
            n,
            1,
            1,
            1,
        )
        assert one.closest == one.name
    assert found.rank_correlation == 1.0
    assert found.sources == {"hand": 2}
    assert found.oracle is None


def test_captions_that_leave_out_and_labels_that_miss(tmp_path):
    """Ada is labelled twice and named twice, once together."""
    rows = [
        ((1, 0, 0), "Ada."),
        ((1, 0, 0), "She."),
        ((0, 0, 0), "Ada again."),
        ((0, 0, 0), "Nobody."),
    ]
    ada, bo, _ = of(material(tmp_path, labelled(rows), characters=CAST)).characters
    assert (ada.n_labelled, ada.n_named, ada.precision, ada.recall, ada.exact) == (
        2,
        2,
        0.5,
        0.5,
        0.5,
    )
    assert (bo.precision, bo.recall, bo.exact) == (None, None, 1.0)


def test_every_caption_of_a_frame_counts(tmp_path):
    """A name in the second caption is a mention."""
    frames = [frame(1, characters=(1, 0, 0), captions=["She runs.", "Ada runs."]), frame(2)]
    found = of(material(tmp_path, [story("a", frames)], characters=CAST))
    assert found.characters[0].n_named == 1
    assert found.n_unlabelled == 1


def test_columns_in_another_order_are_seen(tmp_path):
    """Labels whose first two columns are exchanged fit each other's names."""
    swapped = [((b, a, c), text) for (a, b, c), text in AGREEING]
    found = of(material(tmp_path, labelled(swapped), characters=CAST))
    assert [one.closest for one in found.characters] == ["Bo", "Ada", "Cleo"]


def test_a_frame_in_many_stories_counts_once(tmp_path):
    """Sliding windows must not make a character frequent; each split counts its own."""
    shots = [frame(k, characters=(1, 0, 0), captions=["Ada."]) for k in range(4)]
    stories = [
        *(story(f"a{k}", shots[k : k + 2]) for k in range(2)),
        story("b", shots[2:], split="test"),
    ]
    found = of(material(tmp_path, stories, characters=CAST))
    assert found.n_frames == 4
    assert found.frames_per_split == {"train": 3, "val": 0, "test": 2}
    assert found.characters[0].per_split == {"train": 3, "val": 0, "test": 2}


def test_a_dataset_without_characters_has_no_labels(tmp_path):
    """Nothing to compare is None, not zero."""
    assert labels(material(tmp_path, [story("a", [frame(1), frame(2)])])) is None


def test_characters_without_any_label(tmp_path):
    """Names without labels are counted as unlabelled frames."""
    found = of(material(tmp_path, [story("a", [frame(1), frame(2)])], characters=CAST))
    assert (found.n_frames, found.n_unlabelled, found.n_exact) == (0, 2, 0)
    assert found.sources == {"not stated": 1}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12).filter(
        lambda pairs: all(len(set(of)) > 1 for of in zip(*pairs, strict=True))
    )
)
def test_rank_correlation_is_spearmans(pairs):
    """Ties and all: as scipy computes it."""
    first, second = zip(*pairs, strict=True)
    expected = scipy.stats.spearmanr(first, second)[0]
    assert rank_correlation(first, second) == pytest.approx(expected, abs=1e-9)


def test_published_counts_are_for_the_real_dataset_alone():
    """The toy world has other characters; a substitute split has the same clips."""
    assert known_mentions("pororosv") is known_mentions("pororosv-original-substitute") is PORORO_QA
    assert known_mentions("pororosv-twin") is None
    assert known_mentions("flintstonessv") is None
    assert known_leak("flintstonessv", "train", "val") is None
    assert known_leak("pororosv-substitute", "train", "val") == SUBSTITUTE
    assert known_leak("pororosv-substitute", "train", "test") is None


def test_counts_of_a_part_are_beside_the_published_ones(tmp_path):
    """A build of other clips cannot have the published counts, and is not said to."""
    names = tuple(PORORO_QA.counts)
    marks = (1, *[0] * 8)
    frames = [frame(k, characters=marks, captions=["Pororo runs."]) for k in range(2)]
    found = of(material(tmp_path, [story("a", frames)], characters=names, name="pororosv")).oracle
    assert found is not None
    assert (found.n_clips, found.n_without, found.counts["Pororo"]) == (2, 0, 2)
    assert found.counts_published["Pororo"] == 6240
    assert not found.is_equal


@pytest.mark.skipif(not CAPTIONS.is_file(), reason=f"no {CAPTIONS}")
def test_the_captions_of_pororo_qa_have_the_published_counts(tmp_path):
    """All 16,066 clips of the real file: every count is the published one."""
    by_clip = defaultdict(list)
    with CAPTIONS.open(encoding="utf-8", newline="") as file:
        for episode, n, text in csv.reader(file):
            by_clip[episode, n].append(text)
    names = tuple(PORORO_QA.counts)
    some = material(tmp_path, [story("a", [frame(1), frame(2)])], characters=names, name="pororosv")
    whole = replace(some, clip_captions=tuple(tuple(texts) for texts in by_clip.values()))
    oracle = of(whole).oracle
    assert oracle is not None
    assert oracle.is_equal
