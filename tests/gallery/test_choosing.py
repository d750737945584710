from __future__ import annotations

import pytest

from storybench.errors import InputError
from storybench.gallery.choosing import Wanted, choose
from storybench.shards.reader import Stories
from tests.factories import make_shards, story_key

CAST = ("Ada", "Bo", "Cleo", "Dan", "Eve")


@pytest.fixture(scope="module")
def stories(tmp_path_factory):
    """Twelve train and six test stories; frame k of story n shows character (n + k) % 5."""
    return Stories(
        make_shards(
            tmp_path_factory.mktemp("build"), stories={"train": 12, "test": 6}, characters=CAST
        )
    )


def ids(stories, wanted, n=100):
    """Ids of the stories chosen."""
    return [stories.ids[k] for k in choose(stories, wanted, n=n).indices]


def test_all_are_shown_where_there_is_room(stories):
    """In the order of the splits and positions."""
    assert ids(stories, Wanted()) == list(stories.ids)


def test_some_are_spread_evenly(stories):
    """Six of eighteen: every third, from both splits in proportion."""
    choice = choose(stories, Wanted(), n=6)
    assert choice.indices == (0, 3, 6, 9, 12, 15)
    assert (choice.n_matching, choice.n_stories) == (18, 18)


@pytest.mark.parametrize("n", [1, 5, 7, 17])
def test_as_many_as_asked_for(stories, n):
    """Never one more or less, never one twice."""
    indices = choose(stories, Wanted(), n=n).indices
    assert len(set(indices)) == n
    assert list(indices) == sorted(indices)


def test_by_split(stories):
    """Only that split, counted as matching."""
    choice = choose(stories, Wanted(split="test"), n=3)
    assert [stories.ids[k] for k in choice.indices] == [story_key("test", k) for k in (0, 2, 4)]
    assert choice.n_matching == 6


def test_by_character_in_any_case(stories):
    """Any frame of the story may show them: Eve is fourth of the cast."""
    numbers = [n for n in range(6) if 4 in {(n + k) % 5 for k in range(3)}]
    assert ids(stories, Wanted(split="test", character="eve")) == [
        story_key("test", n) for n in numbers
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BO RUNS", ["test-005"]),
        ("test-003", ["test-003"]),
        ("test-cluster-2", ["test-004", "test-005"]),
    ],
)
def test_by_text_of_captions_ids_and_episodes(stories, text, expected):
    """Case does not matter."""
    assert ids(stories, Wanted(split="test", text=text)) == expected


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(split="tests"), "one of the splits train, test, found 'tests'"),
        (Wanted(character="Kleo"), "Did you mean Cleo?"),
        (Wanted(character="Zzz"), "Known: Ada, Bo, Cleo, Dan, Eve"),
        (Wanted(split="test", text="nothing of it"), "split 'test' and text 'nothing of it'"),
    ],
)
def test_what_cannot_be_found_is_said(stories, wanted, message):
    """A wrong name lists the right ones; no match says what was looked for."""
    with pytest.raises(InputError, match=message):
        choose(stories, wanted, n=5)


def test_without_labels_characters_are_not_guessed(tmp_path):
    """A dataset without labels sends to its captions."""
    with pytest.raises(InputError, match="--text"):
        choose(Stories(make_shards(tmp_path)), Wanted(character="Ada"), n=5)


def test_an_empty_build_has_nothing_to_choose(tmp_path):
    """No story is no error."""
    assert choose(Stories(make_shards(tmp_path, stories={"test": 0})), Wanted(), n=5).indices == ()
