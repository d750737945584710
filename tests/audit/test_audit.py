from __future__ import annotations

import dataclasses
import json

import pytest

from storybench.audit.audit import audit
from storybench.audit.known import SEEN
from storybench.errors import InputError
from tests.audit.builds import CAST, frame, painted, saved_again, story, write


def clean_stories():
    """Four stories in four episodes of two splits; labels that captions confirm."""
    marks = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)]
    texts = ["Ada runs.", "Bo sits.", "Cleo sings.", "Ada and Bo talk."]
    return [
        story(
            f"{split}-{k}",
            [
                frame(
                    1000 * n + 10 * k + j,
                    characters=marks[(k + j) % 4],
                    captions=[f"{texts[(k + j) % 4]} This is scene {n} {k} {j}."],
                )
                for j in range(2)
            ],
            split=split,
            label_source="hand",
        )
        for n, split in enumerate(("train", "val", "test"))
        for k in range(12)
    ]


def turn(marks):
    """The first column last."""
    return (*marks[1:], marks[0])


def findings(directory, **changes):
    """Findings by what they are of."""
    return {one.what: one for one in audit(directory, **changes).findings}


def test_a_clean_build_has_nothing_but_good_findings(tmp_path):
    """Everything is looked for, nothing is found, and that is said."""
    found = audit(write(tmp_path, clean_stories(), characters=CAST))
    assert {one.level for one in found.findings} == {"good"}
    assert [one.what for one in found.findings] == [
        "frames in two splits",
        "episodes in two splits",
        "near-duplicates across splits",
        "overlapping stories",
        "order of the labels",
        "form of the captions",
    ]
    assert not found.has_problems


def test_a_shared_clip_is_a_problem(tmp_path):
    """One story of val in train too: clips, pictures, shares of both sides, and what to do."""
    stories = clean_stories()
    leaked = dataclasses.replace(stories[12], key="leak", split="train", cluster="other")
    found = findings(write(tmp_path, [*stories, leaked], characters=CAST))
    one = found["frames in train and val"]
    assert one.level == "problem"
    assert one.found == (
        "2 clips and 2 pictures stand in both: 8.3 % of val's frames, in 8.3 % of its stories "
        "(7.7 % of train's)"
    )
    assert "drop the stories" in one.advice
    assert found["episodes in two splits"].level == "good"


@pytest.mark.parametrize(("name", "level"), [("pororosv", "note"), ("toy", "problem")])
def test_a_leak_by_design_is_a_note(name, level, tmp_path):
    """PororoSV's val shares episodes and clips on purpose; the finding says why."""
    stories = clean_stories()
    leaked = dataclasses.replace(stories[12], key="leak", split="train")
    found = findings(write(tmp_path, [*stories, leaked], characters=CAST, name=name))
    assert found["frames in train and val"].level == level
    assert found["episodes in train and val"].level == level
    assert (found["frames in train and val"].advice == SEEN) == (level == "note")


def test_a_leak_into_test_is_a_problem_even_there(tmp_path):
    """By design or not, train and test of PororoSV must share nothing."""
    stories = clean_stories()
    leaked = dataclasses.replace(stories[-1], key="leak", split="train")
    found = findings(write(tmp_path, [*stories, leaked], characters=CAST, name="pororosv"))
    assert found["frames in train and test"].level == "problem"


def test_copies_of_test_in_train_are_a_problem(tmp_path):
    """A twelfth of the pictures of test, saved again in train."""
    copies = [frame(saved_again(painted(2000 + k)), clip=f"copy-{k}") for k in range(2)]
    stories = [*clean_stories(), story("copy", copies)]
    found = findings(write(tmp_path, stories, characters=CAST))
    one = found["near-duplicates in train and test"]
    assert one.level == "problem"
    assert one.found == (
        "2 of 24 pictures of test, in 1 of its 12 stories, look like one of train's"
    )


