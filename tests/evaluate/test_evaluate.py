import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from storybench import images, registry
from storybench.errors import InputError, MissingError, PredictionError, UnknownNameError
from storybench.evaluate import evaluate, versions
from storybench.home import features_dir
from storybench.metrics import frechet, twin
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionWriter
from storybench.protocols import catalogue
from storybench.report.record import write_report
from storybench.shards.reader import Stories
from storybench.types import Prediction, Report, Score
from tests.factories import make_shards, picture


def predict(out, shards, draw, *, split="test", **changes):
    """Predictions of a split by a function of (story, k)."""
    stories = Stories(shards, split)
    run = {
        "dataset": stories.spec.name,
        "split": split,
        "data_digest": stories.digest,
        "n_targets": stories.spec.n_targets,
        "model": {"name": "test", "version": 1},
        "seed": 0,
    }
    writer = PredictionWriter(out, Run(**{**run, **changes}))
    for story in stories:
        drawn = [draw(story, k) for k in range(1, len(story.targets) + 1)]
        writer.add(Prediction(story.id, np.stack(drawn)))
    writer.finish()
    return out


def noise(story, k):
    """A picture that has nothing to do with the story."""
    drawn = picture((64, 64), seed=int.from_bytes(f"{story.id}/{k}".encode(), "big"))
    return (drawn.mean(axis=2, keepdims=True) * 0.8 + drawn * 0.2).astype(np.uint8)


def copied_source(story, k):
    """The source frame, square."""
    return images.centre_square(story.source.image)


def truth(story, k):
    """The real frame, square."""
    return images.centre_square(story.targets[k - 1].image)


def quantile(score: Score) -> float:
    """How many standard errors the interval reaches to either side."""
    assert score.interval is not None
    assert score.standard_error is not None
    low, high = score.interval
    assert score.value - low == pytest.approx(high - score.value)
    return (high - score.value) / score.standard_error


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve test stories of six clusters, 72 x 96 pixels."""
    folder = tmp_path_factory.mktemp("evaluate") / "shards"
    return make_shards(folder, stories={"train": 4, "test": 12})


@pytest.fixture(scope="module")
def noisy(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise for all of them; treat as read-only."""
    return predict(tmp_path_factory.mktemp("preds") / "noise", shards, noise)


@pytest.fixture
def report(noisy: Path, shards: Path) -> Report:
    """The noise, scored by the twin extractor."""
    return evaluate(noisy, shards, extractor="twin").report


def test_the_number_is_the_frechet_distance_of_all_target_frames(shards, noisy, report):
    """Recomputed from plain pictures: every target once on each side, the source on neither."""
    extractor, stories = twin.load(), Stories(shards, "test")
    pairs = [(noise(story, k), truth(story, k)) for story in stories for k in (1, 2)]
    first, second = (extractor(side) for side in zip(*pairs, strict=True))
    assert report.scores[0].value == pytest.approx(
        frechet.distance_of_few(first, second).value, rel=1e-9
    )
    assert report.scores[0].n == 24


def test_the_interval_is_the_jackknife_over_clusters_on_both_sides(shards, report):
    """Six clusters: leave each out of both sides, t(5) = 2.5706 around the estimate."""
    extractor, stories = twin.load(), Stories(shards, "test")
    values = []
    for cluster in sorted(set(stories.clusters)):
        kept = [story for story in stories if story.cluster != cluster]
        pairs = [(noise(story, k), truth(story, k)) for story in kept for k in (1, 2)]
        first, second = (extractor(side) for side in zip(*pairs, strict=True))
        values.append(frechet.distance_of_few(first, second).value)
    error = np.sqrt(5 / 6 * np.square(np.array(values) - np.mean(values)).sum())
    found = report.scores[0]
    assert found.n_clusters == 6
    assert found.standard_error == pytest.approx(error, rel=1e-6)
    assert quantile(found) == pytest.approx(2.5706, rel=1e-4)


def test_fid_inf_stands_beside_it(report):
    """K FID - (K - 1) mean of the replicates, with FID's standard error, marked as such."""
    fid, fid_inf, _ = report.scores
    assert fid_inf.metric == fid.metric.replace("fd.", "fd_inf.", 1)
    assert fid_inf.standard_error == fid.standard_error
    assert fid_inf.settings["standard_error_of"] == fid.metric


