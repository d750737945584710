"""The ledger of losses."""

from __future__ import annotations

from pathlib import Path

from storydata.kit.drops import Drop, read_drops, tally, write_drops

DROPS = (
    Drop("1-2", "story", "val", "video missing", "no a.mp4"),
    Drop("7", "description", "val", "duplicate", "the same as 5"),
    Drop("1-3", "story", "test", "video missing", "no „b“.mp4"),
)


def test_drops_come_back_as_they_were_written(tmp_path: Path) -> None:
    """One JSON object a line, in order, in UTF-8."""
    write_drops(tmp_path / "drops.jsonl", iter(DROPS))
    assert read_drops(tmp_path / "drops.jsonl") == list(DROPS)
    first = (tmp_path / "drops.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert first == (
        '{"id": "1-2", "kind": "story", "reason": "no a.mp4", "split": "val", '
        '"step": "video missing"}'
    )


def test_a_tally_counts_kinds_and_steps(tmp_path: Path) -> None:
    """Most frequent first; reasons, which are as many as drops, do not matter."""
    assert list(tally(DROPS).items()) == [
        ("story: video missing", 2),
        ("description: duplicate", 1),
    ]
    write_drops(tmp_path / "none.jsonl", [])
    assert read_drops(tmp_path / "none.jsonl") == []
