"""The lists of the released DiDeMoSV: which captions and frames make each story.

Layout, as the official loader implies it (adymaharana/storydalle@132dd19:story-dalle/
didemo_dataloader.py:83-110,147): a folder `didemo` with `train.json`, `val.json` and `test.json`,
each a list of objects whose `desc_to_frame` lists [caption, frame path] pairs; a path begins with
"didemo/" and is relative to the folder above. Here the folder may have any name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from storybench.errors import RawDataError
from storydata.didemosv.spec import RELEASED_FILES, RELEASED_FOLDER
from storydata.kit.captions import UnicodeText
from storydata.kit.raw import RawFile, read_records


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError("the path leaves the release")
    return PurePosixPath(path).as_posix()


FramePath = Annotated[UnicodeText, AfterValidator(_inside)]
Pair = Annotated[tuple[UnicodeText, FramePath], Field(strict=False)]


class Listing(BaseModel):
    """One object of a list: what its frames show and where they lie. Other keys are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    desc_to_frame: Annotated[tuple[Pair, ...], Field(strict=False)]

    @property
    def captions(self) -> tuple[str, ...]:
        """The caption beside each frame, as published."""
        return tuple(caption for caption, _ in self.desc_to_frame)

    @property
    def frames(self) -> tuple[str, ...]:
        """The path of each frame, as published."""
        return tuple(path for _, path in self.desc_to_frame)


def find_release(raw: Path) -> Path | None:
    """The folder with the lists: the raw folder itself or `didemo` in it; None if in neither."""
    for folder in (raw, raw / RELEASED_FOLDER):
        if any((folder / name).is_file() for name in RELEASED_FILES.values()):
            return folder
    return None


def list_files(folder: Path) -> dict[str, RawFile]:
    """The lists that are there, by split, in the order train, val, test."""
    return {
        split: RawFile(f"{RELEASED_FOLDER}/{name}", str(folder / name))
        for split, name in RELEASED_FILES.items()
        if (folder / name).is_file()
    }


def frame_file(folder: Path, path: str) -> RawFile:
    """Where the picture of a published path lies, and its name in the manifest."""
    parts = PurePosixPath(path).parts
    rest = parts[1:] if parts[0] == RELEASED_FOLDER else parts
    return RawFile("/".join((RELEASED_FOLDER, *rest)), str(folder.joinpath(*rest)))


def read_listings(file: RawFile) -> list[Listing]:
    """Every object of one list, in file order.

    Raises:
        RawDataError: not whole JSON, or an object without well-formed `desc_to_frame`; names the
            file and the object, counted from 1.
    """
    records = read_records(file.path)
    return [
        _listing(record, f"object {number} of {file.name}")
        for number, record in enumerate(records, start=1)
    ]


def clusters(listings: Sequence[Listing]) -> list[str]:
    """The video each story seems to be cut from: the release does not say.

    It is the folder of the story's first frame, where frames lie in several folders. Where all lie
    in one, stories that share a frame share a cluster, and so do those that a chain of shared
    frames links; it is named by its least frame path, whatever the order of the list.
    """
    folders = {PurePosixPath(path).parent for listing in listings for path in listing.frames}
    if len(folders) > 1:
        return [str(PurePosixPath(path).parent) for path in _first_frames(listings)]
    return _linked(listings)


def _linked(listings: Sequence[Listing]) -> list[str]:
    """The least frame of all that are linked to each story: union-find with paths halved."""
    parent = {path: path for listing in listings for path in listing.frames}
    for listing in listings:
        roots = {_root(parent, path) for path in listing.frames}
        parent.update(dict.fromkeys(roots, min(roots, default="")))
    return [_root(parent, path) if path else "" for path in _first_frames(listings)]


def _root(parent: dict[str, str], path: str) -> str:
    while parent[path] != path:
        parent[path] = parent[parent[path]]
        path = parent[path]
    return path


def _first_frames(listings: Sequence[Listing]) -> list[str]:
    return [(*listing.frames, "")[0] for listing in listings]


def _listing(record: dict[str, Any], place: str) -> Listing:
    try:
        return Listing.model_validate(record)
    except ValidationError as error:
        found = repr(record.get("desc_to_frame"))[:80]
        raise RawDataError(
            f"Expected 'desc_to_frame' to be a list of [caption, frame path] pairs, with paths "
            f"inside the release, in {place}, found {found}."
        ) from error
