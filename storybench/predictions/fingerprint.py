"""Identity of a set of predictions as it lies on the disk: no picture is decoded.

`Predictions.digest` names what the pictures show and costs a decoding of each; this names the bytes
that they lie in, the way they are read, and whatever else is in the folder. Equal fingerprints are
equal pictures; equal pictures in other containers have other fingerprints.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storybench.errors import PredictionError
from storybench.files import sha256_file, sha256_object
from storybench.predictions.reader import Predictions


def fingerprint(predictions: Predictions) -> str:
    """SHA-256 of where every picture lies, of the bytes of these files, and of all names around.

    The folder's own path counts, since what is said of a set names its files.

    Raises:
        PredictionError: a file is gone while it is read.
    """
    places: list[str] = []
    files: set[Path] = set()
    for story_id in predictions.story_ids:
        for k in predictions.frames(story_id):
            try:
                picture = predictions.picture(story_id, k)
            except PredictionError as error:  # two files for one slot: their names are below
                places.append(str(error))
                continue
            places.append(f"{story_id} {k} {picture!r}")
            files.add(picture.file)
    made = predictions.made
    return sha256_object(
        {
            "directory": str(predictions.directory.resolve()),
            "layout": predictions.layout,
            "manifest": None if made is None else made.digest,
            "places": places,
            "bytes": _hashes(sorted(files)),
            "names": _names(predictions.directory),
        }
    )


def _hashes(files: Iterable[Path]) -> list[str]:
    """Hashing leaves Python free, so that threads read side by side."""
    try:
        with ThreadPoolExecutor() as pool:
            return list(pool.map(sha256_file, files))
    except FileNotFoundError as error:
        raise PredictionError(
            f"Expected the file {error.filename}, found it gone. Does another program change the "
            "folder?"
        ) from error


def _names(directory: Path) -> list[str]:
    """Every file below, with its size."""
    return sorted(
        f"{path.relative_to(directory).as_posix()} {path.stat().st_size}"
        for path in directory.rglob("*")
        if path.is_file()
    )
