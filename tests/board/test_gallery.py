import numpy as np
import pytest

from storybench.board.submissions.gallery import CELL, Strip, choose, draw
from storybench.board.submissions.record import LeftOutRecord, ReportRecord
from storybench.files import sha256_bytes
from storybench.images import decode
from storybench.types import Prediction

BY = "http://creativecommons.org/licenses/by/2.0/"
ND = "http://creativecommons.org/licenses/by-nc-nd/2.0/"


@pytest.fixture
def result(report, score):
    return ReportRecord.model_validate(report("mine", [score()]))


def flat(story, value: int) -> Prediction:
    """Frames of one grey value."""
    return Prediction(story.id, np.full((len(story.targets), 64, 64, 3), value, np.uint8))


def cell(strip: Strip, row: int, column: int) -> np.ndarray:
    """One cell of a strip's picture."""
    picture = decode(strip.jpeg, strip.name)
    return picture[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]


def test_the_choice_depends_on_ids_alone():
    """Six stories, the same in any order and whatever else is in the list after them."""
    ids = [f"story-{k}" for k in range(200)]
    chosen = choose(ids)
    assert len(chosen) == 6
    assert choose(reversed(ids)) == chosen
    assert chosen == tuple(sorted(ids, key=lambda i: sha256_bytes(i.encode())))[:6]
    assert choose(["only"]) == ("only",)


def test_a_free_story_shows_source_generated_and_truth(result, story):
    """Source and generated frames stand in the first row, the true ones below their columns."""
    made = story("s-1", 3)
    strip = draw(made, flat(made, 200), result)
    assert isinstance(strip, Strip)
    assert strip.name == "gallery/s-1.jpg"
    assert decode(strip.jpeg, "x").shape == (2 * CELL, 3 * CELL, 3)
    assert strip.record.has_truth
    assert abs(cell(strip, 0, 1).mean() - 200) < 2
    assert abs(cell(strip, 0, 2).mean() - 200) < 2
    assert abs(cell(strip, 1, 0).mean() - 255) < 2
    truth = made.targets[1].image
    assert abs(cell(strip, 1, 2).mean() - truth.mean()) < 3
    assert abs(cell(strip, 0, 0).mean() - made.source.image.mean()) < 3


def test_captions_credit_and_licence_are_recorded(result, story):
    """Beside the picture stand every caption, where the frame came from, and its licence."""
    strip = draw(made := story("s-1", 3), flat(made, 9), result)
    assert isinstance(strip, Strip)
    record = strip.record
    assert record.captions == made.captions
    assert record.credit == "s-1-clip"
    assert record.licence == "CC BY 2.0"
    assert record.predictions_digest == result.predictions_digest


@pytest.mark.parametrize("licence", [ND, None])
def test_truth_is_left_out_when_one_frame_is_not_free(result, story, licence):
    """A target without derivatives: the source and the generated frames alone."""
    made = story("s-1", 3, licences=[BY, BY, licence])
    strip = draw(made, flat(made, 9), result)
    assert isinstance(strip, Strip)
    assert not strip.record.has_truth
    assert decode(strip.jpeg, "x").shape == (CELL, 3 * CELL, 3)


@pytest.mark.parametrize(("licence", "named"), [(ND, "CC BY-NC-ND 2.0"), (None, "no known")])
def test_a_source_that_is_not_free_leaves_the_story_out(result, story, licence, named):
    """No picture at all, generated ones neither; the reason names the licence."""
    made = story("s-1", 3, licences=[licence, BY, BY])
    left = draw(made, flat(made, 9), result)
    assert isinstance(left, LeftOutRecord)
    assert named in left.reason
    assert left.story_id == "s-1"


def test_the_toy_world_is_free(report, score, story):
    """Pictures that this project draws are shown whatever licence they imitate."""
    result = ReportRecord.model_validate(report("mine", [score()], dataset="didemosv-twin"))
    made = story("s-1", 3, licences=[ND, None, ND])
    strip = draw(made, flat(made, 9), result)
    assert isinstance(strip, Strip)
    assert strip.record.has_truth
    assert (strip.record.credit, strip.record.licence) == ("Drawn by the toy world", "CC0")


def test_the_same_pictures_give_the_same_bytes(result, story):
    """A strip is a pure function of the pictures."""
    made = story("s-1", 3)
    assert draw(made, flat(made, 9), result) == draw(made, flat(made, 9), result)
