"""A Hugging Face dataset: Parquet files and a card, as a dataset repository holds them.

::

    data/<split>-00000-of-00002.parquet     one story a row, pictures inside
    README.md                               the card, whose head says which file is which split

`datasets.load_dataset(folder)` reads it without a network, the hub takes it as it is, and pandas
and pyarrow read the files without any of this. (`Dataset.save_to_disk` makes Arrow files that only
`datasets` reads and that the hub does not show.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from storybench.export.extra import extra
from storybench.export.material import Material
from storybench.loader.samples import Sample
from storybench.types import StorySpec

FILE_BYTES = 500_000_000
ROWS_PER_GROUP = 64
"""So that a reader who wants one row decodes few, and writing needs little memory."""

LAYOUT = """```python
from datasets import load_dataset

stories = load_dataset("path/to/this/folder")
```

One story a row. `frames` are the pictures, the source first; `captions` has all captions of each
frame and `caption` the default one; `characters` the labels of each frame, null where there are
none; `licences` and `origins` run over the frames too; `cluster` is the episode or video."""


def write(material: Material, folder: Path, *, step: Callable[[], None]) -> tuple[str, ...]:
    """Write the Parquet files; `step` is called after each story. Returns what to note.

    Raises:
        MissingError: the package `datasets` is not installed.
    """
    schema = features(material.spec).arrow_schema
    (folder / "data").mkdir()
    per_file = max(1, FILE_BYTES // max(1, material.samples.n_bytes() // len(material.samples)))
    for split, n in material.n_stories.items():
        n_files = -(-n // per_file)
        rows = _stepping(material.of(split), step)
        for number in range(n_files):
            name = f"{split_name(split)}-{number:05d}-of-{n_files:05d}.parquet"
            share = islice(rows, n * (number + 1) // n_files - n * number // n_files)
            _write_file(folder / "data" / name, schema, (_row(material, s) for s in share))
    renamed = [split for split in material.splits if split_name(split) != split]
    return tuple(f"The split {split} is called {split_name(split)} here." for split in renamed)


def head(material: Material) -> str:
    """The YAML in front of the card, by which `datasets` finds the files of each split."""
    lines = [
        "---",
        f"pretty_name: {json.dumps(material.spec.name)}",
        "license: other",
        "configs:",
        "- config_name: default",
        "  data_files:",
    ]
    for split in material.splits:
        name = split_name(split)
        lines += [f"  - split: {name}", f"    path: data/{name}-*.parquet"]
    return "\n".join([*lines, "---"]) + "\n\n"


def split_name(split: str) -> str:
    """What Hugging Face lets a split be called.

    >>> split_name("val-unseen")
    'val_unseen'
    """
    return re.sub(r"\W", "_", split)


def features(spec: StorySpec) -> Any:
    """The `datasets.Features` of a row."""
    datasets = extra("datasets")
    text, number = datasets.Value("string"), datasets.Value("int64")
    origin = {"file": text, "clip": text, "index": number, "time": datasets.Value("float64")}
    row = {
        "id": text,
        "cluster": text,
        "position": number,
        "subsets": [text],
        "frames": [datasets.Image()],
        "caption": [text],
        "captions": [[text]],
        "default": [datasets.Value("int32")],
        "licences": [text],
        "origins": [origin],
    }
    if spec.characters:
        row["characters"] = [[datasets.ClassLabel(names=list(spec.characters))]]
    return datasets.Features(row)


def _row(material: Material, sample: Sample) -> dict[str, Any]:
    document = sample.document
    frames = document.frames
    row = {
        "id": document.id,
        "cluster": document.cluster,
        "position": document.position,
        "subsets": list(document.subsets),
        "frames": [
            {"bytes": data, "path": frame.file}
            for frame, data in zip(frames, sample.pictures, strict=True)
        ],
        "caption": [frame.captions[frame.default] for frame in frames],
        "captions": [list(frame.captions) for frame in frames],
        "default": [frame.default for frame in frames],
        "licences": [material.licence(frame) for frame in frames],
        "origins": [vars(frame.origin) for frame in frames],
    }
    if material.spec.characters:
        row["characters"] = [_labels(frame.characters) for frame in frames]
    return row


def _labels(characters: tuple[int, ...] | None) -> list[int] | None:
    return None if characters is None else [c for c, is_in in enumerate(characters) if is_in]


def _write_file(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(islice(rows, ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def _stepping(samples: Iterable[Sample], step: Callable[[], None]) -> Iterator[Sample]:
    for sample in samples:
        step()  # first, since whoever takes the last one does not come back
        yield sample
