"""One rule for the names of stories, wherever they are checked."""

from __future__ import annotations

import pytest

from storybench.errors import InputError, PredictionError
from storybench.names import is_story_id
from storybench.predictions.names import story_dir
from storybench.shards.format import check_key

GOOD = ("a", "0", "p-0001", "4391-12-40", "a_b", "x" * 80)
BAD = ("", "-a", "_a", "A", "a.b", "a/b", "../x", "a b", "é", "a\n", "x" * 81)


@pytest.mark.parametrize("name", GOOD)
def test_good_names_are_good_everywhere(tmp_path, name):
    """Shards and predictions accept what the rule accepts."""
    assert is_story_id(name)
    assert check_key(name) == name
    assert story_dir(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("name", BAD)
def test_bad_names_are_bad_everywhere(tmp_path, name):
    """Shards and predictions refuse what the rule refuses."""
    assert not is_story_id(name)
    with pytest.raises(InputError):
        check_key(name)
    with pytest.raises(PredictionError):
        story_dir(tmp_path, name)
