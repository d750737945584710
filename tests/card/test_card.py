import dataclasses

import numpy as np
import pytest

from storybench import registry
from storybench.card.card import make_card
from storybench.card.corruptions import CORRUPTIONS, by_name
from storybench.card.material import Material
from storybench.card.spoilt import Spoilt, spoilt_evidence
from storybench.card.table import cell, grid, markdown
from storybench.errors import InputError
from storybench.images import centre_square
from storybench.metrics import twin
from storybench.metrics.evidence import Evidence
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from tests.factories import make_shards

METRICS = ("fid", "consistency", "copying")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Twelve test stories of six episodes with characters, without clips."""
    folder = tmp_path_factory.mktemp("card") / "shards"
    return make_shards(folder, stories={"train": 4, "test": 12}, n_targets=3, characters=("A", "B"))


@pytest.fixture(scope="module")
def flintstones(tmp_path_factory):
    """A toy FlintstonesSV, whose clips keep five frames."""
    folder = tmp_path_factory.mktemp("flintstones")
    registry.load("twins", "flintstones")(folder / "raw", stories=60, seed=2)
    registry.load("datasets", "flintstonessv").build(folder / "raw", folder / "shards", options={})
    return folder / "shards"


@pytest.fixture(scope="module")
def card(shards):
    """Three metrics on every corruption."""
    return make_card(shards, metrics=METRICS)


def answers(card, metric):
    """Verdicts of one metric by corruption."""
    return {one.corruption: one for one in card.answers if one.metric.split(".")[0] == metric}


def test_the_first_frame_of_each_clip_is_spoilt_and_the_middle_one_is_the_reference(flintstones):
    """Both are of the clip of the slot, 0 and k // 2 of its frames."""
    stories, clips = Stories(flintstones, "test"), Clips(flintstones)
    material = Material(flintstones, "test")
    references = list(material.of("reference"))
    for slot in (0, 5, 11):
        story, k = divmod(slot, stories.spec.n_targets)
        whole = clips[clips.find(stories[story].frames[k + 1].origin.clip)].frames
        assert np.array_equal(material.picture(slot), whole[0])
        assert np.array_equal(references[slot], whole[len(whole) // 2])
        assert not np.array_equal(whole[0], references[slot])


def test_without_clips_it_is_the_real_frame(shards):
    """A build that keeps one frame a clip is spoilt from the real frames."""
    stories = Stories(shards, "test")
    references = list(Material(shards, "test").of("reference"))
    assert np.array_equal(references[4], centre_square(stories.image(1, 2)))
    assert np.array_equal(Material(shards, "test").picture(4), centre_square(stories.image(1, 2)))


def test_every_number_is_the_picture_that_the_layout_says(shards):
    """Sources and training frames are found by their numbers."""
    material, layout = Material(shards, "test"), Material(shards, "test").layout
    source = Stories(shards, "test").image(7, 0)
    assert np.array_equal(material.picture(int(layout.sources[7])), centre_square(source))
    learnt = Stories(shards, "train").image(2, 1)
    assert np.array_equal(material.picture(int(layout.train[2 * 4 + 1])), centre_square(learnt))
    assert layout.n_train == 16


def test_spoilt_pictures_are_those_of_the_corruption(shards):
    """At full strength each slot shows its source; the other sides are as they were."""
    material = Material(shards, "test")
    spoilt = Spoilt(material, by_name("copy-source"), 1.0, 0)
    sources = list(material.of("source"))
    for slot, image in enumerate(spoilt.of("generated")):
        assert np.array_equal(image, sources[slot // 3])
    pairs = zip(spoilt.of("reference"), material.of("reference"), strict=True)
    assert all(np.array_equal(first, second) for first, second in pairs)


def test_other_sides_are_computed_once(shards):
    """Reference, sources and training frames of spoilt evidence are the tables of the unspoilt."""
    material = Material(shards, "test")
    whole = Evidence(slots=material.layout.slots, extractor=twin.load(), pictures=material)
    spoilt = spoilt_evidence(whole, Spoilt(material, by_name("blur"), 0.04, 0))
    assert spoilt.features("reference") is whole.features("reference")
    assert spoilt.train() is whole.train()
    assert spoilt.features("generated") is not whole.features("generated")
    assert not np.array_equal(spoilt.features("generated").rows, whole.features("generated").rows)


def test_every_metric_answers_every_corruption(card):
    """There is one answer for each pair, with a value for each strength."""
    metrics = {one.metric for one in card.answers}
    assert len(card.answers) == len(metrics) * len(CORRUPTIONS)
    for one in card.answers:
        assert len(one.values) == len(one.changes) == len(by_name(one.corruption).strengths)


def test_the_radar_sees_copies_and_fid_is_blind_to_order(card):
    """What must be so on any data: copies are counted, a set of frames has no order."""
    copies = answers(card, "copy_exact_rate")
    assert copies["copy-source"].verdict == copies["copy-train"].verdict == "sees"
    assert copies["shuffle-order"].verdict == copies["blur"].verdict == "blind"
    assert answers(card, "fd")["shuffle-order"].verdict == "blind"
    assert answers(card, "consistency")["copy-source"].verdict == "fooled"


def test_the_card_is_the_same_again(shards, card):
    """The same data and seed give the same card, to the last digit."""
    assert make_card(shards, metrics=METRICS) == card


def test_what_the_data_does_not_allow_is_left_out_with_its_reason(tmp_path):
    """Without labels and without training stories two corruptions are left out, and said."""
    bare = make_shards(tmp_path / "bare", stories={"test": 8})
    found = make_card(bare, metrics=["fid"], corruptions=CORRUPTIONS[:7])
    assert [reason.split(":")[0] for reason in found.left_out] == ["swap-character", "copy-train"]
    assert "left out: swap-character" in markdown(found)


def test_too_few_episodes_are_refused(shards):
    """Two episodes have no standard error."""
    with pytest.raises(InputError, match="at least 3 episodes or videos in test, found 2"):
        make_card(shards, metrics=["fid"], limit=4)


def test_the_table_says_what_it_holds_for(card):
    """Data digest, counts, every metric and corruption, and the meaning of each word."""
    text = markdown(card)
    assert card.data_digest[:16] in text
    assert "12 stories, 36 frames, 6 episodes" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(grid(card))
    for word in ("sees", "uneven", "faint", "fooled", "blind"):
        assert f"**{word}**" in text


def test_a_cell_says_verdict_change_and_strength(card):
    """The word, the change in standard errors, and what it notices from."""
    one = dataclasses.replace(
        answers(card, "fd")["blur"],
        verdict="sees",
        changes=(1.0, 2.4, 7.6, 12.3),
        from_strength=0.01,
    )
    assert cell(one) == "sees +12 (1 %)"
    fooled = dataclasses.replace(one, verdict="fooled", changes=(0.0, -4.2), from_strength=None)
    assert cell(fooled) == "**fooled** −4"
    assert cell(dataclasses.replace(one, verdict="blind")) == "blind"
    assert cell(dataclasses.replace(one, changes=(999.0,))) == "sees +∞ (1 %)"
