import json
from dataclasses import asdict

import pytest

from storybench.board.check import check
from storybench.board.submissions.folder import load
from storybench.board.submissions.submit import submit
from storybench.errors import InputError, PredictionError, VerificationError
from storybench.files import read_json
from storybench.images import decode, encode_jpeg, encode_png
from storybench.predictions.convert import convert
from storybench.predictions.layouts import Split, recognise
from storybench.shards.reader import Stories
from storybench.types import Examination
from tests.board.conftest import WHO

ND = "http://creativecommons.org/licenses/by-nd/2.0/"


def hand_in(world, board, **changes):
    """Submit the world's report."""
    who = {**WHO, **changes}
    return submit(world.report, world.predictions, world.data, board=board, **who)


def contents(folder):
    """Every file of a folder with its bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_submission_is_sound_and_complete(world, tmp_path):
    """Identity, result, six strips and their record are written, and the check finds no fault."""
    board = tmp_path / "leaderboard"
    folder = hand_in(world, board, url="https://example.org", description="It draws.")
    assert folder == board / "submissions" / "my-model"
    names = set(contents(folder))
    assert {"submission.json", "results/toysv--test--sb-v1.json", "gallery/gallery.json"} < names
    assert len([name for name in names if name.endswith(".jpg")]) == 6
    found = load(folder)
    assert (found.record.url, found.record.description) == ("https://example.org", "It draws.")
    assert found.results[0].data_digest == Stories(world.data).digest
    assert check(board) == ()


def test_submitting_twice_changes_nothing(world, board):
    """The same report gives the same bytes."""
    before = contents(hand_in(world, board))
    assert contents(hand_in(world, board)) == before


def test_stories_that_may_not_be_shown_are_recorded(new_world, tmp_path, board):
    """No picture of a no-derivatives source is written; each story's reason is."""
    world = new_world(tmp_path, licences=(ND, ND, ND))
    folder = hand_in(world, board)
    gallery = load(folder).gallery
    assert gallery.strips == ()
    assert len(gallery.left_out) == 6
    assert "CC BY-ND 2.0" in gallery.left_out[0].reason
    assert not list(folder.rglob("*.jpg"))
    assert check(board) == ()


def test_a_report_of_other_predictions_is_refused(world, board, predict, tmp_path):
    """The digest of the predictions is computed again and must be the report's."""
    predict(world.data, tmp_path / "others", seed=1)
    with pytest.raises(VerificationError, match="Expected predictions with the digest"):
        submit(world.report, tmp_path / "others", world.data, board=board, **WHO)
    assert not list((board / "submissions").iterdir())


def test_a_report_of_other_data_is_refused(world, board, new_world, tmp_path):
    """The digest of the shards must be the report's, and so must name and size."""
    (tmp_path / "other").mkdir()
    other = new_world(tmp_path / "other", licences=(ND,) * 3)
    with pytest.raises(VerificationError, match="Expected shards with the digest"):
        submit(world.report, world.predictions, other.data, board=board, **WHO)
    world.write_report(dataset="othersv")
    with pytest.raises(VerificationError, match="with the dataset othersv"):
        hand_in(world, board)
    world.write_report(n_stories=9)
    with pytest.raises(VerificationError, match="number of stories 9"):
        hand_in(world, board)


def test_a_changed_picture_is_refused(world, board):
    """One pixel that differs from the predictions' manifest is found."""
    path = world.predictions / "s-3" / "1.png"
    image = decode(path.read_bytes(), "x").copy()
    image[0, 0, 0] ^= 1
    path.write_bytes(encode_png(image))
    with pytest.raises(VerificationError, match="s-3"):
        hand_in(world, board)


def test_a_missing_picture_is_refused(world, board):
    """An incomplete set is refused, not filled up."""
    (world.predictions / "s-3" / "2.png").unlink()
    with pytest.raises(PredictionError, match="s-3"):
        hand_in(world, board)


def test_pictures_without_a_manifest_are_refused(world, board):
    """A set that cannot say which data and system it is of gets no row."""
    (world.predictions / "predictions.json").unlink()
    world.write_report()
    with pytest.raises(PredictionError, match=r"Expected predictions\.json in .*found none"):
        hand_in(world, board)


def test_a_set_that_was_scored_by_force_is_refused(world, board, score):
    """What the doctor refused is not for publishing, and the refusal writes nothing."""
    flagged = score(settings={"flags": ["below_floor", "refused_by_doctor"]})
    world.write_report(scores=[asdict(flagged)])
    with pytest.raises(PredictionError, match="on predictions that it refused, scored by force"):
        hand_in(world, board)
    assert not list((board / "submissions").iterdir())


def test_a_set_without_the_name_of_its_model_is_refused(world, board):
    """As one that was converted without --model; the sentence says how to name it."""
    world.write_report(model={"name": "unknown", "converted_from": "gan-pictures"})
    with pytest.raises(PredictionError, match=r"Expected the name of the model .*--model NAME"):
        hand_in(world, board)


