"""What makes a number differ from a published one: named, measured where it was, or unknown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from storybench.board.reported import read_reported
from storybench.errors import InputError
from storybench.protocols import catalogue
from storybench.protocols.storydalle_2022 import STORYDALLE_2022
from storybench.report import effects
from storybench.report.published import (
    PublishedRow,
    matching,
    nearest,
    practice,
    rows_of,
    score_for,
)
from storybench.report.why import difference_line, headline, sentences, why
from storybench.types import Report, Score

BOARD = Path(__file__).parents[2] / "leaderboard"
SHA = "6726825d" * 8
FLAGS = ["below_floor"]
EXTRACTOR = {"arch": "inception", "weights_sha256": SHA, "dim": 2048}


@pytest.fixture(scope="module")
def rows() -> tuple[PublishedRow, ...]:
    return rows_of(read_reported(BOARD))


def report_of(**changes) -> Report:
    """sb-v1 on the whole of FlintstonesSV: FID and both character numbers."""
    settings = {
        "task": "continuation",
        "flags": FLAGS,
        "extractor": EXTRACTOR,
        "preprocess": {"path": "clean299"},
        "generated": {"native_px": [256]},
        "reference": {"native_px": [128], "frame_rule": "middle"},
    }
    fid = Score("fid.clean299.targets.v1", 30.0, 0.5, None, 9_236, 17, "lower", settings)
    classifier = "inception299.0a1b2c3d.targets.v1"
    shares = (
        Score(f"{name}.{classifier}", value, 0.01, None, 9_236, 17, "higher", settings)
        for name, value in (("charf1", 0.5), ("frame_acc", 0.25))
    )
    found = Report(
        "flintstonessv",
        "test",
        "a" * 64,
        "b" * 64,
        {"name": "mine"},
        "sb-v1",
        2_309,
        (fid, *shares),
        {},
    )
    return replace(found, **changes)


def row_of(rows, *, model: str, metric: str = "FID", dataset: str = "FlintstonesSV"):
    return next(
        row
        for row in rows
        if row.model.startswith(model)
        and "third-party" not in row.model
        and (row.metric, row.dataset) == (metric, dataset)
    )


def about(found) -> dict[str, str]:
    return {one.about: difference_line(one) for one in found.differences}


def test_every_published_number_has_a_row_of_its_own(rows):
    """All 236 numbers of the table, numbered from one, each with its value."""
    assert len(rows) == 236
    assert [row.number for row in rows] == list(range(1, 237))
    assert row_of(rows, model="AR-LDM").value == 19.28


def test_every_number_of_a_kind_that_we_compute_is_explained(rows):
    """No row of FID, Char-F1 or Frame-Acc ends in an error or without a word."""
    for dataset, n_stories in (("pororosv", 2_208), ("flintstonessv", 2_309)):
        report = report_of(dataset=dataset, n_stories=n_stories)
        found = matching(rows, report)
        assert len(found) > 40
        for row in found:
            lines = list(sentences(why(report, row)))
            assert len(lines) >= 3
            assert row.model in lines[0]


def test_arldm_drew_all_five_frames_in_visualization(rows):
    """Its 16.59 is of another task, with the source's place among the scored frames."""
    found = why(
        report_of(dataset="pororosv", n_stories=2_208),
        next(row for row in rows if (row.model, row.value) == ("AR-LDM", 16.59)),
    )
    said = about(found)
    assert found.protocol == "arldm-2022-visualization"
    assert "the source's place among them" in said["Frames"]
    assert "visualization: no frame is given" in said["Task"]
    assert "there 11,040" in said["Number of frames"]
    assert "storybench eval --protocol arldm-2022-visualization" in found.advice


def test_arldm_through_64_pixels(rows):
    """AR-LDM's 19.28: other pixels with their measured size, a random real frame, same stories."""
    found = why(report_of(), row_of(rows, model="AR-LDM"))
    said = about(found)
    assert found.protocol == "arldm-2022"
    assert found.gap == pytest.approx(30.0 - 19.28)
    assert "64 pixels" in said["Pixels"]
    assert "40% at 256 px" in said["Pixels"]
    assert "16% at 128 px" in said["Pixels"]
    assert "without a seed" in said["Real frame of a clip"]
    assert "Stories" not in said
    assert "Frames" not in said
    assert "storybench eval --protocol arldm-2022" in found.advice


