"""What is wrong with the submissions of a board, every fault in one clear sentence.

Submissions come by pull request, from anyone. Nothing in them is trusted: no link is followed, no
file is opened before its size is known, no name is used that does not follow from its content, and
no picture is decoded whose header does not fit its record.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from storybench.board.submissions.admission import objections
from storybench.board.submissions.folder import (
    GALLERY,
    SUBMISSION,
    SUBMISSIONS,
    Submission,
    load,
    result_name,
    slugify,
    strip_name,
    submissions,
)
from storybench.board.submissions.licence import allows_derivatives
from storybench.board.submissions.record import MAX_FILE_BYTES, StripRecord, SubmissionRecord, read
from storybench.errors import InputError, StorybenchError
from storybench.files import sha256_file
from storybench.images import decode, header_size

KEEP = ".gitkeep"


def problems(board: Path) -> Iterator[str]:
    """Every fault of a board's submissions: each on its own, then those between them.

    Raises:
        MissingError: the board has no folder of submissions.
    """
    folders = list(submissions(board))
    yield from _strays(board)
    sound = []
    for folder in folders:
        found = list(_submission_problems(folder))
        yield from found
        if not found:
            sound.append(load(folder))
    yield from _twice(sound)
    yield from _unequal_captions(sound)


def _strays(board: Path) -> Iterator[str]:
    for path in sorted((board / SUBMISSIONS).iterdir()):
        if path.is_symlink():
            yield f"Expected folders in {path.parent}, found the link {path.name}. Remove it."
        elif not path.is_dir() and path.name != KEEP:
            yield f"Expected folders in {path.parent}, found the file {path.name}. Remove it."


def _submission_problems(folder: Path) -> Iterator[str]:
    try:
        record = read(folder / SUBMISSION, SubmissionRecord)
        in_files = [*_slug_problems(folder, record), *_file_problems(folder, record)]
        yield from in_files
        if not in_files:
            submission = load(folder)
            yield from _result_problems(submission)
            yield from _gallery_problems(submission)
    except StorybenchError as error:
        yield str(error)


def _slug_problems(folder: Path, record: SubmissionRecord) -> Iterator[str]:
    slug = slugify(record.name)
    if not slug == record.slug == folder.name:
        yield (
            f"Expected the folder and the slug of {record.name!r} to be {slug}, found "
            f"{folder.name} and {record.slug} in {folder}."
        )


def _file_problems(folder: Path, record: SubmissionRecord) -> Iterator[str]:
    present = dict(_walk(folder))
    for name, path in present.items():
        if path.is_symlink():
            yield f"Expected plain files in {folder}, found the link {name}. Remove it."
        elif name not in record.files and name != SUBMISSION:
            yield f"Expected only files that {SUBMISSION} lists in {folder}, found {name}."
    if GALLERY not in record.files:
        yield f"Expected {GALLERY} among the files of {folder / SUBMISSION}, found none."
    for name, digest in record.files.items():
        path = present.get(name)
        if path is None:
            yield f"Expected the file {name} that {SUBMISSION} lists in {folder}, found none."
        elif not path.is_symlink():
            yield from _content_problems(path, digest)


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file and every link below a folder, by relative name; links are not followed."""
    for top, folders, files in os.walk(folder, followlinks=False):
        links = [name for name in folders if (Path(top) / name).is_symlink()]
        for name in sorted(files + links):
            path = Path(top) / name
            yield path.relative_to(folder).as_posix(), path


def _content_problems(path: Path, digest: str) -> Iterator[str]:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        yield f"Expected at most {MAX_FILE_BYTES:,} bytes in {path}, found {size:,}."
    elif (found := sha256_file(path)) != digest:
        yield (
            f"Expected the SHA-256 {digest[:12]}… that {SUBMISSION} states for {path}, found "
            f"{found[:12]}…: the file was changed. Write it with `storybench submit`."
        )


def _result_problems(submission: Submission) -> Iterator[str]:
    names = [name for name in sorted(submission.record.files) if name.startswith("results/")]
    if not names:
        yield f"Expected a result in {submission.folder}, found none."
    for name, result in zip(names, submission.results, strict=True):
        if name != result_name(result):
            yield (
                f"Expected a file's name to say what is in it, found {result_name(result)} in "
                f"{submission.folder / name}. Rename it."
            )
        yield from objections(result, submission.folder / name)
    splits = {(result.dataset, result.split) for result in submission.results}
    if len(splits) < len(_scored(submission)):
        yield (
            f"Expected one set of predictions and one build per dataset and split in "
            f"{submission.folder}, found several. Submit each under a name of its own."
        )


def _gallery_problems(submission: Submission) -> Iterator[str]:
    strips = submission.gallery.strips
    listed = {name for name in submission.record.files if name.endswith(".jpg")}
    names = [strip_name(strip.story_id) for strip in strips]
    if len(names) > len(set(names)) or set(names) != listed:
        yield (
            f"Expected each picture of {submission.folder / 'gallery'} in {GALLERY} once and no "
            "other, found more or fewer."
        )
        return
    scored = _scored(submission)
    for strip in strips:
        path = submission.picture_path(strip)
        ids = (strip.dataset, strip.split, strip.data_digest, strip.predictions_digest)
        if ids not in scored:
            yield f"Expected pictures of scored predictions, found {path} of others."
        if not allows_derivatives(strip.licence):
            yield (
                f"Expected pictures whose licence allows derivatives, found {strip.licence!r} for "
                f"{path}. Remove it."
            )
        yield from _picture_problems(path, strip)


def _picture_problems(path: Path, strip: StripRecord) -> Iterator[str]:
    width, height = (1 + strip.n_targets) * strip.cell, (1 + strip.has_truth) * strip.cell
    data = path.read_bytes()
    try:
        found = header_size(data, str(path))
        if found == (width, height):
            decode(data, str(path))
        else:
            yield f"Expected {width} x {height} pixels in {path}, found {found[0]} x {found[1]}."
    except InputError as error:
        yield str(error)


def _scored(submission: Submission) -> set[tuple[str, str, str, str]]:
    return {
        (result.dataset, result.split, result.data_digest, result.predictions_digest)
        for result in submission.results
    }


def _twice(sound: Sequence[Submission]) -> Iterator[str]:
    owners: dict[str, Path] = {}
    for submission in sound:
        for digest in {result.predictions_digest for result in submission.results}:
            first = owners.setdefault(digest, submission.folder)
            if first != submission.folder:
                yield (
                    f"Expected every set of predictions once, found those of {first.name} in "
                    f"{submission.folder} too. Keep one of the two."
                )


def _unequal_captions(sound: Iterable[Submission]) -> Iterator[str]:
    seen: dict[tuple[str, str, str], StripRecord] = {}
    for submission in sound:
        for strip in submission.gallery.strips:
            first = seen.setdefault((strip.data_digest, strip.split, strip.story_id), strip)
            if first.captions != strip.captions:
                yield (
                    f"Expected the captions of story {strip.story_id} to be those of the other "
                    f"submissions on the same data, found others in {submission.folder}."
                )
