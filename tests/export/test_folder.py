"""Pictures in folders: the bytes of the shards, and tables that say all that is known."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from storybench.export import export
from storybench.shards.reader import Stories
from tests.export.conftest import TOON
from tests.loader.cartoon import Cartoon


def test_pictures_are_the_bytes_of_the_shards(toon: Path, tmp_path: Path) -> None:
    """Every frame of every story, and nothing else."""
    done = export(toon, tmp_path / "out", to="folder")
    expected = {
        f"{split}/{record.key}/{k}.png": frame.data
        for split in ("train", "test")
        for record in TOON.stories(split)
        for k, frame in enumerate(record.frames)
    }
    found = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*.png")
    }
    assert found == expected
    assert done.n_frames == len(expected) == 50
    others = {path.name for path in (tmp_path / "out").iterdir()}
    assert others == {"train", "test", "captions.jsonl", "stories.csv", "README.md"}


def test_jpegs_stay_jpegs(tmp_path: Path) -> None:
    """Their bytes and their suffix are those of the shard."""
    cartoon = Cartoon(stored="jpg", episodes={"train": {"ep1": 5}})
    export(cartoon.write(tmp_path / "shards"), tmp_path / "out", to="folder")
    (record,) = cartoon.stories("train")
    for k, frame in enumerate(record.frames):
        assert (tmp_path / "out" / "train" / "ep1-1" / f"{k}.jpg").read_bytes() == frame.data


def test_every_line_is_a_story(toon: Path, tmp_path: Path) -> None:
    """With captions as they are, characters by name, and null where nobody knows."""
    export(toon, tmp_path / "out", to="folder")
    lines = (tmp_path / "out" / "captions.jsonl").read_bytes().decode().splitlines()
    found = [json.loads(line) for line in lines]
    assert [story["id"] for story in found] == list(Stories(toon).ids)
    first = found[0]
    assert (first["split"], first["cluster"], first["position"]) == ("train", "ep1", 0)
    assert (first["orders"], first["subsets"]) == ({"file": 1000}, ["short"])
    assert first["frames"][2]["captions"] == [" Pororo says:\n\tgo! "]
    assert first["frames"][2]["characters"] == ["Pororo", "Loopy", "Crong"]
    assert first["frames"][2]["origin"]["clip"] == "ep1/3"
    assert found[2]["frames"][4]["characters"] is None


def test_every_row_of_the_table_is_a_frame(toon: Path, tmp_path: Path) -> None:
    """Whatever quotes, commas and newlines are in a caption."""
    export(toon, tmp_path / "out", to="folder")
    with (tmp_path / "out" / "stories.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 50
    assert rows[3]["caption"] == 'Loopy | Crong, "friends"'
    assert rows[4] == {
        "story": "ep1-1",
        "split": "train",
        "position": "0",
        "k": "4",
        "file": "train/ep1-1/4.png",
        "caption": "=Crong höpft",
        "characters": "Pororo;Loopy",
        "licence": "",
    }
    for row in rows:
        assert (tmp_path / "out" / row["file"]).is_file()
