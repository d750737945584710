"""Pictures in the rows of an HDF5 file laid out as AR-LDM's (L6), if they are single frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import InputError, MissingError, PredictionError
from storybench.images import decode, header_size
from storybench.predictions.container import Container, container_of
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import asking, put_together, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.places import Placed, place
from storybench.predictions.layouts.recognition import Found, Question
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split
from storybench.predictions.names import suffix
from storybench.types import Image

MAX_STORED = 64 * 2**20


@dataclass(frozen=True)
class RowPicture:
    """The encoded picture in one row of a column of an HDF5 file."""

    file: Path
    name: str
    column: str
    row: int
    is_bgr: bool

    def size(self) -> tuple[int, int]:
        """Width and height of its header."""
        return header_size(self._stored(), self.name)

    def read(self) -> Image:
        """Its pixels; raises PredictionError where it does not decode."""
        try:
            image = decode(self._stored(), self.name)
        except InputError as error:
            raise PredictionError(str(error)) from error
        return np.ascontiguousarray(image[..., ::-1]) if self.is_bgr else image

    def encoded(self) -> None:
        """None: the file holds other pictures too."""
        return

    def container(self) -> Container:
        """By the bytes in its row."""
        return container_of(self._stored())

    def _stored(self) -> bytes:
        with _opened(self.file, self.name) as file:
            return _stored(_column(file, self.column, self.name), self.row, self.name)


def look_hdf5(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L6: a `.h5` file with `{split}/image0 … image{T}`."""
    files = [file for file in folder.files if suffix(file) in (".h5", ".hdf5")]
    if not files:
        return None
    chosen, questions = choose_run(files, answers, "HDF5 files")
    why = ["There is an HDF5 file."]
    if chosen is None:
        return asking(*questions, why=why, used=files)
    with _opened(folder.path / chosen, chosen) as file:
        group = split.name
        columns = [f"{group}/image{k}" for k in range(split.n_targets + 1)]
        there = {k: name for k, name in enumerate(columns) if name in file}
        if not there:
            return refused(
                f"Expected the columns {columns[0]} … {columns[-1]} in {chosen}, found the groups "
                f"{', '.join(sorted(file)[:5]) or 'none'}.",
                why=why,
                used=files,
            )
        known = str(file.attrs.get("channel_order", ""))
        n_rows = {k: len(_column(file, name, chosen)) for k, name in there.items()}
        last = max(there)
        first = _stored(_column(file, there[last], chosen), 0, chosen)
        ids = _ids(file, group, chosen)
    width, height = header_size(first, chosen)
    why.append(f"{chosen} has {len(there)} pictures for each of {n_rows[last]:,} rows of {group}.")
    if height != width:
        return refused(
            f"Its pictures are strips of {height / width:g} frames ({width} x {height} pixels): "
            "these are the real frames that AR-LDM trains on, not predictions. Score the folder of "
            "pictures that `main.py` with mode=sample writes.",
            why=why,
            used=files,
        )
    order = answers.get("channel-order", known)
    if order not in ("rgb", "bgr"):
        return asking(_ask_channels(), why=why, used=files)
    pictures = {
        (row, k): RowPicture(
            folder.path / chosen, f"{chosen}[{name}, {row}]", name, row, order == "bgr"
        )
        for k, name in there.items()
        for row in range(n_rows[k])
    }
    placed = _placed(ids, {row for row, _ in pictures}, split, answers)
    found = put_together(pictures, placed, split, answers, begins="source", used=[chosen])
    return replace(found, why=(*why, f"Its pictures are {order}.", *found.why))


def _placed(ids: list[str], rows: set[int], split: Split, answers: Answers) -> Placed:
    """By the column of ids that `storybench export` writes, else by the row."""
    known = set(split.ids)
    if ids and "order" not in answers:
        stories = {row: story for row, story in enumerate(ids) if story in known}
        return Placed(stories, ("A column names the story of each row.",))
    return place(rows, split, answers)


def _ids(file: Any, group: str, name: str) -> list[str]:
    if f"{group}/id" not in file:
        return []
    return [
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)
        for one in _column(file, f"{group}/id", name)[:]
    ]


def _ask_channels() -> Question:
    return Question(
        "channel-order",
        "were the pictures written through OpenCV from RGB arrays, as AR-LDM's script does (bgr), "
        "or in their true colours (rgb)?",
        ("rgb", "bgr"),
    )


def _stored(column: Any, row: int, name: str) -> bytes:
    value = np.asarray(column[row])
    if value.dtype != np.uint8 or value.nbytes > MAX_STORED:
        raise PredictionError(f"Expected encoded pictures, uint8, in {name}, found {value.dtype}.")
    return value.tobytes()


def _column(file: Any, path: str, name: str) -> Any:
    """A dataset that lies in this very file: no link and no mapping leads elsewhere."""
    h5py = _h5py()
    at = file
    for part in path.split("/"):
        if not isinstance(at.get(part, getlink=True), h5py.HardLink):
            raise PredictionError(f"Expected {path} itself in {name}, found a link.")
        at = at[part]
    if not isinstance(at, h5py.Dataset) or at.external or at.is_virtual or len(at.shape) != 1:
        raise PredictionError(f"Expected a plain column {path} in {name}, found something else.")
    return at


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    try:
        with _h5py().File(path, "r") as file:
            yield file
    except OSError as error:
        raise PredictionError(f"Expected an HDF5 file in {name}, found {error}.") from error


def _h5py() -> Any:
    try:
        return import_module("h5py")
    except ModuleNotFoundError as error:
        raise MissingError(
            "Expected the package 'h5py', which HDF5 files need; it is not installed. Install it "
            "with: pip install 'storybench[export]'"
        ) from error