def test_copies_inside_a_split_are_a_note(tmp_path):
    """Episodes that share shots are not independent."""
    copies = [frame(saved_again(painted(k)), clip=f"copy-{k}") for k in range(2)]
    found = findings(write(tmp_path, [*clean_stories(), story("copy", copies)], characters=CAST))
    assert found["near-duplicates inside train"].level == "note"
    assert found["near-duplicates across splits"].level == "good"


def test_an_episode_in_two_splits_is_a_problem(tmp_path):
    """Named, with the stories on both sides."""
    extra = story("extra", [frame(501), frame(502)], split="test", cluster="episode-train-3")
    found = findings(write(tmp_path, [*clean_stories(), extra], characters=CAST))
    one = found["episodes in train and test"]
    assert one.level == "problem"
    assert one.found == ("1, such as “episode-train-3”: 1 of train's stories and 1 of test's")


def test_overlapping_stories_are_a_note_on_intervals(tmp_path):
    """Sliding windows over two episodes: few independent clusters, and the words for it."""
    stories = [
        story(f"s{k}", [frame(k), frame(k + 1)], split="test", cluster=f"ep{k // 10}")
        for k in range(20)
    ]
    found = findings(write(tmp_path, stories))
    assert found["overlapping stories in test"].found == (
        "20 of 20 stories share frames with others; 40 frames are shown, 21 distinct"
    )
    assert (
        "about 1 independent cluster (2 episodes of unequal size)"
        in found["overlapping stories in test"].advice
    )
    assert found["few episodes in test"].found == "an effective number of 1.0 clusters"
    assert found["character labels"].level == "note"


def test_one_episode_is_one_cluster_in_the_singular(tmp_path):
    """A split of one film is worth one cluster, and the sentence is English."""
    stories = [
        story(f"s{k}", [frame(k), frame(k + 1)], split="test", cluster="film") for k in range(4)
    ]
    advice = findings(write(tmp_path, stories))["overlapping stories in test"].advice
    assert "worth about 1 independent cluster (1 episode). Intervals" in advice


def test_labels_in_another_order_are_a_problem(tmp_path):
    """Every column fits another name: the spec's order is not the release's."""
    turned = [
        dataclasses.replace(
            one,
            frames=tuple(
                dataclasses.replace(of, characters=turn(of.characters)) for of in one.frames
            ),
        )
        for one in clean_stories()
    ]
    one = findings(write(tmp_path, turned, characters=CAST))["order of the labels"]
    assert one.level == "problem"
    assert one.found.startswith("Ada's fits Bo, Bo's fits Cleo, Cleo's fits Ada; ")
    assert "release" not in one.advice  # one's own data has none


def test_a_character_that_no_caption_names_is_not_called_swapped(tmp_path):
    """Tom is in half of the frames and in no caption: nothing says that his column is Mina's."""
    frames = [
        frame(k, characters=(k % 2, 1), captions=["Mina runs." if k % 2 else "He sits down."])
        for k in range(8)
    ]
    stories = [story(f"s{k}", frames[2 * k : 2 * k + 2], label_source="hand") for k in range(4)]
    found = findings(write(tmp_path, stories, characters=("Mina", "Tom"), name="own"))
    assert found["order of the labels"].level == "good"
    assert found["order of the labels"].found.startswith("each column whose name is said fits it; ")
    assert found["characters that no caption names"].level == "note"
    assert found["characters that no caption names"].found == "Tom"


def test_captions_without_any_name_judge_no_column(tmp_path):
    """Nothing is said of the order, neither good nor bad."""
    frames = [frame(k, characters=(k % 2, 1), captions=["They run."]) for k in range(2)]
    stories = [story("s", frames, label_source="hand")]
    found = findings(write(tmp_path, stories, characters=("Mina", "Tom"), name="own"))
    assert "order of the labels" not in found
    assert found["characters that no caption names"].found == "Mina, Tom"


def test_labels_made_of_captions_are_said_to_be(tmp_path):
    """They agree because they are the same thing."""
    stories = [dataclasses.replace(one, label_source="captions") for one in clean_stories()]
    assert findings(write(tmp_path, stories, characters=CAST))["label source"].level == "note"


