"""Protocols end to end on the twin extractor, the spread of seeds, the time machine, controls."""

import dataclasses
import json

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.evaluate import (
    CONTROLS,
    evaluate_controls,
    evaluate_prepared,
    load_behind,
    prepare,
    require_whole,
    run_machine,
)
from storybench.evaluate.plan import plan
from storybench.evaluate.references import RealFrames, picks
from storybench.images import centre_square, encode_png
from storybench.metrics import frechet, twin
from storybench.metrics.evidence import Options
from storybench.metrics.paper_pixels import path
from storybench.protocols import catalogue
from storybench.protocols.protocol import Batch, Cut
from tests.evaluate.toons import make_subject, write_build, write_predictions
from tests.factories import picture

SB = catalogue.get("sb-v1")


def anywhere(name, **changes):
    """A paper's protocol for any dataset, with a cut that a small split feels."""
    return dataclasses.replace(catalogue.get(name), datasets=(), **changes)


PROTOCOLS = (
    SB,
    anywhere("storydalle-2022", cuts=(Cut("toon", "test", 14),)),
    anywhere("duco-2021"),
    anywhere("vlc-2021"),
    anywhere("arldm-2022"),
    anywhere("arldm-2022-visualization"),
    anywhere("make-a-story-2023"),
    anywhere("cmota-2023", batch=Batch(30, "frames")),
    anywhere("storygptv-2024", batch=Batch(3, "stories")),
)


def scored(subject, rules):
    """An evaluation through the twin."""
    return evaluate_prepared(subject, rules, load_behind(rules, "twin"), options=Options())


def by_hand(subject, rules):
    """The distance from plain pictures, through the twin behind the protocol's paths."""
    chosen = plan(subject.stories, rules)
    real = RealFrames(chosen, subject.clips)
    found = picks(chosen, subject.clips, rules.reference, rules.seed)
    generated, reference = [], []
    for slot, (index, k) in enumerate(chosen.slots):
        truth = real.image(slot, found[slot])
        reference.append(truth)
        generated.append(
            centre_square(subject.stories.image(index, 0))
            if k == 0
            else subject.predictions.image(subject.stories.ids[index], k)
        )
    network = twin.load()
    if rules.pixels != "clean299":
        sides = (rules.pixels, rules.reference_pixels or rules.pixels)
        first, second = (network.through(path(name)) for name in sides)
    else:
        first = second = network
    return frechet.distance(
        frechet.moments(first(generated)), frechet.moments(second(reference))
    ).value


@pytest.mark.parametrize("rules", PROTOCOLS, ids=lambda rules: rules.name)
def test_a_protocol_scores_what_its_rules_say(subject, rules):
    """Stories, frames, real frames and both pixel paths, beside a calculation by hand."""
    report = scored(subject, rules).report
    value = report.scores[0].value
    assert value == pytest.approx(by_hand(subject, rules), rel=1e-6, abs=1e-6)
    assert report.protocol == rules.name
    assert report.scores[0].settings["left_out"] == plan(subject.stories, rules).left_out


@pytest.fixture(scope="module")
def drew_all(tmp_path_factory):
    """A folder of a visualization system: frames 0 to 4, the first one drawn as well."""
    folder = tmp_path_factory.mktemp("visualization")
    shards = write_build(folder / "shards")
    targets = write_predictions(folder / "targets", shards)
    (targets / "predictions.json").unlink()
    for number, story in enumerate(sorted(targets.iterdir())):
        (story / "0.png").write_bytes(encode_png(picture((64, 64), seed=10_000 + number)))
    return prepare(targets, shards, force=True)


