"""A submission on disk: what its files are called, and reading and writing it as a whole.

::

    submissions/<slug>/submission.json          who made it, and the SHA-256 of every file below
    submissions/<slug>/results/<dataset>--<split>--<protocol>.json
    submissions/<slug>/gallery/gallery.json     what the pictures show
    submissions/<slug>/gallery/<story id>.jpg

Names follow from contents: the folder from the system's name, a result from its ids, a picture
from its story. The folder is replaced by rename, so it is whole or absent.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from storybench.board.submissions.record import (
    SCHEMA_VERSION,
    GalleryRecord,
    IdentityRecord,
    ReportRecord,
    StripRecord,
    SubmissionRecord,
    read,
)
from storybench.errors import InputError, MissingError
from storybench.files import sha256_bytes, space_guard, write_atomic
from storybench.schema import validated

SUBMISSIONS = "submissions"
SUBMISSION = "submission.json"
RESULTS = "results"
GALLERY = "gallery/gallery.json"
MAX_SLUG = 60


@dataclass(frozen=True)
class Submission:
    """One submission as it stands in the folder; results in the order of their file names."""

    folder: Path
    record: SubmissionRecord
    results: tuple[ReportRecord, ...]
    gallery: GalleryRecord

    def picture_path(self, strip: StripRecord) -> Path:
        """The file of one of its strips."""
        return self.folder / strip_name(strip.story_id)


def slugify(name: str) -> str:
    """The folder name of a system.

    >>> slugify("StoryDALL·E (mega), run 2")
    'storydall-e-mega-run-2'

    Raises:
        InputError: the name has no letter a-z and no digit.
    """
    letters = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(letters).lower())[:MAX_SLUG].strip("-")
    if not slug:
        raise InputError(f"Expected a name with a letter a-z or a digit in it, found {name!r}.")
    return slug


def result_name(result: ReportRecord) -> str:
    """The file of a result, relative to the submission."""
    return f"{RESULTS}/{result.dataset}--{result.split}--{result.protocol}.json"


def strip_name(story_id: str) -> str:
    """The file of a story's strip, relative to the submission."""
    return f"gallery/{story_id}.jpg"


def submissions(board: Path) -> Iterator[Path]:
    """Every submission folder of a board, sorted by name; links are passed over.

    So are folders whose name begins with a dot: a submit that was killed leaves one, and the next
    submit of the same system clears it away.

    Raises:
        MissingError: the board has no folder of submissions.
    """
    parent = board / SUBMISSIONS
    if not parent.is_dir():
        raise MissingError(
            f"Expected a leaderboard with a folder {SUBMISSIONS}/ at {board}, found none. "
            "`storybench submit` makes one."
        )
    yield from sorted(path for path in parent.iterdir() if _is_submission(path))


def load(folder: Path) -> Submission:
    """Read a submission; `storybench.board.check` says whether it is sound.

    Raises:
        MissingError: a file is not there.
        InputError: a file is not what it should be.
    """
    record = read(folder / SUBMISSION, SubmissionRecord)
    names = [name for name in sorted(record.files) if name.startswith(f"{RESULTS}/")]
    return Submission(
        folder=folder,
        record=record,
        results=tuple(read(folder / name, ReportRecord) for name in names),
        gallery=read(folder / GALLERY, GalleryRecord),
    )


def identify(*, name: str, authors: str, url: str = "", description: str = "") -> IdentityRecord:
    """Who a system is, checked.

    Raises:
        InputError: a text is empty, too long or not one printable line, or the address is not
            http or https.
    """
    values = {"name": name, "authors": authors, "url": url, "description": description}
    return validated(
        TypeAdapter(IdentityRecord),
        {**values, "slug": slugify(name)},
        name="the system's description",
    )


def seal(files: Mapping[str, bytes], identity: IdentityRecord) -> SubmissionRecord:
    """The submission.json of these files."""
    return SubmissionRecord(
        **identity.model_dump(),
        schema_version=SCHEMA_VERSION,
        files={path: sha256_bytes(data) for path, data in sorted(files.items())},
    )


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly these files, whole or not at all; an older one is replaced.

    Raises:
        NoSpaceError: the disk is full; the folder is as it was before.
    """
    partial, previous = _beside(folder, "partial"), _beside(folder, "previous")
    restore(folder)
    with space_guard(folder):
        shutil.rmtree(partial, ignore_errors=True)
        try:
            for name, data in files.items():
                write_atomic(partial / name, data)
            if folder.exists():
                folder.rename(previous)
            partial.rename(folder)
        finally:
            restore(folder)
            shutil.rmtree(partial, ignore_errors=True)


def restore(folder: Path) -> None:
    """Finish a replacement that was cut short: bring the older folder back, or clear it away."""
    previous = _beside(folder, "previous")
    if not previous.exists():
        return
    if folder.exists():
        shutil.rmtree(previous)
    else:
        previous.rename(folder)


def _is_submission(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")


def _beside(folder: Path, state: str) -> Path:
    return folder.with_name(f".{folder.name}.{state}")
