"""Whose a raw folder is: a twin claims it before the first film and signs it after the last file.

The claim is a marker file, and `twin.json`, written last, takes its place. So a twin that was
stopped at any moment goes on where it was (a film is there whole or not at all), one that is
finished is kept as far as its films are what `twin.json` says, and any other twin is taken away.
Both files may come from anyone: nothing is removed but films whose names no real video can have,
in the folder's own `videos/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from storybench.errors import InputError
from storybench.files import read_json, sha256_file, write_json
from storydata.twin.didemo.plan import FILM_NAME

FACTS = "twin.json"
MARKER = ".twin-unfinished.json"
VIDEOS = "videos"
TEXTS = (
    "train_data.json",
    "val_data.json",
    "test_data.json",
    "video_licenses.txt",
    "yfcc100m_hash.txt",
)
"""The files of a release beside its videos."""

FilmFile = Annotated[str, StringConstraints(pattern=f"^{VIDEOS}/{FILM_NAME}$")]


class Inputs(BaseModel):
    """What a release is a function of; `made_with` are versions that pixels and bytes depend on."""

    model_config = ConfigDict(frozen=True)

    twin: Literal["didemo"]
    version: int
    stories: int
    seed: int
    numbered: bool
    made_with: dict[str, str]


class Claim(Inputs):
    """The marker of an unfinished release: its inputs, and which films it will have, sorted."""

    films: tuple[FilmFile, ...]


class Film(BaseModel):
    """What `twin.json` says about the file of a video (and more, which is not read back)."""

    file: FilmFile
    n_bytes: int
    sha256: str


class Facts(Inputs):
    """What is read back of `twin.json`."""

    videos: dict[str, Film]

    def claim(self) -> Claim:
        """The claim that this release was made under."""
        films = tuple(sorted(video.file for video in self.videos.values()))
        return Claim(**self.model_dump(exclude={"videos"}), films=films)


Schema = TypeVar("Schema", bound=BaseModel)


def made_with() -> dict[str, str]:
    """Versions of what draws and encodes."""
    return {name: version(name) for name in ("av", "numpy", "pillow")}


def claim(raw: Path, ours: Claim) -> None:
    """Make the folder ours; films of the same claim stay, those of another go.

    Raises:
        InputError: the folder holds anything else, or its marker or `twin.json` is no twin's.
    """
    _check(raw)
    earlier, unfit = _earlier(raw) or (ours, ())
    if earlier != ours:
        _open(raw, earlier)  # stopped from here on, it is still known which films are to go
        unfit = earlier.films
    for film in unfit:
        (raw / film).unlink(missing_ok=True)
    _open(raw, ours)


def sign(raw: Path, facts: Mapping[str, Any]) -> None:
    """Say that the release is finished."""
    write_json(raw / FACTS, facts)
    (raw / MARKER).unlink()


def _check(raw: Path) -> None:
    """Refuse a folder that is not ours, before anything in it is changed."""
    if not raw.exists():
        return
    if not raw.is_dir() or (not _is_twin(raw) and _others(raw)):
        raise InputError(
            f"Expected {raw} to be a new or empty folder, or a twin to continue or replace; found "
            "other things there. Name another folder: nothing was changed."
        )
    if (raw / VIDEOS).resolve() != raw.resolve() / VIDEOS:
        raise InputError(
            f"Expected the films of a twin in {raw / VIDEOS}, found a link that leads elsewhere. "
            "Name another folder: nothing was changed."
        )


def _is_twin(raw: Path) -> bool:
    return (raw / MARKER).exists() or (raw / FACTS).exists()


def _others(raw: Path) -> list[str]:
    """Names of what is there, but for a marker that was never finished."""
    strays = _partials(raw, [MARKER])
    return [path.name for path in raw.iterdir() if path not in strays]


def _earlier(raw: Path) -> tuple[Claim, tuple[str, ...]] | None:
    """The claim that the folder is under, and those of its films that are not what they were."""
    if (raw / MARKER).exists():
        return _parse(raw / MARKER, Claim), ()
    if not (raw / FACTS).exists():
        return None
    facts = _parse(raw / FACTS, Facts)
    films = facts.videos.values()
    return facts.claim(), tuple(film.file for film in films if not _is_whole(raw, film))


def _parse(path: Path, schema: type[Schema]) -> Schema:
    try:
        return schema.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "its top level"
        raise InputError(
            f"Expected {path} to be what a twin wrote, found at {place}: {first['msg']}. Name "
            "another folder: nothing was changed."
        ) from error


def _is_whole(raw: Path, film: Film) -> bool:
    path = raw / film.file
    return (
        path.is_file() and path.stat().st_size == film.n_bytes and sha256_file(path) == film.sha256
    )


def _open(raw: Path, one: Claim) -> None:
    """Mark the folder as unfinished: no lists, no `twin.json` (which goes last), no half files."""
    write_json(raw / MARKER, one.model_dump(mode="json"))
    for name in (*TEXTS, FACTS):
        (raw / name).unlink(missing_ok=True)
    strays = _partials(raw, (*TEXTS, FACTS, MARKER))
    strays += _partials(raw / VIDEOS, [Path(film).name for film in one.films])
    for path in strays:
        path.unlink(missing_ok=True)


def _partials(folder: Path, names: Iterable[str]) -> list[Path]:
    """What a killed process left half-written of those files (see `storybench.files`)."""
    return [path for name in names for path in folder.glob(f".{name}.*.partial")]
