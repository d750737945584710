from pathlib import Path

import pytest

from storybench.board.reported import COLUMNS, read_reported
from storybench.errors import InputError

HEADER = ",".join(COLUMNS)
ROW = "StoryGAN,A paper,2019,CVPR,1812.02784,story-visualization,PororoSV,test,FID,158.06,here,64px"
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def write(board):
    """Write the table of published numbers."""

    def put(text: str, encoding: str = "utf-8") -> Path:
        path = board / "reported" / "reported.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding=encoding)
        return board

    return put


def test_numbers_measured_together_are_gathered(write):
    """Rows that share system, source and remarks become one, values as printed."""
    other = ROW.replace("FID,158.06", "Char-F1,18.590")
    elsewhere = ROW.replace("here", "elsewhere")
    first, second = read_reported(write("\n".join((HEADER, ROW, elsewhere, other))))
    assert first.source == "elsewhere"
    assert second.values == (("FID", "158.06"), ("Char-F1", "18.590"))


def test_a_board_without_published_numbers_has_none(board):
    """The table is optional."""
    assert read_reported(board) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2", "Expected the columns model"),
        (f"{HEADER}\nx,y", "12 values in row 1"),
        (f"{HEADER}\n{ROW},more", "12 values in row 1"),
        (f"{HEADER}\n{ROW.replace('158.06', 'good')}", "Expected a number in row 1"),
        (f"{HEADER}\n{ROW.replace('1812.02784', 'x/../y')}", "Expected an arXiv number"),
        (f'{HEADER}\n"open', "Expected CSV in UTF-8"),
    ],
)
def test_a_broken_table_is_one_sentence(write, text, words):
    """Each fault says what was expected and where."""
    with pytest.raises(InputError, match=words):
        read_reported(write(text))


def test_other_encodings_are_refused(write):
    """Only UTF-8 is read."""
    with pytest.raises(InputError, match="CSV in UTF-8"):
        read_reported(write(f"{HEADER}\n{ROW.replace('here', 'café')}", "latin-1"))


def test_the_shipped_table_is_read():
    """The numbers that come with the project: 121 on PororoSV and 115 on FlintstonesSV."""
    entries = read_reported(PROJECT / "leaderboard")
    counts = {"PororoSV": 0, "FlintstonesSV": 0}
    for entry in entries:
        counts[entry.dataset] += len(entry.values)
    assert counts == {"PororoSV": 121, "FlintstonesSV": 115}
    (duco,) = (
        e
        for e in entries
        if e.model == "DuCo-StoryGAN" and dict(e.values) == {"FID": "96.51"} and "VLC" in e.source
    )
    assert duco.split == "test"
