"""Pictures in folders, and tables that say what is in them.

::

    <split>/<story>/0.png … T.png     0 is the source; the bytes are those of the shards
    captions.jsonl                    one story a line, with all that is known of it
    stories.csv                       one frame a line, for a spreadsheet
    README.md
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from storybench.export.material import Material
from storybench.files import canonical_json
from storybench.loader.samples import Sample
from storybench.shards.format import FrameDocument

LAYOUT = """`<split>/<story>/<k>.png` (or `.jpg`) are the frames, 0 the source. `captions.jsonl` has
one story a line: id, split, cluster (episode or video), position, orders, subsets, and for each
frame its file, captions, the index of the default one, characters, licence and origin.
`stories.csv` has one frame a line."""

COLUMNS = ("story", "split", "position", "k", "file", "caption", "characters", "licence")


def write(material: Material, folder: Path, *, step: Callable[[], None]) -> tuple[str, ...]:
    """Write the files; `step` is called after each story. Returns nothing to note."""
    with (
        (folder / "captions.jsonl").open("wb") as lines,
        (folder / "stories.csv").open("w", encoding="utf-8", newline="") as rows,
    ):
        table = csv.writer(rows, lineterminator="\n")
        table.writerow(COLUMNS)
        for split in material.splits:
            for sample in material.of(split):
                files = _write_pictures(sample, folder)
                lines.write(canonical_json(_record(material, sample, files)) + b"\n")
                table.writerows(_rows(material, sample, files))
                step()
    return ()


def _write_pictures(sample: Sample, folder: Path) -> list[str]:
    """Returns the files of the frames, relative to the folder."""
    document = sample.document
    files = []
    (folder / document.split / document.id).mkdir(parents=True)
    for k, (frame, data) in enumerate(zip(document.frames, sample.pictures, strict=True)):
        suffix = frame.file.rpartition(".")[2]
        files.append(f"{document.split}/{document.id}/{k}.{suffix}")
        (folder / files[-1]).write_bytes(data)
    return files


def _record(material: Material, sample: Sample, files: Sequence[str]) -> dict[str, Any]:
    document = sample.document
    return {
        "id": document.id,
        "split": document.split,
        "cluster": document.cluster,
        "position": document.position,
        "orders": dict(document.orders),
        "subsets": list(document.subsets),
        "label_source": document.label_source,
        "frames": [
            {
                "file": file,
                "captions": list(frame.captions),
                "default": frame.default,
                "characters": names(material, frame),
                "licence": material.licence(frame),
                "origin": vars(frame.origin),
            }
            for frame, file in zip(document.frames, files, strict=True)
        ],
    }


def _rows(material: Material, sample: Sample, files: Sequence[str]) -> Iterator[Sequence[Any]]:
    document = sample.document
    for k, (frame, file) in enumerate(zip(document.frames, files, strict=True)):
        yield (
            document.id,
            document.split,
            document.position,
            k,
            file,
            frame.captions[frame.default],
            ";".join(names(material, frame) or ()),
            material.licence(frame) or "",
        )


def names(material: Material, frame: FrameDocument) -> list[str] | None:
    """The characters of a frame by name, None where there are no labels."""
    if frame.characters is None:
        return None
    spec = material.spec
    return [name for name, is_in in zip(spec.characters, frame.characters, strict=True) if is_in]
