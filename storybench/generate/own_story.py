"""A story of one's own: captions in a text file and a picture in, frames and a sheet out.

The first line of the file is the caption of the source picture, every other that of a frame to be
drawn. A photo that its EXIF flag turns is taken as it is shown. The folder appears when everything
in it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import InputError, MissingError
from storybench.files import sha256_bytes, write_atomic, write_json
from storybench.generate.finding import find, in_batches
from storybench.generate.rerank import Ranker, ranker
from storybench.images import decode_upright, encode_png
from storybench.registry import Model
from storybench.sheet import Strip, contact_sheet
from storybench.staging import appearing, expect_free
from storybench.types import Image, Prediction, Progress, StoryPrompt

ID = "own-story"
SHEET, RECORD = "sheet.png", "story.json"


@dataclass(frozen=True)
class OwnStory:
    """What was written: the pictures by candidate, the first being all if there is one, and where.

    `sheet` shows the source and the frames with their captions; a row for each candidate.
    """

    folder: Path
    pictures: tuple[tuple[Path, ...], ...]
    sheet: Path


def tell(
    model: str | Model,
    captions: Path,
    source: Path,
    out: Path,
    *,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    rerank: str | None = None,
    on_progress: Progress | None = None,
) -> OwnStory:
    """Continue a story of one's own.

    Several candidates without `rerank` are all written, each in a folder with its number.

    Args:
        model: as for `generate`.
        captions: a text file in UTF-8: the source's caption, then one line for each frame; blank
            ones may end it.
        source: a PNG, JPEG or WebP.
        out: a folder that is not there, or empty.
        seed: decides the pictures.
        options: of a checkpoint, by name.
        rerank: what chooses among candidates, if anything is to.
        on_progress: called as the pictures are drawn.

    Raises:
        UnknownNameError: no model of that name.
        MissingError: a file, package or weights are missing.
        InputError: a file is not what was expected, an option does not fit, or `out` holds files.
    """
    picture = _read(source, "the source picture")
    prompt = StoryPrompt(ID, decode_upright(picture, str(source)), _read_captions(captions))
    expect_free(out)
    found = find(model, options) if isinstance(model, str) else model
    drawer = in_batches(found)
    best = None if rerank is None else ranker(rerank, n_candidates=drawer.n_candidates)
    found.prepare(())
    (candidates,) = drawer.generate_batch([prompt], seeds=[seed], on_step=_steps(on_progress))
    kept = candidates if best is None else [best.best(candidates, prompt.captions[1:])]
    record = _record(found, best, prompt, seed, drawer.n_candidates)
    record["source"] = {"file": source.name, "sha256": sha256_bytes(picture)}
    _write(out, prompt, kept, record)
    return OwnStory(out, tuple(_places(out, prompt, kept)), out / SHEET)


def _read_captions(path: Path) -> tuple[str, ...]:
    lines = _decoded(_read(path, "captions"), path).rstrip().split("\n")
    captions = tuple(line.strip() for line in lines)
    if len(captions) < 2:
        raise InputError(
            f"Expected the source's caption and at least one more line in {path}, found "
            f"{sum(map(bool, captions))}. Write a line for every frame to be drawn."
        )
    if "" in captions:
        raise InputError(
            f"Expected a caption in every line of {path}, the source's in the first, found line "
            f"{1 + captions.index('')} blank. Write that caption, or take the line out."
        )
    return captions


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + error.object.count(b"\n", 0, error.start)
        raise InputError(
            f"Expected a text file in UTF-8 at {path}, found the byte "
            f"0x{error.object[error.start]:02x} in line {line}. Save it as UTF-8."
        ) from error


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingError(f"Expected {what} in {path}, found no such file.") from error
    except IsADirectoryError as error:
        raise InputError(f"Expected {what} in {path}, found a folder.") from error


def _steps(on_progress: Progress | None) -> Any:
    if on_progress is None:
        return None
    return lambda done, total: on_progress(done, total, "steps")


def _record(
    model: Model, best: Ranker | None, prompt: StoryPrompt, seed: int, n_candidates: int
) -> dict[str, Any]:
    chooser = {} if best is None else {"rerank": dict(best.record())}
    return {
        "schema_version": 1,
        "captions": list(prompt.captions),
        "model": {**model.describe(), **chooser},
        "seed": seed,
        "n_candidates": n_candidates,
    }


def _write(
    out: Path, prompt: StoryPrompt, kept: Sequence[Prediction], record: dict[str, Any]
) -> None:
    with appearing(out) as partial:
        for paths, prediction in zip(_places(partial, prompt, kept), kept, strict=True):
            for path, frame in zip(paths, prediction.frames, strict=True):
                write_atomic(path, encode_png(frame))
        write_atomic(partial / SHEET, encode_png(_sheet(prompt, kept, record["seed"])))
        write_json(partial / RECORD, record)


def _places(
    folder: Path, prompt: StoryPrompt, kept: Sequence[Prediction]
) -> list[tuple[Path, ...]]:
    """Where each picture of each candidate lies."""
    folders = (
        [folder] if len(kept) == 1 else [folder / str(1 + number) for number in range(len(kept))]
    )
    return [tuple(one / f"{k}.png" for k in range(1, prompt.n_targets + 1)) for one in folders]


def _sheet(prompt: StoryPrompt, kept: Sequence[Prediction], seed: int) -> Image:
    titles = [f"seed {seed}"]
    if len(kept) > 1:
        titles = [f"candidate {1 + number} · seed {seed}" for number in range(len(kept))]
    return contact_sheet(
        [
            Strip(title, (prompt.source, *map(np.asarray, one.frames)), prompt.captions)
            for title, one in zip(titles, kept, strict=True)
        ]
    )
