"""What makes a number differ from a published one: named, measured where it was, or unknown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from storybench.board.reported import read_reported
from storybench.errors import InputError
from storybench.page.chart import signed
from storybench.protocols import catalogue
from storybench.protocols.storydalle_2022 import STORYDALLE_2022
from storybench.report import effects
from storybench.report.explanation import difference_line, headline, sentences
from storybench.report.published import (
    PublishedRow,
    matching,
    nearest,
    practice,
    rows_of,
    score_for,
)
from storybench.report.why import why
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


def under(name: str, *, n_stories: int, n: int, whole: int, dataset: str = "pororosv") -> Report:
    """A report of a protocol: so many stories and frames, of a split of `whole` stories."""
    rules = catalogue.get(name)
    first = report_of().scores[0]
    settings = {
        **first.settings,
        "task": rules.task,
        "flags": [],
        "split": {"n_stories": whole},
        "preprocess": {"path": rules.pixels, "to": 299},
    }
    score = replace(first, metric=rules.ids(4)[0], n=n, settings=settings)
    return report_of(dataset=dataset, protocol=name, n_stories=n_stories, scores=(score,))


def scored(metric: str, value: float = 0.3, **settings) -> Report:
    """sb-v1 on FlintstonesSV with one more score than the usual ones."""
    found = replace(
        report_of().scores[0],
        metric=metric,
        value=value,
        settings={**report_of().scores[0].settings, "flags": [], **settings},
    )
    return report_of(scores=(*report_of().scores, found))


def numbered(rows, number: int) -> PublishedRow:
    return next(row for row in rows if row.number == number)


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
    assert (
        "storybench eval --preds PREDS --data SHARDS --protocol arldm-2022-visualization"
        in found.advice
    )


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
    assert "storybench eval --preds PREDS --data SHARDS --protocol arldm-2022" in found.advice


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
    assert signed(expected, 1) in said["Number of frames"]


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


def test_the_batch_that_is_dropped_here_is_dropped_there(rows: tuple[PublishedRow, ...]):
    """Under CMOTA's own protocol 32 of 11,040 frames fall out on both sides: no difference."""
    row = row_of(rows, model="CMOTA (repository log)", dataset="PororoSV")
    report = under("cmota-2023", n_stories=2_202, n=11_008, whole=2_208)
    assert why(report, row).differences == ()
    said = about(why(report_of(dataset="pororosv", n_stories=2_208), row))
    assert "there 11,008" in said["Number of frames"]
    assert "Stories" not in said
    assert "last incomplete batch of 128 frames" in said["Loader"]


def test_what_is_dropped_here_alone_is_said(rows: tuple[PublishedRow, ...]):
    """DuCo's loader drops nothing; CMOTA's protocol does."""
    report = under("cmota-2023", n_stories=2_202, n=11_008, whole=2_208)
    said = about(why(report, row_of(rows, model="DuCo-StoryGAN", dataset="PororoSV")))
    assert (
        "here the last incomplete batch of 128 frames is dropped; there nothing" in said["Loader"]
    )
    assert "Stories" not in said


def test_equal_rules_choose_equal_stories(rows: tuple[PublishedRow, ...]):
    """Blocks of the official split are those that StoryGPT-V scored; those of another are not."""
    row = row_of(rows, model="StoryGPT-V", dataset="PororoSV")
    whole = under("storygptv-2024", n_stories=544, n=2_176, whole=2_208)
    assert why(whole, row).differences == ()
    part = about(why(under("storygptv-2024", n_stories=80, n=320, whole=300), row))
    assert "here 80, chosen of 300 in the same way; there" in part["Stories"]
    assert "of 2,208 stories" in part["Stories"]


