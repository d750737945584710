import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import InputError
from storybench.metrics.classifier.division import Division, divide

episodes = st.frozensets(st.sampled_from("abcdefghijkl"), max_size=12)


@given(episodes, episodes, episodes, episodes)
def test_no_episode_is_on_two_sides(train, val, test, more):
    """Whatever the splits share, test is never learnt from or watched, and train is not watched."""
    labelled = train | val | test | more
    try:
        found = divide({"train": train, "val": val, "test": test}, labelled)
    except InputError:
        assert len(labelled - test) < 2 or not (labelled - test - (val - train))
        return
    assert not set(found.train) & set(found.val)
    assert not (set(found.train) | set(found.val)) & test
    assert set(found.train) | set(found.val) == labelled - test


def test_a_val_split_of_whole_episodes_is_kept():
    """FlintstonesSV's splits are by episode, and stay so."""
    found = divide({"train": "abc", "val": "de", "test": "f"}, "abcdef")
    assert found == Division(("a", "b", "c"), ("d", "e"))


def test_a_val_split_of_all_episodes_is_not():
    """PororoSV's val has stories of every episode, so some episodes are held out instead."""
    pool = [f"e{index}" for index in range(20)]
    found = divide({"train": pool, "val": [*pool, "t"], "test": ["t"]}, [*pool, "t"])
    assert len(found.val) == 3
    assert "t" not in found.train + found.val
    again = divide({"train": pool[::-1], "val": pool, "test": ["t"]}, pool)
    assert again == found


def test_too_few_episodes_are_refused():
    """One episode cannot be both learnt from and watched."""
    with pytest.raises(InputError, match=r"at least two labelled episodes .* found 1"):
        divide({"train": "a", "test": "b"}, "ab")


def test_sides_that_share_an_episode_cannot_be_made():
    """The assertion itself, for whoever divides otherwise."""
    with pytest.raises(InputError, match="found b in both"):
        Division(("a", "b"), ("b",))
