"""What is made of a diagnosis: values, a page with its pictures, and a mapping that repairs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from storybench.checkup import record, render_page, write_mapping
from storybench.errors import InputError
from storybench.predictions import PredictionSet
from storybench.predictions.doctor.alignment import Alignment, Fitted
from storybench.predictions.doctor.alignment.hypotheses import Hypothesis, claim
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.doctor.typed import Typed
from storybench.predictions.mapped import MappedPredictions
from storybench.predictions.pictures import CropPicture
from storybench.predictions.problem import Fault, Note, Problem
from storybench.shards.reader import Stories
from tests.factories import make_predictions, make_shards
from tests.page.outline import Outline

N, T = 4, 2
CLAIMED = Fitted("as claimed", "", "", gain=1.0, over_claim=0.0)
BEST = Fitted("one story on", "A03", "--first-index 1", gain=4.0, over_claim=9.0)


@pytest.fixture
def stories(tmp_path: Path) -> Stories:
    """Four stories of two targets, with a caption that is no markup."""

    def captions(split: str, number: int, k: int) -> tuple[str, ...]:
        return (f"<b>{split}</b> {number} & frame {k}",)

    return Stories(make_shards(tmp_path / "shards", captions=captions), "test")


@pytest.fixture
def predictions(tmp_path: Path, stories: Stories) -> PredictionSet:
    """Noise for each of them."""
    return make_predictions(tmp_path / "preds", stories.ids)


def one_story_on() -> Hypothesis:
    """Every picture shows the next story; the last shows nothing of the split."""
    straight = claim(N, T)
    return Hypothesis(BEST.name, BEST.rule, BEST.answer, straight.story + 1, straight.k)


def diagnosis_of(
    predictions: PredictionSet | MappedPredictions,
    *problems: Problem,
    truly: Hypothesis | None = None,
    chance: float = 0.5,
) -> Diagnosis:
    """A set of four stories: misaligned if something else is truly shown, else aligned."""
    alignment = Alignment(
        outcome="aligned" if truly is None else "misaligned",
        claimed=CLAIMED,
        best=CLAIMED if truly is None else BEST,
        ties=(),
        chance=chance,
        score=12.0,
        shuffle=None,
        n_tried=300,
        truly=truly,
    )
    return Diagnosis(predictions.directory, N, N * T, problems, {"png": N * T}, alignment)


def test_the_values_are_json_with_commands_filled_in(predictions: PredictionSet) -> None:
    """Placeholders become the user's own paths; a chance that is not known is null."""
    fault = Fault(
        "misaligned",
        "Expected stories in order, found them one on.",
        rule="A03",
        evidence={"gain": np.float64(4.0)},
        fix="storybench preds convert PREDS FIXED --data SHARDS ANSWERS --mapping order.csv",
        slots=(("test-0001", 1),),
    )
    found = diagnosis_of(predictions, fault, truly=one_story_on(), chance=float("nan"))
    typed = Typed(Path("my shards"), "val", {"batch_size": 8})
    value = json.loads(json.dumps(record(found, typed=typed), allow_nan=False))
    assert value["data"] == "my shards"
    assert (value["can_be_scored"], value["alignment"]["verdict"]) == (False, "misaligned")
    assert value["alignment"]["best"]["name"] == "one story on"
    assert value["alignment"]["chance"] is None
    (problem,) = value["problems"]
    preds = predictions.directory
    assert problem["fix"] == (
        f"storybench preds convert {preds} {preds}.fixed --data 'my shards' --split val "
        "--batch-size 8 --mapping order.csv"
    )
    assert (problem["severity"], problem["slots"]) == ("error", [["test-0001", 1]])


def test_a_note_forbids_nothing(predictions: PredictionSet) -> None:
    """And says so."""
    found = diagnosis_of(predictions, Note("lossy pictures", "Found 8 x jpeg."))
    value = record(found, typed=Typed(Path("shards")))
    assert value["can_be_scored"]
    assert (value["problems"][0]["severity"], value["problems"][0]["story"]) == ("warning", None)