def test_a_smaller_split_is_a_difference_under_equal_rules(rows: tuple[PublishedRow, ...]):
    """The same protocol on a substitute split has other stories and fewer frames."""
    row = row_of(rows, model="CMOTA (repository log)", dataset="PororoSV")
    said = about(why(under("cmota-2023", n_stories=256, n=1_280, whole=260), row))
    assert "here 256; there 2,208" in said["Stories"]
    assert "here 1,280; there 11,008" in said["Number of frames"]


def test_fsd_of_raw_pictures(rows: tuple[PublishedRow, ...]):
    """CP-CSV's network saw raw pictures, as the row's note says; no command does that again."""
    report = replace(scored("fsd.r2plus1d112.91a641e6.targets.v1"), dataset="pororosv")
    for model in ("CP-CSV", "StoryGAN"):
        found = why(report, row_of(rows, model=model, metric="FSD", dataset="PororoSV"))
        said = about(found)["Input of the network"]
        assert "ignores its own resize and normalisation" in said
        assert "residual2p1.py" in said
        assert found.protocol is None
        assert "No code of it could be read" not in " ".join(found.unknown)
        assert found.advice.startswith("No command lands on that scale")
        assert any("random split" in text for text in found.remarks)


def test_fsd_of_cmota(rows: tuple[PublishedRow, ...]):
    """Frames, real frames and pixels are known of its code; its protocol scores no FSD."""
    report = replace(
        scored("fsd.r2plus1d112.91a641e6.targets.v1"), dataset="pororosv", n_stories=2_208
    )
    found = why(report, row_of(rows, model="CMOTA", metric="FSD", dataset="PororoSV"))
    assert {"Frames", "Real frame of a clip", "Loader"} <= about(found).keys()
    assert "there pictures brought to 224 pixels" in about(found)["Input of the network"]
    assert "--protocol" not in found.advice


def test_clip_that_was_fine_tuned(rows: tuple[PublishedRow, ...]):
    """StoryGPT-V's cosines are of its own CLIP: another scale, and no protocol has it."""
    report = scored("clip_t.vitb32.40d36571.targets.v1", real_frames=0.31)
    found = why(report, row_of(rows, model="StoryGPT-V", metric="CLIP-T"))
    said = about(found)["CLIP"]
    assert "here vitb32 40d36571, by which the real frames have 0.3100" in said
    assert "there one fine-tuned on the dataset" in said
    assert "--protocol" not in found.advice
    assert any("how far that holds for its CLIP-T" in text for text in found.unknown)


def test_every_command_in_an_advice_computes_that_kind(rows: tuple[PublishedRow, ...]):
    """A protocol that is named scores the dataset, and the metric of the row."""
    ids = ("fsd.r2plus1d112.a.t.v1", "clip_t.vitb32.a.t.v1", "clip_i.vitb32.a.t.v1")
    more = tuple(scored(metric).scores[-1] for metric in ids)
    named = 0
    for dataset in ("pororosv", "flintstonessv"):
        report = report_of(dataset=dataset, scores=(*report_of().scores, *more))
        for row in matching(rows, report):
            advice = why(report, row).advice
            if "--protocol" not in advice:
                continue
            rules = catalogue.get(advice.partition("--protocol ")[2].split("`")[0].split()[0])
            named += 1
            assert rules.fits(dataset)
            assert ("fid" if row.metric == "FID" else "characters") in rules.metrics
            assert ("--classifier" in advice) == (row.metric in ("Char-F1", "Frame-Acc"))
    assert named > 60


def test_an_advice_names_the_split(rows: tuple[PublishedRow, ...]):
    """Numbers of val are not landed on by scoring test."""
    row = next(row for row in rows if row.split == "val")
    report = report_of(dataset="pororosv", split="val", n_stories=2_304)
    assert "--split val --protocol vlc-2021`" in why(report, row).advice