def test_1900_stories_and_the_bias_of_n():
    """StoryDALL-E cuts FlintstonesSV to 1,900 stories: a FID moves by its number of frames."""
    row = PublishedRow(
        1,
        "StoryDALL-E (fine-tune, minDALL-E 1.3B)",
        "FlintstonesSV",
        "test",
        "continuation",
        "FID",
        26.49,
        "made up for this test",
        "value quoted by MaskGST from the original paper",
    )
    said = about(why(report_of(), row))
    assert "here 2,309; there 1,900" in said["Stories"]
    assert "here 9,236; there 7,600" in said["Number of frames"]
    expected = effects.BIAS_TIMES_N / 9_236 - effects.BIAS[7_600]
    assert f"{expected:+.1f}" in said["Number of frames"]


def test_five_frames_and_the_erratum(rows):
    """DuCo's corrected FID: the source's place is scored, and lower numbers are void."""
    row = row_of(rows, model="DuCo-StoryGAN", dataset="PororoSV")
    found = why(report_of(dataset="pororosv", n_stories=2_208), row)
    said = about(found)
    assert "source's place" in said["Frames"]
    assert "visualization" in said["Task"]
    assert any("erratum of 2022" in text for text in found.remarks)


def test_storygptv_is_off_the_scale(rows):
    """Its pixels leave the range of the network: not an FID's scale, and the loader drops some."""
    said = about(why(report_of(), row_of(rows, model="StoryGPT-V")))
    assert "not on the scale of an FID" in said["Pixels"]
    assert "batch of 16 stories" in said["Loader"]


def test_an_unknown_protocol_is_said_to_be_unknown(rows):
    """No code of ACM-VSG could be read: no difference of pixels or stories is made up."""
    row = row_of(rows, model="ACM-VSG", dataset="PororoSV")
    found = why(report_of(dataset="pororosv", n_stories=2_208), row)
    assert found.protocol is None
    assert not {"Pixels", "Stories", "Loader"} & about(found).keys()
    assert any("No code of it could be read" in text for text in found.unknown)
    assert found.advice == ""


def test_the_average_and_the_classifier_of_an_f1(rows):
    """A printed F1 is one of four averages through another classifier; shares are in per cent."""
    row = row_of(rows, model="StoryDALL-E (fine-tune", metric="Char-F1", dataset="PororoSV")
    found = why(report_of(dataset="pororosv", n_stories=2_208), row)
    said = about(found)
    assert found.here == pytest.approx(50.0)
    assert "one of micro, macro, weighted, samples" in said["Averaging"]
    assert "57.9, 42.3, 56.5" in said["Averaging"]
    assert "0a1b2c3d" in said["Classifier"]
    assert "Pixels" not in said


def test_an_f1_has_nothing_of_distances(rows):
    """Labels judge characters: no real frame of a clip, pixel path, or loader of an FID script."""
    for row in rows:
        if row.metric in ("Char-F1", "Frame-Acc"):
            found = why(report_of(dataset=row.dataset.lower()), row)
            assert not {"Real frame of a clip", "Pixels", "Loader"} & about(found).keys()
            assert "distance is smaller" not in " ".join(one.effect for one in found.differences)
    row = row_of(rows, model="CMOTA", metric="Char-F1", dataset="PororoSV")
    assert "there not said" in " ".join(sentences(why(report_of(dataset="pororosv"), row)))


def test_the_same_protocol_leaves_no_difference_of_protocol(rows):
    """Scored under arldm-2022 on the whole split, only what cannot be known is left."""
    report = report_of(protocol="arldm-2022")
    found = why(report, row_of(rows, model="AR-LDM"))
    assert found.differences == ()
    assert found.unknown
    assert found.advice == ""


def test_the_toy_world_is_not_the_dataset(rows):
    """A report of the twin says first that nothing can be compared."""
    report = report_of(dataset="flintstonessv-twin", n_stories=60)
    row = row_of(matching(rows, report), model="AR-LDM")
    assert why(report, row).differences[0].about == "Pictures"


def test_other_features_are_no_fid(rows):
    """A Fréchet distance through another network is explained as one."""
    score = replace(report_of().scores[0], metric="fd.twin.0a1b2c3d.targets.v1")
    found = why(report_of(scores=(score,)), row_of(rows, model="AR-LDM"))
    assert "it is no FID" in about(found)["Features"]


def test_a_measured_spread_over_seeds_is_told(rows):
    """Where the report has the spread over five seeds, its size stands there."""
    first = report_of().scores[0]
    seeds = {"reference": {"frame_rule": "random", "seeds": {"sd": 0.31}}}
    score = replace(first, settings={**first.settings, **seeds})
    said = about(why(report_of(scores=(score,)), row_of(rows, model="AR-LDM")))
    assert "by 0.31 (sd)" in said["Real frame of a clip"]


def test_two_draws_are_two_draws(rows):
    """Under a random reference on both sides the measured spread is what else is known."""
    first = report_of().scores[0]
    seeds = {"reference": {"frame_rule": "random", "seeds": {"sd": 0.31}}}
    score = replace(first, settings={**first.settings, **seeds})
    report = report_of(scores=(score,), protocol="arldm-2022")
    found = why(report, row_of(rows, model="AR-LDM"))
    assert any("by 0.31 (sd)" in text for text in found.remarks)


