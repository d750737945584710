"""Sentence vectors that the authors handed out with the data, by what each file calls a caption.

============================================  ===============================================
`descriptions_vec_512.pkl` (PororoSV)          clip id -> one row for each caption, (n, 512)
`descriptions_vec.npy` (PororoSV, older)       the same, (n, 128)
`flintstones_use_embeddings.npy`               (clips, 512); the row of a clip id stands in
                                               `flintstones_use_embed_idxs.pkl`
`didemo_use_embeds.pkl` (DiDeMoSV)             path of a frame -> (512,)
============================================  ===============================================

All but the older one are of the Universal Sentence Encoder large v5
(adymaharana/storydalle@132dd19:story-dalle/get_use_embeddings.py). Files are read as plain data;
nothing in them is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storybench.pickles.files import load_npy, load_pickle

NAMES = (
    "descriptions_vec_512.pkl",
    "flintstones_use_embeddings.npy",
    "didemo_use_embeds.pkl",
    "descriptions_vec.npy",
)
ROWS = ("flintstones_use_embed_idxs.pkl", "flintstones_use_embeddings_idxs.pkl")
"""Where the rows of FlintstonesSV's array stand."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Release:
    """Vectors (n, width), finite, one for each caption that the file has of a clip or frame."""

    vectors: Mapping[str, Vectors]
    width: int


def find_release(path: Path) -> tuple[Path, ...]:
    """The files that `path` means: one of `NAMES`, or a folder that holds one, at most one deeper.

    Raises:
        MissingError: there is none, or the file beside it is missing.
    """
    found = path if path.is_file() else _in_folder(path)
    if found is None:
        raise MissingError(
            f"Expected a file of sentence vectors ({', '.join(NAMES)}) at {path}, found none."
        )
    if found.name != NAMES[1]:
        return (found,)
    for name in ROWS:
        if (found.parent / name).is_file():
            return found, found.parent / name
    raise MissingError(
        f"Expected {ROWS[0]} beside {found}, which says whose vectors they are, found none."
    )


def hashes(files: tuple[Path, ...]) -> dict[str, str]:
    """SHA-256 of each file by its name."""
    return {path.name: sha256_file(path) for path in files}


def read_release(files: tuple[Path, ...]) -> Release:
    """The vectors in files that `find_release` found.

    Raises:
        RawDataError: a file is damaged, or more than plain data.
        InputError: it holds something else than vectors of one width.
    """
    first, *beside = files
    loaded = load_npy(first) if first.suffix == ".npy" else load_pickle(first)
    if beside:
        loaded = _by_row(loaded, load_pickle(beside[0]), files)
    if not isinstance(loaded, dict) or not loaded:
        raise InputError(f"Expected sentence vectors by name in {first}, found something else.")
    vectors = {str(key): _rows(value, str(key), first) for key, value in loaded.items()}
    widths = {rows.shape[1] for rows in vectors.values()}
    if len(widths) != 1:
        raise InputError(
            f"Expected sentence vectors of one width in {first}, found {sorted(widths)}."
        )
    return Release(vectors, widths.pop())


def _in_folder(folder: Path) -> Path | None:
    candidates = [path for name in NAMES for path in (folder / name, *folder.glob(f"*/{name}"))]
    return next((path for path in candidates if path.is_file()), None)


def _by_row(array: Any, rows: Any, files: tuple[Path, ...]) -> dict[str, Any]:
    """FlintstonesSV's array, taken apart."""
    if not isinstance(array, np.ndarray) or array.ndim != 2:
        raise InputError(f"Expected an array of sentence vectors in {files[0]}, found other data.")
    if not isinstance(rows, dict) or not all(
        isinstance(row, int | np.integer) and 0 <= row < len(array) for row in rows.values()
    ):
        raise InputError(
            f"Expected a row below {len(array):,} for each clip in {files[1]}, found other data. "
            f"Does it belong to {files[0].name}?"
        )
    return {clip: array[row] for clip, row in rows.items()}


def _rows(value: Any, key: str, path: Path) -> Vectors:
    problem = "other data"
    try:
        rows = np.atleast_2d(np.asarray(value, np.float32))
    except (TypeError, ValueError):
        rows = np.zeros((0, 0, 0), np.float32)
    if rows.ndim == 2 and rows.size:
        if np.isfinite(rows).all():
            return rows
        problem = "numbers that are not finite"
    raise InputError(f"Expected sentence vectors for {key[:80]!r} in {path}, found {problem}.")