def test_the_erratum_is_of_the_corrected_values_alone(rows: tuple[PublishedRow, ...]):
    """StoryGAN's 77.67 is of the original random split, and is no corrected value."""
    report = report_of(dataset="pororosv", n_stories=2_208)
    told = {
        row.value
        for row in matching(rows, report)
        if any("erratum of 2022" in text for text in why(report, row).remarks)
    }
    assert told == {158.06, 96.51, 84.96}
    random = next(row for row in rows if row.value == 77.67)
    assert any("random split" in text for text in why(report, random).remarks)


def test_a_reproduction_names_who_trained(rows: tuple[PublishedRow, ...]):
    """Its author where the note names one, and what the paper prints where it says so."""
    text = {
        row.model: " ".join(why(report_of(), row).remarks)
        for row in rows
        if "third-party" in row.model
    }
    assert (
        "a training by the AR-LDM author, not of the paper"
        in (text["mega-StoryDALL-E (third-party training)"])
    )
    assert (
        "by somebody else, not of the paper, which prints 19.28"
        in (text["AR-LDM (third-party training)"])
    )
    assert "names tencent-ailab/PCDMs metrics.py" in text["RCDMs (third-party training)"]


def test_a_network_of_64_pixels_loses_nothing_on_the_64_pixel_path(
    rows: tuple[PublishedRow, ...],
):
    """The sizes were measured through 299 pixels: they are not told of a smaller input."""
    first = report_of().scores[0]
    settings = {**first.settings, "preprocess": {"path": "clean64", "to": 64}}
    score = replace(first, metric="fd.twin.0a1b2c3d.targets.v1", settings=settings)
    report = report_of(dataset="flintstonessv-twin", n_stories=60, scores=(score,))
    found = why(report, row_of(rows, model="AR-LDM"))
    said = about(found)["Pixels"]
    assert "here the network's own path (clean64, to 64 pixels)" in said
    assert "Neither way shows a network any detail finer than 64 pixels" in said
    assert "128 px" not in said


def test_the_toy_world_goes_through_its_own_network(rows: tuple[PublishedRow, ...]):
    """No command brings cartoons onto a paper's scale; the one named needs no weights."""
    first = report_of().scores[0]
    settings = {**first.settings, "extractor": {"arch": "twin", "dim": 64}}
    score = replace(first, metric="fd.twin.0a1b2c3d.targets.v1", settings=settings)
    report = report_of(dataset="flintstonessv-twin", n_stories=60, scores=(score,))
    advice = why(report, row_of(rows, model="AR-LDM")).advice
    assert "--protocol arldm-2022 --extractor twin`" in advice
    assert "land on that scale" not in advice


def test_a_source_that_was_given_is_continuation(rows: tuple[PublishedRow, ...]):
    """Pictures that were scored with the given source are no visualization, whatever the rules."""
    report = under("cmota-2023", n_stories=2_202, n=11_008, whole=2_208)
    first = report.scores[0]
    given = replace(first, settings={**first.settings, "flags": ["source_given"]})
    row = row_of(rows, model="CMOTA (repository log)", dataset="PororoSV")
    assert "here continuation" in about(why(replace(report, scores=(given,)), row))["Task"]


def test_characters_of_a_code_without_them_are_unknown(rows: tuple[PublishedRow, ...]):
    """CMOTA's repository has no character metric: its FID script says nothing of an F1."""
    row = row_of(rows, model="CMOTA", metric="Char-F1", dataset="PororoSV")
    found = why(report_of(dataset="pororosv", n_stories=2_208), row)
    assert found.protocol is None
    assert "Frames" not in about(found)
    assert any("no character metric" in text for text in found.unknown)


def test_a_gap_is_not_counted_in_rounding(rows: tuple[PublishedRow, ...]):
    """An error of 1e-17 is none: no gap is 10^18 of it."""
    score = replace(report_of().scores[0], standard_error=1e-17)
    row = row_of(rows, model="AR-LDM")
    text = " ".join(sentences(why(report_of(scores=(score,)), row)))
    assert "standard errors of this number" not in text
    assert "standard errors of this number" in " ".join(sentences(why(report_of(), row)))
