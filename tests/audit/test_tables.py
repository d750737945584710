from __future__ import annotations

from storybench.audit.audit import audit
from storybench.audit.percent import Share
from storybench.audit.tables import sections
from tests.audit.builds import CAST, frame, story, write
from tests.audit.test_audit import clean_stories


def tables(directory):
    """Every table by its title."""
    found = sections(audit(directory))
    return {table.title: table.rows for section in found for table in section.tables}


def test_rows_of_a_table_are_equal(tmp_path):
    """Every row has the columns of the first, in order."""
    for rows in tables(write(tmp_path, clean_stories(), characters=CAST)).values():
        assert len({tuple(row) for row in rows}) <= 1


def test_nothing_found_is_no_table(tmp_path):
    """A clean build has no rows of leaks, and no section for them."""
    directory = write(tmp_path, clean_stories(), characters=CAST)
    assert not tables(directory).get("Frames and clips")
    assert "In two splits" not in [one.title for one in sections(audit(directory))]


def test_a_leak_has_a_row_from_each_side(tmp_path):
    """Shares are of the split named first."""
    stories = [
        *clean_stories(),
        story("a", [frame(900), frame(901)]),
        story("b", [frame(900), frame(902)], split="test"),
    ]
    rows = tables(write(tmp_path, stories))["Frames and clips"]
    assert [(row["split"], row["also in"], row["frames"]) for row in rows] == [
        ("train", "test", 1),
        ("test", "train", 1),
    ]
    assert rows[0]["share of frames"] == Share(1 / 26)


def test_the_oracle_has_its_table(tmp_path):
    """Counts here, counts published, ranks of both, and the clips without a name."""
    from storybench.audit.known import PORORO_QA

    names = tuple(PORORO_QA.counts)
    shots = [
        frame(k, characters=(1, *[0] * 8), captions=[text])
        for k, text in enumerate(["Pororo.", "He."])
    ]
    rows = tables(write(tmp_path, [story("a", shots)], characters=names, name="pororosv"))[
        "Mentions against PororoQA"
    ]
    assert rows[0] == {
        "character": "Pororo",
        "clips naming it": 1,
        "PororoQA": 6240,
        "rank": 1,
        "rank of labels": 1,
    }
    assert [row["character"] for row in rows[-2:]] == ["none of them", "all clips"]
    assert [(row["clips naming it"], row["PororoQA"]) for row in rows[-2:]] == [
        (1, 1754),
        (2, 16_066),
    ]


def test_an_empty_build_has_tables_of_nothing(tmp_path):
    """No division by nothing."""
    assert tables(write(tmp_path, []))["Counts"][0]["words"] == "0–0"