def test_a_report_without_such_a_number_is_refused(rows):
    """There is nothing to explain."""
    report = report_of(scores=report_of().scores[:1])
    with pytest.raises(InputError, match="Char-F1, found none"):
        why(
            report,
            row_of(rows, model="StoryDALL-E (fine-tune", metric="Char-F1", dataset="PororoSV"),
        )


def test_the_row_that_is_meant_is_that_of_the_system(rows):
    """A report of AR-LDM is set beside AR-LDM; one of an unknown system beside its own task."""
    report = report_of(model={"name": "AR-LDM"}, dataset="pororosv")
    row = nearest(matching(rows, report), report, task="continuation")
    assert row is not None
    assert row.model == "AR-LDM"
    unknown = nearest(matching(rows, report_of()), report_of(), task="continuation")
    assert unknown is not None
    assert unknown.task == "continuation"


def test_every_code_named_is_a_protocol(rows):
    """Each row's practice is a protocol of ours that fits its dataset, or none."""
    for row in rows:
        rules = practice(row).rules
        if rules is not None:
            assert rules in catalogue.PROTOCOLS
            assert rules.fits(row.dataset.lower()), row


def test_the_headline_has_both_numbers(rows):
    """Value with its error, the printed one, and the gap with its sign."""
    line = headline(why(report_of(), row_of(rows, model="AR-LDM")))
    assert "30.00 ± 0.50" in line
    assert "19.28 FID, without an interval: +10.72" in line
    assert score_for(report_of(), "BLEU-2") is None


def test_the_headline_has_the_digits_that_the_error_allows(rows):
    """Two of the error; a value without one has four of its own."""
    row, found = row_of(rows, model="AR-LDM"), report_of()
    wide = replace(found.scores[0], standard_error=12.34)
    bare = replace(found.scores[0], standard_error=None)
    assert "has 30 ± 12 FID" in headline(why(report_of(scores=(wide,)), row))
    assert "has 30.00 FID" in headline(why(report_of(scores=(bare,)), row))


def test_the_ceiling_of_the_classifier_is_told(rows: tuple[PublishedRow, ...]):
    """The only thing that two classifiers can be held against."""
    report = report_of()
    scores = [
        replace(score, settings={**score.settings, "ceiling": {"value": 0.912}})
        for score in report.scores
    ]
    found = replace(report, scores=tuple(scores))
    row = next(one for one in matching(rows, found) if one.metric == "Char-F1")
    text = " ".join(sentences(why(found, row)))
    assert "inception299 0a1b2c3d, whose ceiling on real frames is 91.20" in text


def test_another_feed_of_the_classifier_is_a_difference(rows: tuple[PublishedRow, ...]):
    """DuCo's was not normalised on PororoSV; a number that was fed the same does not differ so."""
    report = replace(report_of(), dataset="pororosv", n_stories=2_208)
    row = row_of(rows, model="DuCo-StoryGAN", metric="Char-F1", dataset="PororoSV")
    said = about(why(report, row))["Pixels of the classifier"]
    assert "here those that it was trained on" in said
    assert "neither normalised nor brought to -1..1 as it was trained (classifier299-raw)" in said
    assert "StoryViz@6e1126d:classifier/dataloader.py:115" in said
    fed = [
        replace(score, settings={**score.settings, "preprocess": {"path": "classifier299-raw"}})
        for score in report.scores
    ]
    alike = why(replace(report, protocol="duco-2021", scores=tuple(fed)), row)
    assert "Pixels of the classifier" not in about(alike)
    other = row_of(rows, model="StoryDALL-E (fine-tune", metric="Char-F1", dataset="PororoSV")
    there = about(why(replace(report, scores=tuple(fed)), other))["Pixels of the classifier"]
    assert "here 0 to 1" in there
    assert "eval_char_clf.py:253" in there


def test_every_feed_of_a_protocol_has_words():
    """None is told by its bare name."""
    paths = {one.path for rules in catalogue.PROTOCOLS for one in rules.classifier_pixels}
    assert paths | {None} == set(effects.CLASSIFIER_WORDS)


def test_a_fact_is_the_one_of_the_dataset(rows: tuple[PublishedRow, ...]):
    """How many stories of PororoSV is not read from the loader of FlintstonesSV."""
    report = replace(report_of(), dataset="pororosv", n_stories=7)
    row = next(one for one in matching(rows, report) if practice(one).rules is STORYDALLE_2022)
    stories = next(one for one in why(report, row).differences if one.about == "Stories")
    assert "pororo_dataloader.py" in stories.source