def test_the_metric_id_carries_the_weights_of_another_extractor(report):
    """Through the twin it is no FID: fd.twin.<first eight of the hash>.targets.v1."""
    sha8 = twin.load().weights_sha256[:8]
    assert report.scores[0].metric == f"fd.twin.{sha8}.targets.v1"
    assert "not_comparable" in report.scores[0].settings["flags"]


def test_the_report_names_data_predictions_model_and_protocol(shards, noisy, report):
    """Digests of both sides, the model's own words, the protocol, the versions."""
    stories = Stories(shards, "test")
    manifest = json.loads((noisy / "predictions.json").read_text("utf-8"))
    assert (report.dataset, report.split, report.n_stories) == ("toy", "test", 12)
    assert report.data_digest == stories.digest
    assert report.predictions_digest == manifest["digest"]
    assert report.model == {"name": "test", "version": 1}
    assert report.protocol == "sb-v1"
    assert {"python", "storybench", "numpy", "scipy", "torch"} <= set(report.versions)


def test_the_record_fixes_the_number(shards, report):
    """Counts, ids, sizes, flags, extractor and numerics of metrics.md's record."""
    settings = report.scores[0].settings
    assert (settings["n_gen"], settings["n_ref"], settings["n_unique_ref_frames"]) == (24, 24, 24)
    assert settings["flags"] == ["rank_deficient", "below_floor", "not_comparable"]
    assert settings["frames"] == "targets[1..2]"
    assert settings["source_frame_scored"] is False
    assert settings["se_method"] == "jackknife-cluster-both-sides"
    assert settings["split"]["dataset_manifest_sha256"] == Stories(shards).digest
    assert settings["reference"]["frame_rule"] == "middle"
    assert settings["reference"]["n_as_built"] == 24
    assert settings["reference"]["native_px"] == [72]
    assert settings["generated"]["native_px"] == [64]
    assert settings["generated"]["container"] == {"png": 24}
    assert settings["extractor"]["weights_sha256"] == twin.load().weights_sha256
    assert settings["preprocess"]["path"] == "clean64"
    assert settings["numerics"]["sqrt"] == "nuclear-norm"
    assert settings["cluster_is_story"] is False


def test_the_same_inputs_give_the_same_bytes(shards, noisy, tmp_path):
    """With an empty cache and with a full one, the report file is the same."""
    written = []
    for run in range(3):
        if run == 2:
            shutil.rmtree(features_dir())
        path = tmp_path / f"{run}.json"
        write_report(evaluate(noisy, shards, extractor="twin").report, path)
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]
    assert written[0].endswith(b"}\n")


def test_pictures_without_a_manifest_are_scored_as_an_unknown_model(shards, noisy, tmp_path):
    """A folder of pictures alone gives the same number."""
    bare = Path(shutil.copytree(noisy, tmp_path / "bare"))
    (bare / "predictions.json").unlink()
    report = evaluate(bare, shards, extractor="twin").report
    assert report.model == {"name": "unknown"}
    assert (
        report.scores[0].value == evaluate(noisy, shards, extractor="twin").report.scores[0].value
    )


def test_predictions_for_other_data_are_refused(noisy, tmp_path):
    """The digests are compared before anything is decoded."""
    other = make_shards(tmp_path / "other", stories={"test": 12}, seed=1)
    with pytest.raises(PredictionError, match=r"made from the data \w+…, found ones made from"):
        evaluate(noisy, other, extractor="twin")


def mapped(preds: Path, shards: Path, split: str = "test") -> dict[str, Path]:
    """A mapping of those files to the stories of a split, in their order."""
    ids = Stories(shards, split).ids
    named = zip(ids, sorted(path for path in preds.iterdir() if path.is_dir()), strict=False)
    lines = [f"{folder.name}/{k}.png,{story_id},{k}" for story_id, folder in named for k in (1, 2)]
    (preds.parent / "map.csv").write_text("\n".join(["file,story,frame", *lines]), "utf-8")
    return {"mapping": preds.parent / "map.csv"}