def test_what_the_doctor_said_stays_with_the_result(world, board):
    """The verdict, its numbers and its notes are copied with the scores."""
    said = asdict(Examination("aligned", 0.9, 0.9, 0.1, 40.0, notes={"repeated pictures": 2}))
    world.write_report(doctor=said)
    folder = hand_in(world, board)
    assert read_json(folder / "results" / "toysv--test--sb-v1.json")["doctor"] == said
    assert check(board) == ()


def test_lossy_pictures_are_refused(world, board):
    """JPEG pictures are scored with a warning, but not submitted."""
    (world.predictions / "predictions.json").unlink()
    for path in world.predictions.glob("*/*.png"):
        path.with_suffix(".jpg").write_bytes(encode_jpeg(decode(path.read_bytes(), "x")))
        path.unlink()
    world.write_report()
    with pytest.raises(PredictionError, match="lossless"):
        hand_in(world, board)


def test_pictures_that_were_lossy_are_refused_as_that(world, board, tmp_path):
    """A set that was converted from JPEG holds none: the sentence says what it was, by whom."""
    (world.predictions / "predictions.json").unlink()
    for path in world.predictions.glob("*/*.png"):
        path.write_bytes(encode_jpeg(decode(path.read_bytes(), "x")))
    split = Split.of(Stories(world.data, "test"))
    found = recognise(world.predictions, split)
    convert(found, tmp_path / "named", split=split, model={"name": "m"})
    converted = type(world)(world.data, tmp_path / "named", tmp_path / "named.json")
    converted.write_report()
    said = r"found pictures that were jpeg before they were converted, by its predictions\.json"
    with pytest.raises(PredictionError, match=said):
        hand_in(converted, board)
    assert not list((board / "submissions").iterdir())


def test_another_system_of_the_same_name_is_refused(world, board):
    """A folder belongs to one system: same name and same authors, or another slug."""
    before = contents(hand_in(world, board))
    for changes in ({"authors": "Someone Else"}, {"name": "my-model"}):
        with pytest.raises(InputError, match="Expected a name that is free"):
            hand_in(world, board, **changes)
    assert contents(board / "submissions" / "my-model") == before


def test_a_newer_result_takes_the_place_of_the_older(world, board, predict, tmp_path):
    """New predictions of the same system replace the numbers and the pictures."""
    before = contents(hand_in(world, board))
    newer = type(world)(world.data, tmp_path / "newer", tmp_path / "newer.json")
    predict(world.data, newer.predictions, seed=1)
    newer.write_report()
    after = contents(hand_in(newer, board))
    assert set(after) == set(before)
    strips = [name for name in before if name.endswith(".jpg")]
    assert all(after[name] != before[name] for name in strips)
    assert check(board) == ()


def test_results_on_other_datasets_stay(world, board, new_world, tmp_path):
    """A second dataset is added beside the first: results, pictures and left-out stories."""
    hand_in(world, board)
    (tmp_path / "second").mkdir()
    second = new_world(tmp_path / "second", dataset="secondsv", licences=(ND,) * 3)
    folder = hand_in(second, board)
    found = load(folder)
    assert [result.dataset for result in found.results] == ["secondsv", "toysv"]
    assert {strip.dataset for strip in found.gallery.strips} == {"toysv"}
    assert {item.dataset for item in found.gallery.left_out} == {"secondsv"}
    assert check(board) == ()


def test_one_picture_name_for_two_datasets_is_refused(world, board, new_world, tmp_path):
    """Equal story ids of two datasets can't share a picture."""
    hand_in(world, board)
    (tmp_path / "second").mkdir()
    with pytest.raises(InputError, match="story ids that differ between datasets"):
        hand_in(new_world(tmp_path / "second", dataset="secondsv"), board)


def test_two_protocols_need_the_same_predictions(world, board, predict, tmp_path):
    """Under a second protocol the same predictions are added; others are refused."""
    hand_in(world, board)
    world.write_report(protocol="storydalle-2022")
    folder = hand_in(world, board)
    assert len(load(folder).results) == 2
    newer = type(world)(world.data, tmp_path / "newer", tmp_path / "newer.json")
    predict(world.data, newer.predictions, seed=1)
    newer.write_report()
    with pytest.raises(InputError, match="the same predictions under every protocol"):
        hand_in(newer, board)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "javascript:alert(1)"}, "url in .* to be an address"),
        ({"name": "★"}, "a letter a-z or a digit"),
        ({"authors": ""}, "authors"),
        ({"description": "a\nb"}, "one line"),
    ],
)
def test_a_bad_description_is_refused_first(world, board, changes, words):
    """What is said about the system is checked before anything is opened."""
    world.report.unlink()
    with pytest.raises(InputError, match=words):
        hand_in(world, board, **changes)


def test_half_a_report_is_refused(world, board):
    """A report that was cut short is one clear sentence."""
    world.report.write_text(json.dumps({"schema_version": 1})[:-4])
    with pytest.raises(InputError, match="Expected JSON"):
        hand_in(world, board)
