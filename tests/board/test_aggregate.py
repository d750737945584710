import pytest

from storybench.board.page.aggregate import NO_INTERVAL, aggregate
from storybench.files import sha256_bytes

FID = "fid.clean299.targets.v1"
KID = "kid.clean299.targets.v1"


def names(rows):
    return [row.system.name for row in rows]


def ranks(rows):
    return [str(row.rank) for row in rows]


def test_rows_are_ordered_and_ranked_by_overlap(board, add, report, score):
    """Best first; rows whose intervals overlap share a range of ranks."""
    for name, value in (("C", 30.0), ("A", 20.0), ("B", 22.0)):
        add(board, name, report(name, [score(value=value)]))
    (table,) = aggregate(board).tables
    assert names(table.rows) == ["A", "B", "C"]
    assert ranks(table.rows) == ["1–2", "1–2", "3"]
    assert table.rows[0].tier == "self-reported"


def test_higher_is_better_where_the_metric_says_so(board, add, report, score):
    """The direction of the metric decides what is ahead."""
    for name, value in (("A", 20.0), ("B", 50.0)):
        add(board, name, report(name, [score("charf1.x.v1", value, direction="higher")]))
    (table,) = aggregate(board).tables
    assert names(table.rows) == ["B", "A"]
    assert ranks(table.rows) == ["1", "2"]


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": "flintstonessv"},
        {"split": "val"},
        {"protocol": "arldm-2022"},
        {"data_digest": sha256_bytes(b"another build")},
        {"model": {"name": "B", "task": "visualization"}},
        {"model": {"name": ["B"], "task": ["visualization"]}, "protocol": "x"},
    ],
)
def test_rows_that_differ_in_a_key_are_never_ranked_together(board, add, report, score, changes):
    """Another dataset, split, protocol, build or task is another table, each ranked alone."""
    add(board, "A", report("A", [score(value=20.0)]))
    add(board, "B", report("B", [score(value=90.0)], **changes))
    tables = aggregate(board).tables
    assert len(tables) == 2
    assert [ranks(table.rows) for table in tables] == [["1"], ["1"]]


def test_metric_ids_are_compared_to_the_letter(board, add, report, score):
    """FID and a Fréchet distance on other features stand in two tables, and so do two weights."""
    ids = (FID, "fd.twin.0123abcd.targets.v1", "fd.twin.0123abce.targets.v1")
    for name, metric in zip("ABC", ids, strict=True):
        add(board, name, report(name, [score(metric)]))
    assert [table.metric for table in aggregate(board).tables] == list(ids)


def test_directions_are_not_mixed(board, add, report, score):
    """A report that calls a metric better when higher does not enter the others' ranking."""
    add(board, "A", report("A", [score()]))
    add(board, "B", report("B", [score(direction="higher")]))
    assert len(aggregate(board).tables) == 2


def test_controls_are_pinned_and_unranked(board, add, report, score):
    """copy-source and nearest-train stand apart and take no rank from others."""
    add(board, "Copy", report("copy-source", [score(value=5.0)]))
    add(board, "Nearest", report("nearest-train", [score(value=4.0)]))
    add(board, "Mine", report("mine", [score(value=50.0)]))
    (table,) = aggregate(board).tables
    assert names(table.rows) == ["Mine"]
    assert ranks(table.rows) == ["1"]
    assert names(table.controls) == ["Nearest", "Copy"]
    assert all(row.rank is None for row in table.controls)


def test_a_model_may_call_itself_a_control(board, add, report, score):
    """A model that says it is a control is pinned too; odd names are nobody's control."""
    add(board, "A", report("A", [score()], model={"name": "other", "is_control": True}))
    add(board, "B", report("B", [score()], model={"name": {}, "task": []}))
    (table,) = aggregate(board).tables
    assert (names(table.rows), names(table.controls)) == (["B"], ["A"])


def test_the_task_may_stand_in_the_score(board, add, report, score):
    """A score measured without the source frame is of another task."""
    add(board, "A", report("A", [score()]))
    add(board, "B", report("B", [score(settings={"task": "visualization"})]))
    assert [table.benchmark.task for table in aggregate(board).tables] == [
        "continuation",
        "visualization",
    ]


@pytest.mark.parametrize("metric", [FID, KID, "story_fd.clean299.targets.v1", "charf1.x.v1"])
@pytest.mark.parametrize("flag", ["rank_deficient", "refused_by_doctor"])
def test_a_flag_unranks_a_number_of_any_metric(board, add, report, score, metric, flag):
    """The best number of a set that was refused stands last, without a rank."""
    settings = {"flags": [flag, "not_comparable"]}
    add(board, "Forced", report("forced", [score(metric, 1.0, settings=settings)]))
    add(board, "Sound", report("sound", [score(metric, 20.0)]))
    (table,) = aggregate(board).tables
    assert names(table.rows) == ["Sound", "Forced"]
    assert ranks(table.rows) == ["1", "None"]
    assert table.rows[1].reasons == (flag,)


def test_flagged_distances_are_shown_but_not_ranked(board, add, report, score):
    """A flagged FID keeps its place on the page, without a rank; its KID, unflagged, is ranked."""
    flags = {"flags": ["below_floor"]}
    scores = [score(FID, 1.0, settings=flags), score(KID, 1.0)]
    add(board, "Small", report("small", scores))
    add(board, "Large", report("large", [score(FID, 20.0), score(KID, 20.0)]))
    fid, kid = aggregate(board).tables
    assert names(fid.rows) == ["Large", "Small"]
    assert ranks(fid.rows) == ["1", "None"]
    assert fid.rows[1].reasons == ("below_floor",)
    assert names(kid.rows) == ["Small", "Large"]
    assert ranks(kid.rows) == ["1", "2"]


def test_a_number_without_interval_is_not_ranked(board, add, report, score):
    """Too few clusters for an interval: shown, with the reason."""
    add(board, "A", report("A", [score(interval=None, standard_error=None)]))
    (table,) = aggregate(board).tables
    assert table.rows[0].reasons == (NO_INTERVAL,)
    assert table.rows[0].rank is None


def test_the_extrapolated_fid_is_never_ranked(board, add, report, score):
    """FID_inf is a diagnostic."""
    add(board, "A", report("A", [score("fid_inf.clean299.targets.v1")]))
    assert aggregate(board).tables[0].rows[0].rank is None


def test_galleries_gather_systems_by_story(board, add, report, score, story):
    """Each story once, with every system's strip, controls last; left-out stories apart."""
    stories = [story("s-2", 2), story("s-1", 1), story("s-0", 0, licences=[None] * 3)]
    add(board, "A copy", report("copy-source", [score()]), stories=stories)
    add(board, "Mine", report("mine", [score()]), stories=stories)
    (gallery,) = aggregate(board).galleries
    assert [item.story_id for item in gallery.stories] == ["s-1", "s-2"]
    assert names(gallery.stories[0].showings) == ["Mine", "A copy"]
    assert [item.story_id for item in gallery.left_out] == ["s-0"]
    assert gallery.stories[0].reference.record.has_truth


def test_the_standings_are_a_function_of_the_folder(board, add, report, score):
    """Reading twice gives the same; the order of arrival does not matter."""
    for name in ("B", "A"):
        add(board, name, report(name, [score()]))
    assert aggregate(board) == aggregate(board)
    assert names(aggregate(board).tables[0].rows) == ["A", "B"]