def test_a_mapping_makes_no_predictions_of_other_data_ours(shards, noisy, tmp_path):
    """What `predictions.json` says of data and split holds however its files are named anew."""
    preds = Path(shutil.copytree(noisy, tmp_path / "preds"))
    other = make_shards(tmp_path / "other", stories={"test": 12}, seed=1)
    with pytest.raises(PredictionError, match=r"made from the data \w+…, found ones made from"):
        evaluate(preds, other, answers=mapped(preds, other), extractor="twin")
    with pytest.raises(PredictionError, match=r"split train, found ones of test\. Use --split"):
        evaluate(
            preds,
            shards,
            split="train",
            answers=mapped(preds, shards, "train"),
            extractor="twin",
        )
    report = evaluate(preds, shards, answers=mapped(preds, shards), extractor="twin").report
    assert report.model == {"name": "unknown"}


def test_predictions_of_another_split_are_refused(shards, tmp_path):
    """One sentence, and the option that fixes it."""
    preds = predict(tmp_path / "preds", shards, noise, split="train")
    with pytest.raises(
        PredictionError, match=r"split test, found ones of train\. Use --split train"
    ):
        evaluate(preds, shards, extractor="twin")
    assert evaluate(preds, shards, split="train", extractor="twin").report.n_stories == 4


def test_a_missing_prediction_is_refused(shards, noisy, tmp_path):
    """The doctor's verdict stops the scoring."""
    preds = Path(shutil.copytree(noisy, tmp_path / "preds"))
    (preds / "test-003" / "2.png").unlink()
    with pytest.raises(PredictionError, match=r"test-003/2\.png is missing"):
        evaluate(preds, shards, extractor="twin")


def test_an_unknown_story_is_refused(shards, noisy, tmp_path):
    """An extra story is invalid input, never skipped."""
    preds = Path(shutil.copytree(noisy, tmp_path / "preds"))
    shutil.copytree(preds / "test-003", preds / "test-0003")
    with pytest.raises(PredictionError, match="Did you mean test-003"):
        evaluate(preds, shards, extractor="twin")


def test_the_real_frames_as_predictions_are_refused(shards, tmp_path):
    """Ground truth in place of pictures is named as what it is, by the doctor and after it."""
    preds = predict(tmp_path / "preds", shards, truth)
    with pytest.raises(PredictionError, match="24 of 24 that show the real frame"):
        evaluate(preds, shards, extractor="twin")
    with pytest.raises(PredictionError, match="24 of 24 equal to the real frame"):
        evaluate(preds, shards, extractor="twin", force=True)


def leaking(*slots):
    """Copies of the source, but the real frame in these slots."""
    return lambda story, k: (truth if (story.id, k) in slots else copied_source)(story, k)


def test_two_leaked_frames_of_24_are_too_many(shards, tmp_path):
    """Above 5 % of the slots the set is refused; the first of them is named."""
    draw = leaking(("test-005", 2), ("test-007", 1))
    preds = predict(tmp_path / "preds", shards, draw)
    with pytest.raises(PredictionError, match=r"2 of 24 .*frame 2 of story test-005"):
        evaluate(preds, shards, extractor="twin", force=True)


def test_one_leaked_frame_is_counted_and_flagged(shards, tmp_path):
    """A black frame or a shared clip can be right by chance: scored, with the count beside it."""
    preds = predict(tmp_path / "preds", shards, leaking(("test-005", 2)))
    settings = evaluate(preds, shards, extractor="twin", force=True).report.scores[0].settings
    assert settings["generated"]["equal_to_truth"] == 1
    assert "contains_truth" in settings["flags"]


def test_a_single_leaked_frame_is_no_copy_however_small_the_split(tmp_path):
    """One of two slots is half of them, and still only one."""
    shards = make_shards(tmp_path / "shards", stories={"test": 1})
    preds = predict(tmp_path / "preds", shards, leaking(("test-000", 1)))
    settings = evaluate(preds, shards, extractor="twin", force=True).report.scores[0].settings
    assert (settings["generated"]["equal_to_truth"], settings["n_gen"]) == (1, 2)