def test_the_page_advises_what_was_typed(predictions: PredictionSet, stories: Stories) -> None:
    """Shards, split and answers; without answers those two alone."""
    fault = Fault("misaligned", "Expected 1.", fix="convert --data SHARDS ANSWERS --mapping m")
    found = diagnosis_of(predictions, fault)
    typed = Typed(Path("s"), "val", {"batch_size": 8})
    page = render_page(found, predictions, stories, typed=typed)
    assert "convert --data s --split val --batch-size 8 --mapping m" in page
    assert f"convert --data {stories.directory} --mapping m" in render_page(
        found, predictions, stories
    )


def test_the_page_shows_each_picture_beside_what_it_fits(
    predictions: PredictionSet, stories: Stories
) -> None:
    """Three rows a story: real, claimed, and the real frames that the pictures fit."""
    slots = tuple((story_id, 1) for story_id in stories.ids)
    fault = Fault("misaligned", "Expected 1 < 2.", fix="storybench doctor PREDS", slots=slots)
    page = render_page(diagnosis_of(predictions, fault, truly=one_story_on()), predictions, stories)
    outline = Outline(page)
    assert not outline.open
    fitting = [one for one in outline.all("img") if one["alt"] == "real frame that it fits"]
    assert len(fitting) == (N - 1) * T
    assert len(outline.all("img")) == N * (1 + 2 * T) + len(fitting)
    assert all(one["src"].startswith("data:image/") for one in outline.all("img"))
    assert f"fits {stories.ids[1]}, frame 1" in page
    assert "fits nothing of the split" in page
    assert "The pictures belong to other slots: one story on." in page
    assert "&lt;b&gt;test&lt;/b&gt; 0 &amp; frame 1" in page
    assert "<b>test" not in page


def test_a_good_set_has_a_page_too(predictions: PredictionSet, stories: Stories) -> None:
    """A few stories, two rows each, and nothing that was found."""
    page = render_page(diagnosis_of(predictions), predictions, stories)
    assert "Nothing was found" in page
    assert "Aligned" in page
    assert len(Outline(page).all("img")) == N * (1 + 2 * T)


def test_a_picture_that_is_missing_is_said_to_be(
    predictions: PredictionSet, stories: Stories
) -> None:
    """Its place stays."""
    predictions.path(stories.ids[0], 2).unlink()
    page = render_page(diagnosis_of(predictions), predictions, stories)
    assert 'aria-label="prediction 2, missing"' in page


def test_the_mapping_names_the_slot_that_each_file_shows(
    predictions: PredictionSet, stories: Stories, tmp_path: Path
) -> None:
    """Of what shows nothing of the split it names nothing."""
    found = diagnosis_of(predictions, truly=one_story_on())
    n = write_mapping(found, predictions, stories, tmp_path / "order.csv")
    with (tmp_path / "order.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert n == len(rows) == (N - 1) * T
    first, second = stories.ids[:2]
    assert rows[0] == {"file": f"{first}/1.png", "story": second, "frame": "1"}
    assert {row["story"] for row in rows} == set(stories.ids[1:])


def test_a_source_among_the_targets_is_left_out(
    predictions: PredictionSet, stories: Stories, tmp_path: Path
) -> None:
    """It belongs to no slot."""
    straight = claim(N, T)
    truly = Hypothesis("one frame back", "A07", "", straight.story, straight.k - 1)
    found = diagnosis_of(predictions, truly=truly)
    assert write_mapping(found, predictions, stories, tmp_path / "order.csv") == N
    assert f"{stories.ids[0]}/2.png,{stories.ids[0]},1" in (tmp_path / "order.csv").read_text()


def test_no_mapping_without_an_order_or_without_files(
    predictions: PredictionSet, stories: Stories, tmp_path: Path
) -> None:
    """One sentence each, and nothing is written."""
    with pytest.raises(InputError, match="whose order is known, found aligned"):
        write_mapping(diagnosis_of(predictions), predictions, stories, tmp_path / "order.csv")
    file = predictions.path(stories.ids[0], 1)
    crop = CropPicture(file, "1.png", (64, 64), (0, 0, 32, 32))
    places = {(story_id, k): crop for story_id in stories.ids for k in (1, 2)}
    mosaics = MappedPredictions(predictions.directory, layout="mosaics", pictures=places)
    with pytest.raises(InputError, match="pictures in files of their own"):
        write_mapping(
            diagnosis_of(mosaics, truly=one_story_on()), mosaics, stories, tmp_path / "order.csv"
        )
    assert not (tmp_path / "order.csv").exists()
