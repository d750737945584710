"""A Hugging Face dataset: read without a network, with types that say what is what."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from storybench.errors import MissingError
from storybench.export import export, hf
from storybench.shards.reader import Stories
from tests.factories import make_shards

datasets = pytest.importorskip("datasets")


def test_datasets_reads_it_by_the_name_of_the_folder(
    toon: Path, tmp_path: Path, offline: Path
) -> None:
    """Splits, pictures, captions, characters by name and origins are those of `Stories`."""
    export(toon, tmp_path / "out", to="hf")
    found = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(offline))
    assert {split: len(rows) for split, rows in found.items()} == {"train": 8, "test": 2}
    labels = found["train"].features["characters"].feature.feature
    assert labels.names == ["Pororo", "Loopy", "Crong"]
    for row, story in zip(found["train"], Stories(toon, "train"), strict=True):
        assert (row["id"], row["cluster"], row["position"]) == (
            story.id,
            story.cluster,
            story.position,
        )
        assert row["subsets"] == list(story.subsets)
        assert row["caption"] == list(story.captions)
        assert row["licences"] == [None] * 5
        for k, frame in enumerate(story.frames):
            assert np.array_equal(np.asarray(row["frames"][k]), frame.image)
            assert row["captions"][k] == list(frame.captions)
            assert row["origins"][k]["clip"] == frame.origin.clip
            hot = None if frame.characters is None else list(np.flatnonzero(frame.characters))
            assert row["characters"][k] == hot


def test_the_files_are_plain_parquet(toon: Path, tmp_path: Path) -> None:
    """Readable without `datasets`; pictures are the bytes of the shards."""
    export(toon, tmp_path / "out", to="hf", split="test")
    (path,) = (tmp_path / "out" / "data").iterdir()
    assert path.name == "test-00000-of-00001.parquet"
    row = pq.read_table(path).to_pylist()[1]
    assert row["id"] == "ep3-2"
    assert row["frames"][0]["bytes"].startswith(b"\x89PNG")
    assert row["frames"][0]["path"] == "ep3-2.0.png"


def test_large_splits_are_cut_into_files(
    toon: Path, tmp_path: Path, offline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every story once, in order, whatever the size of a file."""
    monkeypatch.setattr(hf, "FILE_BYTES", 5_000)
    monkeypatch.setattr(hf, "ROWS_PER_GROUP", 2)
    export(toon, tmp_path / "out", to="hf")
    names = sorted(path.name for path in (tmp_path / "out" / "data").iterdir())
    assert len(names) > 3
    assert names[-1].endswith(f"-of-{sum(n.startswith('train') for n in names):05d}.parquet")
    found = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(offline))
    assert tuple(found["train"]["id"]) == Stories(toon, "train").ids


def test_a_dataset_without_characters_has_no_such_column(tmp_path: Path, offline: Path) -> None:
    """And a split whose name Hugging Face does not allow gets another, which is noted."""
    shards = make_shards(tmp_path / "shards", stories={"val-unseen": 2})
    done = export(shards, tmp_path / "out", to="hf")
    found = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(offline))
    assert "characters" not in found["val_unseen"].features
    assert found["val_unseen"][1]["licences"] == ["CC0-1.0"] * 3
    assert done.notes == ("The split val-unseen is called val_unseen here.",)


def test_the_card_can_be_read(toon: Path, tmp_path: Path) -> None:
    """YAML in front, then counts, terms, citation and the digest of the build."""
    export(toon, tmp_path / "out", to="hf")
    text = (tmp_path / "out" / "README.md").read_text()
    assert text.startswith('---\npretty_name: "toon"\nlicense: other\n')
    assert "| train | 8 |" in text
    assert "@misc{toon}" in text
    assert Stories(toon).digest in text


def test_without_the_extra_it_says_what_to_install(
    toon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the command; nothing is left behind."""
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingError, match=r"'datasets'.*pip install 'storybench\[export\]'"):
        export(toon, tmp_path / "out", to="hf")
    assert not list(tmp_path.iterdir())
