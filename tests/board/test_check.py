import json
import re
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from storybench.board import submissions
from storybench.board.check import check, require
from storybench.board.page.aggregate import aggregate
from storybench.board.submissions.folder import GALLERY, SUBMISSION
from storybench.errors import MissingError, VerificationError
from storybench.files import sha256_bytes, write_json
from storybench.images import encode_jpeg

BY = "CC BY 2.0"
RESULT = "results/didemosv--test--sb-v1.json"


@pytest.fixture
def folder(board, add, report, score, story):
    """One sound submission with two strips."""
    return add(board, "Mine", report("mine", [score()]), stories=[story("s-1", 1), story("s-2", 2)])


def only_problem(board):
    """The one problem of a board, which must be one line."""
    (problem,) = check(board)
    assert "\n" not in problem
    return problem


def change(folder, name, edit):
    """Edit a JSON document and seal it again, as a forger would."""
    value = json.loads((folder / name).read_text())
    edit(value)
    write_json(folder / name, value)
    reseal(folder, name)


def reseal(folder, name):
    """Make submission.json state the hash of a changed file."""
    if name != SUBMISSION:
        record = json.loads((folder / SUBMISSION).read_text())
        record["files"][name] = sha256_bytes((folder / name).read_bytes())
        write_json(folder / SUBMISSION, record)


def test_a_sound_board_has_no_problem(board, folder):
    """What `submit` writes is sound, and so is an empty board."""
    assert check(board) == ()
    require(board)
    shutil.rmtree(folder)
    assert check(board) == ()


def test_no_board_is_missing(tmp_path):
    """A folder that is no leaderboard is an error, not a problem."""
    with pytest.raises(MissingError):
        check(tmp_path)


def test_a_changed_byte_is_found(board, folder):
    """A file that differs from its stated hash is named."""
    path = folder / "gallery" / "s-1.jpg"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "s-1.jpg" in only_problem(board)
    assert "the file was changed" in only_problem(board)


def test_unknown_and_missing_files_are_found(board, folder):
    """Every file is listed, and every listed file is there."""
    (folder / "gallery" / "s-2.jpg").unlink()
    (folder / "payload.exe").write_bytes(b"x")
    unknown, missing = check(board)
    assert "payload.exe" in unknown
    assert "s-2.jpg" in missing


def test_a_huge_file_is_not_read(board, folder):
    """A file over 10 MB is refused by its size."""
    with (folder / "gallery" / "s-1.jpg").open("wb") as file:
        file.truncate(10_000_001)
    assert "at most 10,000,000 bytes" in only_problem(board)
    with (folder / SUBMISSION).open("wb") as file:
        file.truncate(10_000_001)
    assert "at most 10,000,000 bytes" in only_problem(board)


def test_links_are_refused(board, folder, tmp_path):
    """No link is followed: not to a file, not to a folder, not as a submission."""
    (folder / "results" / "link.json").symlink_to("/etc/hostname")
    assert "the link results/link.json" in only_problem(board)
    (folder / "results" / "link.json").unlink()
    (folder / "more").symlink_to(tmp_path)
    assert "the link more" in only_problem(board)
    (folder / "more").unlink()
    (board / "submissions" / "other").symlink_to(folder)
    assert "the link other" in only_problem(board)


@pytest.mark.parametrize(
    "name", ["../../escape.json", "/etc/passwd", "results/../x.json", "gallery/x.svg", "x.html"]
)
def test_names_that_lead_elsewhere_are_refused(board, folder, name):
    """A listed name is a result or a picture, inside the folder."""
    change(folder, SUBMISSION, lambda value: value["files"].update({name: "0" * 64}))
    assert "Expected a key of files in" in only_problem(board)


def test_the_folder_is_named_after_the_system(board, folder):
    """Folder, slug and name agree."""
    folder.rename(folder.with_name("other"))
    assert "Expected the folder and the slug of 'Mine' to be mine" in only_problem(board)


def test_a_result_of_refused_predictions_is_found(board, folder):
    """A number that was scored by force never stands on the board, however it came there."""
    flags = ["below_floor", "refused_by_doctor"]
    change(folder, RESULT, lambda value: value["scores"][0]["settings"].update(flags=flags))
    assert f"found {folder / RESULT} on predictions that it refused" in only_problem(board)


def test_a_result_of_an_unnamed_model_is_found(board, folder):
    """What drew the pictures is said by the report, whatever the system is called."""
    change(folder, RESULT, lambda value: value["model"].update(name="unknown"))
    assert f"Expected the name of the model in {folder / RESULT}" in only_problem(board)


def test_a_folder_in_the_place_of_a_document_is_found(board, folder):
    """It is one sentence of one submission and hides no other."""
    (folder / SUBMISSION).unlink()
    (folder / SUBMISSION).mkdir()
    assert f"plain file at {folder / SUBMISSION}, found a folder" in only_problem(board)


def test_a_result_is_named_after_its_content(board, folder):
    """A result under another dataset's name is found."""
    change(folder, RESULT, lambda value: value.update(dataset="flintstonessv"))
    assert "name to say what is in it" in check(board)[0]


