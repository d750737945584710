from dataclasses import replace

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.evaluate import evaluate
from storybench.images import centre_square
from storybench.metrics.characters import Characters
from storybench.metrics.classifier import loading
from storybench.metrics.classifier.card import judge, slots_of
from storybench.metrics.classifier.fitting import fit
from storybench.metrics.classifier.middle_frames import MiddleFrames
from storybench.metrics.classifier.page import NAMES, render_page
from storybench.metrics.classifier.settings import SMALL
from storybench.metrics.classifier.sheet import write_sheet
from storybench.metrics.confusion import FAMILY
from storybench.metrics.evidence import Evidence, Options
from storybench.metrics.metric import Estimate
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from tests.evaluate.toons import write_predictions
from tests.factories import make_shards
from tests.loader.cartoon import Cartoon, labels
from tests.metrics.classifier.casts import CAST, SIDE, draw
from tests.metrics.fakes import extractor, table


@pytest.fixture(scope="module")
def card(cast, fitted, tmp_path_factory):
    """The card of the fitted classifier."""
    patch = pytest.MonkeyPatch()
    patch.setenv("STORYBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    found = judge(fitted, cast)
    patch.undo()
    return found


def test_every_split_is_judged_on_its_real_target_frames(card, cast, fitted):
    """Numbers equal to those of logits computed picture by picture."""
    assert [split.split for split in card.splits] == ["train", "val", "test"]
    classifier, stories = loading.load(fitted), Stories(cast, "test")
    frames = [frame for story in stories for frame in story.targets]
    decided = classifier.extractor([frame.image for frame in frames]) > 0
    labels = np.array([frame.characters for frame in frames], bool)
    test = card.splits[2]
    assert (test.n_slots, test.n_stories, test.n_clusters) == (30, 15, 3)
    exact = (decided == labels).all(axis=1).mean()
    assert test.scores["frame_acc"].value == pytest.approx(exact)
    micro = 2 * (decided & labels).sum() / (decided.sum() + labels.sum())
    assert test.scores["charf1"].value == pytest.approx(micro)
    assert set(test.scores) == set(FAMILY) == set(NAMES)
    assert test.scores["charf1"].value > test.floor["charf1"]["highest"]


def test_real_frames_score_as_predictions_that_equal_them(card, cast, fitted):
    """P13: upstream real frames are never scored, as `evaluate_gt(args)` lacks two arguments."""
    classifier, stories = loading.load(fitted), Stories(cast, "test")
    slots, places = slots_of(stories)
    logits = classifier.extractor([centre_square(stories.image(*place)) for place in places])
    seen, none = table(logits), table(np.zeros((slots.n, 8)))
    given = Evidence.of(
        none,
        none,
        slots.groups,
        extractor=extractor(),
        slots=slots,
        options=Options(classifier=fitted),
        more={(side, classifier.extractor): seen for side in ("generated", "reference")},
    )
    estimates = [one for one in Characters().estimate(given) if isinstance(one, Estimate)]
    found = {one.metric.split(".")[0]: one.value for one in estimates}
    assert found == {name: score.value for name, score in card.splits[2].scores.items()}


EPISODES = {
    "train": {f"ep{n}": 6 for n in range(1, 9)},
    "test": {f"ep{n}": 6 for n in range(9, 13)},
}


def first_is_another(clip, k, side):
    """Shapes of whom the clip is labelled with; its first frame shows just the others."""
    there = labels(clip) or (0, 0, 0)
    shown = there if k else tuple(1 - one for one in there)
    return draw(shown, seed=int.from_bytes(f"{clip}/{k}".encode(), "big") % (1 << 31))


def test_the_card_is_the_ceiling_that_eval_says(tmp_path, monkeypatch):
    """On a build whose clips have other middle frames: every number and interval is the same."""
    monkeypatch.setenv("STORYBENCH_HOME", str(tmp_path / "home"))
    shards = Cartoon(side=SIDE, episodes=EPISODES, draw=first_is_another).write(tmp_path / "toons")
    path = tmp_path / "c.safetensors"
    fit(shards, path, settings=replace(SMALL, epochs=8))
    drawn = write_predictions(tmp_path / "preds", shards)
    options = Options(classifier=path)
    report = evaluate(drawn, shards, extractor="twin", options=options, force=True).report
    ceilings = {
        score.metric.split(".")[0]: score.settings["ceiling"]
        for score in report.scores
        if "ceiling" in score.settings
    }
    test = judge(path, shards).splits[1]
    assert set(ceilings) == set(test.scores) == set(FAMILY)
    for name, ceiling in ceilings.items():
        assert test.scores[name].value == ceiling["value"]
        assert (test.scores[name].interval is None) == (ceiling["interval"] is None)
        if ceiling["interval"] is not None:
            assert test.scores[name].interval == pytest.approx(tuple(ceiling["interval"]))
    stories = Stories(shards, "test")
    real, (_, places) = MiddleFrames(stories), slots_of(stories)
    clips = Clips(shards)
    for index, k in places:
        clip = clips[clips.find(stories.origins(index)[k].clip)]
        assert np.array_equal(real.image(index, k), clip.frames[len(clip.frames) // 2])
    extractor = loading.load(path).extractor
    judged, built = (
        extractor([of.image(*place) for place in places]) > 0 for of in (real, stories)
    )
    assert (judged != built).any(), "so the frames of the build would give other numbers"


def test_episodes_that_were_learnt_from_are_counted(card):
    """All of train, none of the others."""
    assert [split.episodes_trained_on for split in card.splits] == [6, 0, 0]


def test_characters_have_intervals(card):
    """Each with support, around its F1, where there are three episodes or more."""
    rows = card.splits[2].characters
    assert list(rows) == list(CAST)
    for row in rows.values():
        assert (row["interval"] is None) == (row["f1"] == 1), "what no draw moves has none"
        if row["interval"] is not None:
            assert row["interval"][0] <= row["f1"] <= row["interval"][1]
        assert row["support"] > 0
    assert any(row["interval"] for row in card.splits[0].characters.values())
    assert card.splits[1].scores["charf1"].interval is None


def test_mistakes_are_the_frames_that_are_not_exact(cast, tmp_path, fitted, monkeypatch):
    """The worst first, with who was missed and claimed; drawn as a sheet and on a page."""
    classifier = loading.load(fitted)
    network = classifier.extractor.network

    def first_is_turned(batch):
        logits = network(batch).copy()
        logits[:, 0] *= -1
        return logits

    object.__setattr__(classifier.extractor, "network", first_is_turned)
    monkeypatch.setattr("storybench.metrics.classifier.card.load", lambda path: classifier)
    found = judge(fitted, cast)
    test = found.splits[2]
    nats = [one.nats for one in test.mistakes]
    assert nats == sorted(nats, reverse=True)
    assert len(test.mistakes) == 12
    for one in test.mistakes:
        assert set(one.labelled) ^ set(one.predicted) >= {"Disc"}
    out = tmp_path / "sheet.png"
    assert write_sheet(found, cast, out) == 36
    assert out.read_bytes().startswith(b"\x89PNG")
    html = render_page(found, Stories(cast))
    assert html.count('src="data:image/webp') == 36
    assert "http" not in html.split("</style>")[1].replace("http-equiv", "")
    assert "6 of these episodes were learnt from" in html


def test_labels_of_slots_are_those_of_their_frames(cast):
    """Target frames only, sorted by story and k."""
    slots, places = slots_of(Stories(cast, "test"))
    assert places[:3] == [(0, 1), (0, 2), (1, 1)]
    story = Stories(cast, "test")[1]
    assert slots.labels is not None
    assert slots.labels[2].astype(int).tolist() == list(story.frames[1].characters or ())
    assert slots.groups.tolist() == sorted(slots.groups.tolist())


def test_another_cast_is_refused(fitted, tmp_path):
    """And a dataset without labels."""
    other = make_shards(tmp_path / "other", characters=("Ada", "Bo", "Cleo"))
    with pytest.raises(InputError, match="Expected a classifier of Ada, Bo, Cleo, found one of"):
        judge(fitted, other)
    with pytest.raises(InputError, match="with character labels, found none"):
        judge(fitted, make_shards(tmp_path / "bare"))
