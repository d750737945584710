"""How much a protocol scores of the official splits, and whether a report is of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.protocols import catalogue
from storybench.report.sizes import frames_scored, is_official, stories_chosen
from storybench.types import Report, Score


def report_of(n_stories: int, *, whole: int | None = None, split: str = "test") -> Report:
    """A report of PororoSV; `whole` is what it says of its split, None where it says nothing."""
    settings = {} if whole is None else {"split": {"n_stories": whole}}
    score = Score("fid.a", 1.0, None, None, 8, 3, "lower", settings)
    return Report("pororosv", split, "", "", {}, "cmota-2023", n_stories, (score,), {})


@pytest.mark.parametrize(
    ("protocol", "dataset", "split", "stories", "frames"),
    [
        ("sb-v1", "pororosv", "test", 2_208, 4 * 2_208),
        ("storydalle-2022", "flintstonessv", "test", 1_900, 7_600),
        ("duco-2021", "pororosv", "val", 2_304, 5 * 2_304),
        ("make-a-story-2023", "pororosv", "test", 1_000, 4_000),
        ("cmota-2023", "pororosv", "test", 2_208, 86 * 128),
        ("storygptv-2024", "pororosv", "test", None, None),
        ("sb-v1", "didemosv", "test", None, None),
    ],
)
def test_what_a_protocol_scores(protocol, dataset, split, stories, frames):
    """Cuts, frames a story and whole batches; nothing where the size is not known."""
    rules = catalogue.get(protocol)
    assert stories_chosen(rules, dataset, split) == stories
    assert frames_scored(rules, dataset, split) == frames


def test_a_split_smaller_than_a_batch_is_kept():
    """As it is scored: a loader that would drop everything drops nothing."""
    batch = catalogue.get("cmota-2023").batch
    assert batch is not None
    wide = replace(catalogue.get("cmota-2023"), batch=replace(batch, size=1_000_000))
    assert frames_scored(wide, "pororosv", "test") == 5 * 2_208


def test_a_report_is_official_by_what_it_says_of_its_split():
    """The whole split counts, not what is left of it after the batch."""
    rules = catalogue.get("cmota-2023")
    for n_stories, whole, expected in (
        (2_202, 2_208, True),
        (2_202, 2_205, False),
        (2_202, None, True),
        (2_208, None, False),
    ):
        report = report_of(n_stories, whole=whole)
        assert is_official(report, report.scores[0], rules) == expected
    val = report_of(7, whole=7, split="val")
    assert is_official(val, val.scores[0], rules)
