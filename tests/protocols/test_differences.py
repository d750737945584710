import dataclasses

from storybench.protocols import catalogue
from storybench.protocols.differences import changes

SB = catalogue.get("sb-v1")


def labels(name, dataset, split="test"):
    """What changes on the way from sb-v1 to a protocol."""
    found = changes(SB, catalogue.get(name), dataset=dataset, split=split)
    return [change.says for change in found]


def test_the_way_to_storydalle_on_flintstones():
    """1,900 stories, a random frame, 64 pixels."""
    assert labels("storydalle-2022", "flintstonessv") == [
        "first 1,900 stories of the file",
        "random frame, seed 0",
        "pixels story64",
    ]


def test_a_cut_that_does_not_apply_is_no_step():
    """PororoSV's test split is whole; the source comes in with DuCo."""
    assert labels("storydalle-2022", "pororosv") == ["random frame, seed 0", "pixels story64"]
    assert labels("duco-2021", "pororosv")[0] == "source in"


def test_the_way_to_arldms_visualization_has_the_source_in():
    """From its continuation it is that one step."""
    assert labels("arldm-2022-visualization", "flintstonessv") == [
        "source in",
        "random frame, seed 0",
        "pixels story64",
    ]
    tasks = (catalogue.get("arldm-2022"), catalogue.get("arldm-2022-visualization"))
    found = changes(*tasks, dataset="pororosv", split="test")
    assert [change.says for change in found] == ["source in"]


def test_sides_and_batches_are_steps_of_their_own():
    """CMOTA's real frames take another path, and its last batch is dropped."""
    assert labels("cmota-2023", "pororosv") == [
        "source in",
        "random frame, seed 0",
        "pixels cmota224",
        "real frames cmota224-reference",
        "last batch of 128 frames dropped",
    ]
    assert labels("storygptv-2024", "flintstonessv")[0] == "blocks without a shared target"
    assert labels("make-a-story-2023", "pororosv")[1] == "first 4 frames, source in"


def test_the_last_change_has_every_rule_of_the_goal():
    """What a distance depends on is that of the last protocol."""
    for goal in catalogue.PROTOCOLS[1:]:
        rules = changes(SB, goal, dataset=goal.datasets[0], split="test")[-1].rules
        cut = (goal.datasets[0], "test")
        assert rules.cut(*cut) == goal.cut(*cut)
        same = ("blocks", "frames", "n_frames", "reference", "seed", "pixels", "batch")
        assert [getattr(rules, name) for name in same] == [getattr(goal, name) for name in same]
        assert rules.reference_pixels == goal.reference_pixels


def test_the_pixels_of_the_classifier_move_no_distance():
    """They are no bar of a waterfall, which is one of distances."""
    other = dataclasses.replace(SB, classifier_pixels=catalogue.get("duco-2021").classifier_pixels)
    assert changes(SB, other, dataset="pororosv", split="test") == ()


def test_equal_protocols_have_no_way():
    """Another name alone moves nothing."""
    other = dataclasses.replace(SB, name="other")
    assert changes(SB, other, dataset="pororosv", split="test") == ()