def test_characters_that_a_split_lacks_or_has_more_of(tmp_path):
    """Cleo is in a quarter of train and in no frame of test."""
    stories = [
        one
        if one.split != "test"
        else dataclasses.replace(
            one,
            frames=tuple(dataclasses.replace(of, characters=(1, 0, 0)) for of in one.frames),
        )
        for one in clean_stories()
    ]
    found = findings(write(tmp_path, stories, characters=CAST))
    assert found["characters missing in test"].found == "Bo, Cleo"
    assert found["characters by split"].found == (
        "Ada in 100 % of test, 50.0 % of train; Bo in 0 % of test, 50.0 % of train; "
        "Cleo in 0 % of test, 25.0 % of train"
    )


def test_leftovers_in_captions_are_notes_and_empty_ones_a_problem(tmp_path):
    """Each kind has its line."""
    extra = story("extra", [frame(501, captions=[""]), frame(502, captions=["a\nb"])])
    found = findings(write(tmp_path, [*clean_stories(), extra], characters=CAST))
    assert (found["captions: empty"].level, found["captions: empty"].found) == ("problem", "1")
    assert (found["captions: newline"].level, found["captions: newline"].found) == ("note", "1")
    assert "form of the captions" not in found
    assert found["frames without labels"].found == "2 of 74"


def test_captions_in_two_splits_are_a_note(tmp_path):
    """With an example and both shares."""
    extra = story("extra", [frame(501, captions=["The end."]), frame(502)])
    other = story("other", [frame(503, captions=["The end."]), frame(504)], split="test")
    found = findings(write(tmp_path, [*clean_stories(), extra, other]))
    assert found["captions in train and test"].found == (
        "1 word for word, such as “The end.”: 3.8 % of train's, 3.8 % of test's"
    )


def test_the_same_shards_give_the_same_audit(tmp_path):
    """Twice over, threads and all; and it is plain JSON."""
    directory = write(tmp_path, clean_stories(), characters=CAST)
    first, second = (json.dumps(dataclasses.asdict(audit(directory))) for _ in range(2))
    assert first == second


def test_an_empty_build_is_audited(tmp_path):
    """No story, no error, no problem."""
    assert not audit(write(tmp_path, [], characters=CAST)).has_problems


@pytest.mark.parametrize("threshold", [-1, 17])
def test_a_threshold_out_of_reach_is_refused(threshold, tmp_path):
    """Beyond a quarter of the bits everything resembles everything."""
    with pytest.raises(InputError, match=f"from 0 to 16 of 64 bits, found {threshold}"):
        audit(tmp_path, threshold=threshold)


def test_only_the_largest_differences_are_listed(tmp_path):
    """A sentence is no table."""
    names = tuple(f"Who{k}" for k in range(8))
    stories = [
        story(
            split,
            [frame(10 * n + k, characters=[int(j % 2 == n) for j in range(8)]) for k in range(2)],
            split=split,
        )
        for n, split in enumerate(("train", "test"))
    ]
    found = findings(write(tmp_path, stories, characters=names))["characters by split"].found
    assert found.endswith("; and 5 more")
    assert found.count(" of train") == 3


def test_near_duplicates_by_design_are_a_note(tmp_path):
    """Where val shares episodes with train, neighbouring frames resemble each other."""
    copies = [frame(saved_again(painted(1000 + k)), clip=f"copy-{k}") for k in range(2)]
    stories = [*clean_stories(), story("copy", copies)]
    found = findings(write(tmp_path, stories, characters=CAST, name="pororosv"))
    assert found["near-duplicates in train and val"].level == "note"


def test_a_near_duplicate_of_a_shared_picture_is_told(tmp_path):
    """Seen from train there is only the equal picture; seen from val there is a copy of it too."""
    shared = frame(2000, clip="shared")
    copy = frame(saved_again(painted(2000)), clip="copy")
    stories = [story("a", [shared, shared]), story("b", [shared, copy], split="val")]
    found = findings(write(tmp_path, stories, characters=CAST, name="toysv"))
    assert found["near-duplicates in train and val"].found.startswith("1 of 2 pictures of val")
    assert "near-duplicates across splits" not in found
