"""Pickles (`.pkl`) and numpy files (`.npy`) of a raw release, read without running a line of them.

Releases of this field are pickles written by Python 2 a decade ago and passed from hand to hand.
Loading one in the usual way runs whatever it says. Here a file yields plain data or a sentence; see
`storybench.pickles.unpickler` for what is plain and how that is made sure.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import InputError, MissingError, RawDataError
from storybench.npy import parse_array, parse_header
from storybench.pickles.unpickler import BROKEN, ForbiddenGlobalError, Unpickler

MAX_PICKLE_BYTES = 512 * 2**20
"""A pickle's size on disk. The largest known, sentence embeddings as single numbers, has 160 MB."""

MAX_ARRAY_BYTES = 2 * 2**30
"""A plain array's: it lies in memory whole. The largest known, sentence embeddings, has 100 MB."""


def load_pickle(path: Path, *, name: str | None = None) -> Any:
    """The plain data in a pickle of any protocol; `name` is for messages, the path unless given.

    Plain data: lists, tuples, dictionaries, sets, text, bytes, numbers, None, and numpy arrays and
    scalars. Text that Python 2 wrote without an encoding is read as Latin-1.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is damaged, over `MAX_PICKLE_BYTES`, or more than plain data.
    """
    return parse_pickle(_read(path, MAX_PICKLE_BYTES), name or str(path))


def load_npy(path: Path, *, name: str | None = None) -> Any:
    """The array in a `.npy` file; an array of one object without axes is that object itself.

    Arrays of numbers or text come read-only; those of objects are pickles, and read as such.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is damaged, structured, over its bound, or more than plain data.
    """
    return parse_npy(_read(path, MAX_ARRAY_BYTES), name or str(path))


def parse_pickle(data: bytes, name: str) -> Any:
    """As `load_pickle`, from bytes.

    Raises:
        RawDataError: as there.
    """
    if len(data) > MAX_PICKLE_BYTES:
        raise _too_large(name, MAX_PICKLE_BYTES, len(data))
    try:
        return Unpickler(data).load()
    except ForbiddenGlobalError as error:
        raise RawDataError(
            f"Expected plain data in {name}, found a pickle that asks for {error}: it was not run. "
            "Fetch the file from a source you trust; don't load it by other means."
        ) from error
    except BROKEN as error:
        raise RawDataError(
            f"Expected a whole pickle of plain data in {name}, found {_reason(error)}."
        ) from error


def parse_npy(data: bytes, name: str) -> Any:
    """As `load_npy`, from bytes.

    Raises:
        RawDataError: as there.
    """
    try:
        header = parse_header(data, name)
        if not header.dtype.hasobject:
            return parse_array(data, name)
    except InputError as error:
        raise RawDataError(str(error)) from error
    array = parse_pickle(data[header.offset :], name)
    if type(array) is not np.ndarray or array.dtype != header.dtype or array.shape != header.shape:
        raise RawDataError(
            f"Expected an array of objects of shape {header.shape} in {name}, found other data."
        )
    return array if array.ndim else array.item()


def _read(path: Path, bound: int) -> bytes:
    if not path.exists():
        raise MissingError(f"Expected the file {path}, found none.")
    if not path.is_file():
        raise RawDataError(f"Expected a file at {path}, found something else.")
    size = path.stat().st_size
    if size > bound:
        raise _too_large(str(path), bound, size)
    try:
        return path.read_bytes()
    except OSError as error:
        raise RawDataError(
            f"Expected to be able to read {path}, found {error.strerror}."
        ) from error


def _too_large(name: str, bound: int, size: int) -> RawDataError:
    return RawDataError(f"Expected at most {bound:,} bytes in {name}, found {size:,}.")


def _reason(error: BaseException) -> str:
    """What was found, in words; what the standard library raises is given with its kind."""
    if isinstance(error, EOFError):
        return "it cut short"
    if type(error) is pickle.UnpicklingError:
        return str(error)[:200]
    return f"damage ({type(error).__name__}: {str(error)[:200]})"