@pytest.mark.parametrize("name", ["arldm-2022-visualization", "duco-2021", "cmota-2023"])
def test_a_first_frame_that_was_drawn_is_the_one_that_is_scored(drew_all, name):
    """Five pictures a story through the paper's pixels, by hand; the source is not put in."""
    rules = anywhere(name, batch=None)
    score = scored(drew_all, rules).report.scores[0]
    ids = drew_all.stories.ids
    generated = [drew_all.predictions.image(story, k) for story in ids for k in range(5)]
    chosen = plan(drew_all.stories, rules)
    real = RealFrames(chosen, drew_all.clips)
    reference = [
        real.image(slot, pick)
        for slot, pick in enumerate(picks(chosen, drew_all.clips, "random", rules.seed))
    ]
    sides = (rules.pixels, rules.reference_pixels or rules.pixels)
    made, truth = (twin.load().through(path(pixels)) for pixels in sides)
    expected = frechet.distance(
        frechet.moments(made(generated)), frechet.moments(truth(reference))
    ).value
    assert score.value == pytest.approx(expected, rel=1e-6)
    assert score.n == 5 * len(ids)
    assert score.settings["source_frame_from"] == "predictions"
    assert "source_given" not in score.settings["flags"]


@pytest.mark.parametrize("rules", PROTOCOLS[1:], ids=lambda rules: rules.name)
def test_another_network_names_the_pixel_path(subject, rules):
    """fd, the network and its hash, the path, the frames: never to be taken for an FID."""
    metric = scored(subject, rules).report.scores[0].metric
    sha8 = twin.load().weights_sha256[:8]
    assert metric == f"fd.twin.{sha8}.{rules.pixels}.{rules.frames_name(4)}.v1"


def test_a_given_source_is_said_to_be_given(subject):
    """A set of targets shows the source it was given; the score is flagged and says so."""
    settings = scored(subject, anywhere("duco-2021")).report.scores[0].settings
    assert settings["source_frame_scored"] is True
    assert settings["source_frame_from"] == "given"
    assert "source_given" in settings["flags"]
    assert scored(subject, SB).report.scores[0].settings["source_frame_from"] is None