def test_a_share_at_the_bound_is_still_scored(tmp_path):
    """Two of 40 slots are 5 %, not more; three are refused."""
    shards = make_shards(tmp_path / "shards", stories={"test": 20})
    slots = [("test-003", 1), ("test-004", 1), ("test-005", 1)]
    preds = predict(tmp_path / "two", shards, leaking(*slots[:2]))
    settings = evaluate(preds, shards, extractor="twin", force=True).report.scores[0].settings
    assert settings["generated"]["equal_to_truth"] == 2
    with pytest.raises(PredictionError, match="3 of 40"):
        evaluate(
            predict(tmp_path / "three", shards, leaking(*slots)),
            shards,
            extractor="twin",
            force=True,
        )


def test_copying_the_source_is_no_leak(shards, tmp_path):
    """The control that repeats the source is scored; its repeated frames are counted."""
    preds = predict(tmp_path / "preds", shards, copied_source)
    report = evaluate(preds, shards, extractor="twin", force=True).report
    assert report.scores[0].settings["generated"]["duplicates"] == 12
    assert report.scores[0].settings["generated"]["equal_to_truth"] == 0
    assert "contains_truth" not in report.scores[0].settings["flags"]
    assert report.scores[0].settings["n_unique_gen_frames"] == 12


def test_a_source_that_is_repeated_in_the_story_is_no_leak(shards, tmp_path, monkeypatch):
    """Where the real target equals the given source, copying the source is not cheating."""
    image = Stories.image
    monkeypatch.setattr(Stories, "image", lambda self, i, k: image(self, i, 0))
    preds = predict(tmp_path / "preds", shards, copied_source)
    report = evaluate(preds, shards, extractor="twin").report
    assert report.scores[0].value == pytest.approx(0, abs=1e-6)


def test_jpeg_pictures_are_flagged(shards, noisy, tmp_path):
    """A lossy container is scored, stands in the record, and is flagged beside the number."""
    preds = Path(shutil.copytree(noisy, tmp_path / "preds"))
    (preds / "predictions.json").unlink()
    picture = preds / "test-003" / "1.png"
    picture.with_suffix(".jpg").write_bytes(
        images.encode_jpeg(images.decode(picture.read_bytes(), "1.png"))
    )
    picture.unlink()
    settings = evaluate(preds, shards, extractor="twin").report.scores[0].settings
    assert settings["generated"]["container"] == {"jpeg": 1, "png": 23}
    assert "lossy_pictures" in settings["flags"]


def test_other_weights_give_another_id(shards, noisy, tmp_path):
    """Weights passed by name are named in the metric by their hash."""
    changed = bytearray(twin.WEIGHTS.read_bytes())
    changed[-1] ^= 1
    path = tmp_path / "mine.safetensors"
    path.write_bytes(changed)
    report = evaluate(noisy, shards, extractor="twin", weights=path).report
    sha8 = twin.load(path).weights_sha256[:8]
    assert report.scores[0].metric == f"fd.twin.{sha8}.targets.v1"


KID = "kid.clean64.{frames}.v1"


@pytest.fixture
def toy_protocol(monkeypatch):
    """A protocol whose own extractor is the twin, taken for published, with these ids."""

    def install(*metric_ids, pixels="clean64"):
        rules = dataclasses.replace(
            catalogue.get("sb-v1"), extractor="twin", pixels=pixels, metric_ids=metric_ids
        )
        monkeypatch.setattr(catalogue, "get", lambda name: rules)
        published = dataclasses.replace(twin.load(), is_published=True)
        load = registry.load
        monkeypatch.setattr(
            registry,
            "load",
            lambda kind, name: (
                (lambda weights: published) if kind == "extractors" else load(kind, name)
            ),
        )

    return install


def test_the_extractor_is_the_protocols_own_unless_another_is_named(shards, noisy, toy_protocol):
    """Nothing has to be said to get the ids that the protocol promises."""
    toy_protocol("fid.clean64.{frames}.v1", "fid_inf.clean64.{frames}.v1", KID)
    found = evaluate(noisy, shards).report
    assert found.scores[0].settings["extractor"]["arch"] == "twin"
    assert [score.metric for score in found.scores] == [
        "fid.clean64.targets.v1",
        "fid_inf.clean64.targets.v1",
        "kid.clean64.targets.v1",
    ]


