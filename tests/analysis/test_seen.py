"""How often training showed a character, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.analysis.seen import MEANINGS, RARITIES, Seen, rarity, seen
from storybench.errors import InputError
from storybench.shards.reader import Stories
from tests.analysis.builds import write_windows

A, B, C, AB, NO = (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 0, 0)


def test_frames_that_stories_share_count_once(tmp_path: Path) -> None:
    """Three windows over five frames, and another episode with frames of the same labels."""
    data = write_windows(
        tmp_path / "s", {"train": [[A, AB, B, NO, A], [B, B, B]], "test": [[C] * 3]}
    )
    assert len(Stories(data, "train")) == 4
    assert seen(Stories(data, "train")) == Seen("train", (3, 5, 0), 8)
    assert seen(Stories(data, "test")) == Seen("test", (0, 0, 3), 3)


def test_frames_without_labels_are_not_counted(tmp_path: Path) -> None:
    """Neither as frames with someone nor as frames without; none at all is refused."""
    data = write_windows(tmp_path / "s", {"train": [[A, None, NO]], "val": [[None] * 3]})
    assert seen(Stories(data, "train")) == Seen("train", (1, 0, 0), 2)
    with pytest.raises(InputError, match=r"character labels, found none in .*--train-split"):
        seen(Stories(data, "val"))


def test_never_seen_is_a_rarity_of_its_own() -> None:
    """However few frames there are; every rarity has its words."""
    assert rarity(0, 3) == "never seen"
    assert rarity(1, 1000) == "rare"
    assert [Seen("train", (0, 9, 10, 25), 100).rarity(at) for at in range(4)] == list(RARITIES)
    assert tuple(MEANINGS) == RARITIES