def test_the_spread_over_five_seeds_is_in_the_record(subject):
    """A value a seed and its deviation; the score is that of the protocol's own seed."""
    rules = anywhere("arldm-2022")
    score = scored(subject, rules).report.scores[0]
    seeds = score.settings["reference"]["seeds"]
    assert list(seeds["values"]) == ["0", "1", "2", "3", "4"]
    assert seeds["metric"] == score.metric
    assert seeds["values"]["0"] == pytest.approx(score.value, rel=1e-9)
    for seed in (1, 4):
        other = dataclasses.replace(rules, seed=seed)
        assert seeds["values"][str(seed)] == pytest.approx(by_hand(subject, other), rel=1e-6)
    values = list(seeds["values"].values())
    assert seeds["sd"] == pytest.approx(np.std(values, ddof=1))
    assert seeds["sd"] > 0
    assert "seeds" not in scored(subject, SB).report.scores[0].settings["reference"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """Every protocol on painted pictures."""
    return run_machine(
        make_subject(tmp_path_factory.mktemp("machine")), extractor="twin", protocols=PROTOCOLS
    )


def test_the_machine_scores_every_protocol(machine, subject):
    """Each as it would be scored alone."""
    assert list(machine.evaluations) == [rules.name for rules in PROTOCOLS]
    alone = scored(subject, PROTOCOLS[1]).report.scores[0].value
    assert machine.evaluations["storydalle-2022"].report.scores[0].value == pytest.approx(alone)


def test_a_waterfall_ends_at_the_protocols_own_number(machine):
    """The steps begin at sb-v1's distance and end at the paper's, computed apart."""
    first = machine.evaluations["sb-v1"].report.scores[0]
    assert len(machine.waterfalls) == len(PROTOCOLS) - 1
    for waterfall in machine.waterfalls:
        last = machine.evaluations[waterfall.last].report.scores[0]
        assert waterfall.steps[0].value == pytest.approx(first.value, rel=1e-9)
        assert waterfall.steps[-1].value == pytest.approx(last.value, rel=1e-9)
        assert (waterfall.steps[0].n, waterfall.steps[-1].n) == (first.n, last.n)


def test_a_step_is_a_score_with_one_rule_changed(machine, subject):
    """Not a difference of guesses: the middle bar is itself an evaluation."""
    waterfall = machine.waterfalls[0]
    assert [step.label for step in waterfall.steps] == [
        "sb-v1",
        "first 14 stories",
        "random frame, seed 0",
        "pixels story64",
    ]
    between = dataclasses.replace(SB, cuts=PROTOCOLS[1].cuts, reference="random")
    assert waterfall.steps[2].value == pytest.approx(by_hand(subject, between), rel=1e-6)


def test_protocols_for_other_datasets_are_left_out(subject):
    """With the datasets they were made for."""
    found = run_machine(subject, extractor="twin", protocols=(SB, catalogue.get("duco-2021")))
    assert list(found.evaluations) == ["sb-v1"]
    assert found.left_out == {"duco-2021": "made for pororosv"}


def test_a_partial_set_has_no_machine(subject):
    """Every protocol needs its stories."""

    class Partial:
        story_ids = subject.predictions.story_ids[1:]

    with pytest.raises(InputError, match="Expected all 19 stories of test"):
        require_whole(dataclasses.replace(subject, predictions=Partial()))


def test_controls_are_scored_as_predictions_are(subject):
    """Another frame of each clip, the source, other stories' frames and grey, each by hand."""
    rows = {row.name: row for row in evaluate_controls(subject, SB, extractor="twin")}
    assert list(rows) == [control.name for control in CONTROLS]
    assert all(score.interval is not None for row in rows.values() for score in row.scores)
    chosen, stories = plan(subject.stories, SB), subject.stories
    real, middle = RealFrames(chosen, subject.clips), picks(chosen, subject.clips, "middle")
    extractor = twin.load()
    reference = [real.image(slot, pick) for slot, pick in enumerate(middle)]
    drawn = {
        "other-frame": [
            subject.clips[pick.row].frames[
                (pick.k + subject.clips.counts[pick.row] // 2) % subject.clips.counts[pick.row]
            ]
            for pick in middle
            if pick.row is not None
        ],
        "copy-source": [stories.image(index, 0) for index, _ in chosen.slots],
        "blank": [np.full((64, 64, 3), 128, np.uint8)] * len(chosen.slots),
    }
    for name, pictures in drawn.items():
        expected = frechet.distance_of_few(extractor(pictures), extractor(reference)).value
        assert rows[name].scores[0].value == pytest.approx(expected, rel=1e-4, abs=1e-5), name


def test_shuffled_truth_is_what_a_distance_cannot_tell(subject):
    """Against the frames of the build the shuffled frames are the same set: distance 0."""
    rules = dataclasses.replace(SB, reference="as-built")
    rows = {row.name: row for row in evaluate_controls(subject, rules, extractor="twin")}
    assert rows["shuffled-truth"].scores[0].value == pytest.approx(0, abs=1e-4)
    assert rows["copy-source"].scores[0].value > 0.01


def test_a_control_that_cannot_be_made_says_why(tmp_path, subject):
    """Without clips there is no other frame."""
    lone = dataclasses.replace(subject, clips=subject.clips.__class__(subject.stories.directory))
    lone.clips._table = lone.clips._table.slice(0, 0)  # as a build without clips
    rows = {row.name: row for row in evaluate_controls(lone, SB, extractor="twin")}
    assert rows["other-frame"].scores == ()
    assert "second frame" in (rows["other-frame"].reason or "")
    assert rows["blank"].scores


def test_batch_and_order_of_pictures_change_nothing(subject):
    """Another batch size of the network gives the same numbers, to rounding."""
    rules, network = SB, load_behind(SB, "twin")
    values = []
    for batch in (1, 5, 64):
        small = dataclasses.replace(network, batch=batch, weights_sha256=f"{batch:064d}")
        found = evaluate_prepared(subject, rules, small, options=Options()).report
        values.append([score.value for score in found.scores])
    np.testing.assert_allclose(values, [values[0]] * 3, rtol=1e-4, atol=1e-7)


def test_reports_of_papers_are_json(subject):
    """Records hold plain values alone."""
    for rules in PROTOCOLS:
        for score in scored(subject, rules).report.scores:
            json.dumps(dict(score.settings))