def test_ids_that_the_protocol_does_not_promise_are_refused(shards, noisy, toy_protocol):
    """With the published weights the report holds the protocol's metrics or none."""
    toy_protocol("fid.clean64.targets.v2", "fid_inf.clean64.targets.v2")
    with pytest.raises(
        InputError, match=r"metrics fid\.clean64\.targets\.v2, .*found fid\.clean64\.targets\.v1"
    ):
        evaluate(noisy, shards)


def test_another_pixel_path_is_refused_before_any_picture(shards, noisy, toy_protocol):
    """Published weights on another path give numbers that look alike and are not."""
    toy_protocol("fid.clean64.targets.v1", pixels="clean299")
    with pytest.raises(InputError, match=r"the pixel path clean299 .* found clean64 in extractor"):
        evaluate(noisy, shards)


def test_fewer_metrics_than_promised_are_fine_with_few_clusters(tmp_path, toy_protocol):
    """Two clusters have no extrapolation; the first id is there."""
    toy_protocol("fid.clean64.{frames}.v1", "fid_inf.clean64.{frames}.v1", KID)
    shards = make_shards(tmp_path / "shards", stories={"test": 4})
    found = evaluate(predict(tmp_path / "preds", shards, noise), shards).report.scores
    assert [score.metric for score in found] == [
        "fid.clean64.targets.v1",
        "kid.clean64.targets.v1",
    ]


def test_missing_inception_weights_say_what_to_fetch(shards, noisy):
    """The default extractor without its file ends with 4 and names the file."""
    with pytest.raises(MissingError, match="pt_inception-2015-12-05-6726825d"):
        evaluate(noisy, shards)


def test_wrong_names_are_answered_with_close_ones(shards, noisy):
    """Protocols and extractors alike."""
    with pytest.raises(UnknownNameError, match="Did you mean sb-v1"):
        evaluate(noisy, shards, protocol="sb-v2")
    with pytest.raises(UnknownNameError, match="Did you mean twin"):
        evaluate(noisy, shards, extractor="twins")


def test_fewer_than_three_clusters_have_no_interval(tmp_path):
    """The number stands alone: two clusters have no spread worth printing."""
    shards = make_shards(tmp_path / "shards", stories={"test": 4})
    report = evaluate(predict(tmp_path / "preds", shards, noise), shards, extractor="twin").report
    found = report.scores[0]
    assert (found.n_clusters, found.standard_error, found.interval) == (2, None, None)


def test_more_than_fifty_clusters_are_dealt_into_25(tmp_path):
    """Sixty videos give 25 replicates; the record says both numbers."""
    shards = make_shards(tmp_path / "shards", stories={"test": 60}, stories_per_cluster=1)
    report = evaluate(predict(tmp_path / "preds", shards, noise), shards, extractor="twin").report
    found = report.scores[0]
    assert (found.n_clusters, found.settings["n_groups"]) == (60, 25)
    assert found.settings["cluster_is_story"] is True
    assert quantile(found) == pytest.approx(2.0639, rel=1e-4)


def test_progress_counts_both_sides(shards, noisy):
    """Every picture of either side is told, up to the last."""
    seen = []
    evaluate(noisy, shards, extractor="twin", on_progress=lambda *step: seen.append(step))
    assert seen[0] == (1, 12, "stories")
    seen = [step for step in seen if step[2] == "pictures"]
    assert seen[0] == (1, 48, "pictures")
    assert seen[-1] == (48, 48, "pictures")
    assert len(seen) == 48


def test_features_are_cached_under_storybench_home(shards, noisy, home):
    """In a folder named by network, pixels and weights."""
    evaluate(noisy, shards, extractor="twin")
    (folder,) = (home / "features").iterdir()
    assert folder.name == twin.load().key


def test_versions_are_those_installed():
    """The packages a number can depend on."""
    assert versions()["numpy"] == np.__version__