@pytest.mark.parametrize("text", ['{"half":', "\xff\xfe", "[]", "null", '{"schema_version": 9}'])
@pytest.mark.parametrize("name", [SUBMISSION, GALLERY, RESULT])
def test_broken_json_is_one_sentence(board, folder, name, text):
    """Whatever stands in a document's place, one sentence names the file."""
    (folder / name).write_bytes(text.encode("latin-1"))
    reseal(folder, name)
    assert name.rpartition("/")[2] in only_problem(board)


def test_addresses_that_run_code_are_refused(board, folder):
    """A javascript: address never reaches the page."""
    change(folder, SUBMISSION, lambda value: value.update(url="javascript:alert(1)"))
    assert "Expected url in" in only_problem(board)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"story_id": "../../x"}, "Expected strips.0.story_id in"),
        ({"story_id": "s-9"}, "once and no other"),
        ({"predictions_digest": "0" * 64}, "pictures of scored predictions"),
        ({"licence": "CC BY-ND 2.0"}, "licence allows derivatives"),
        ({"licence": "mine"}, "licence allows derivatives"),
        ({"cell": 56}, "Expected 168 x 112 pixels"),
        ({"has_truth": False}, "Expected 672 x 224 pixels"),
        ({"captions": ["one"]}, "to have 3 captions"),
        ({"n_targets": 10**9}, "n_targets"),
    ],
)
def test_a_gallery_that_does_not_fit_is_found(board, folder, edit, words):
    """A picture's record must fit the picture, the result and the licence."""
    change(folder, GALLERY, lambda value: value["strips"][0].update(edit))
    assert words in only_problem(board)


def test_a_picture_that_is_none_is_found(board, folder):
    """Text named .jpg, and a picture of another size, are found."""
    path = folder / "gallery" / "s-1.jpg"
    path.write_bytes(b"<svg onload=alert(1)>")
    reseal(folder, "gallery/s-1.jpg")
    assert "found other bytes" in only_problem(board)


def test_a_picture_of_another_size_is_found(board, folder, story):
    """A strip has the size its record says."""
    (folder / "gallery" / "s-1.jpg").write_bytes(encode_jpeg(story("s-1", 1).source.image))
    reseal(folder, "gallery/s-1.jpg")
    assert "Expected 672 x 448 pixels" in only_problem(board)


def test_predictions_stand_once(board, folder, add, report, score):
    """The same pictures under two names are found."""
    add(board, "Yours", report("mine", [score()]))
    assert "Expected every set of predictions once, found those of mine" in only_problem(board)


def test_captions_agree_between_submissions(board, folder, add, report, score, story):
    """One story of one build has one set of captions."""
    add(board, "Yours", report("yours", [score()]), stories=[story("s-1", 7)])
    assert "captions of story s-1" in only_problem(board)


def test_stray_files_among_the_submissions_are_found(board, folder):
    """Only folders and .gitkeep stand in submissions/."""
    (board / "submissions" / ".gitkeep").touch()
    assert check(board) == ()
    (board / "submissions" / "notes.txt").touch()
    assert "the file notes.txt" in only_problem(board)


def test_every_submission_is_reported(board, folder, add, report, score):
    """A fault in one submission does not hide the next one's."""
    other = add(board, "Yours", report("yours", [score()]))
    (folder / SUBMISSION).write_text("{")
    (other / "x").touch()
    first, second = check(board)
    assert "/mine/" in first
    assert "yours" in second
    with pytest.raises(VerificationError, match="Expected a sound leaderboard") as raised:
        require(board)
    assert str(raised.value).endswith(f"\n  {first}\n  {second}")


def test_what_a_killed_submit_leaves_is_no_submission(board, folder):
    """A half-written folder beside the whole one is passed over by the check and by the page."""
    half = board / "submissions" / ".mine.partial" / "gallery"
    half.mkdir(parents=True)
    (half / ".s-1.jpg.123.partial").write_bytes(b"half")
    assert check(board) == ()
    assert [system.folder for system in aggregate(board).systems] == [folder]


def test_a_hostile_picture_is_one_sentence(board, folder):
    """A header of 20,000 x 20,000 pixels is refused before one of them is decoded."""
    size = struct.pack(">II5B", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    (folder / "gallery" / "s-1.jpg").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    reseal(folder, "gallery/s-1.jpg")
    assert "found 20000 x 20000" in only_problem(board)


def chunk(kind, data):
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_published_numbers_are_checked(board):
    """A broken table of published numbers is a problem too."""
    (board / "reported").mkdir()
    (board / "reported" / "reported.csv").write_text("model,value\nx,1\n")
    assert "Expected the columns model, paper" in only_problem(board)


def test_submissions_know_nothing_of_the_page():
    """Imports go one way: the page is made of submissions, and they never ask how they look."""
    room = Path(submissions.__file__).parent
    imports = re.compile(r"^from storybench\.board(?!\.submissions)", re.MULTILINE)
    assert not [path.name for path in room.glob("*.py") if imports.search(path.read_text())]
