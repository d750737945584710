"""Whose a raw folder is: a twin claims it before its first picture and signs it after all else.

The claim is a marker file, and `twin.json`, written last, takes its place. So a twin that was
stopped at any moment goes on where it was (a file is there whole or not at all), one that is
finished is kept as far as its files are what `twin.json` says, and any other twin is taken away.
Both files may come from anyone: nothing is removed but what a `Kind` names, and those are names
that no real release has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, RootModel, ValidationError
from pydantic_core.core_schema import ValidationInfo

from storybench.errors import InputError
from storybench.files import read_json, sha256_file, write_json
from storybench.schema import fault

FACTS = "twin.json"
MARKER = ".twin-unfinished.json"


@dataclass(frozen=True)
class Kind:
    """A release that the toy world writes, and which files of a folder can be its own.

    `drawn` is what paths of drawn files look like, relative to the folder, and `sections` are the
    keys of `twin.json` that list them. `texts` are all its other files. `packages` are those whose
    versions its bytes depend on. Only where frames are labelled with characters, as `is_labelled`
    says, can one of them be held out.
    """

    twin: str
    drawn: re.Pattern[str]
    sections: tuple[str, ...]
    texts: tuple[str, ...]
    packages: tuple[str, ...] = ("numpy", "pillow")
    is_labelled: bool = True


def _kind(info: ValidationInfo) -> Kind:
    """The release that is asked for: every model here is validated with one."""
    if not isinstance(info.context, Kind):
        raise TypeError("Expected a kind of twin as the context of validation.")
    return info.context


def _of_that_kind(path: str, info: ValidationInfo) -> str:
    kind = _kind(info)
    if not kind.drawn.fullmatch(path) or ".." in PurePosixPath(path).parts:
        raise ValueError(f"should be a file that a twin of {kind.twin} draws")
    return path


def _that_kind(twin: str, info: ValidationInfo) -> str:
    kind = _kind(info)
    if twin != kind.twin:
        raise ValueError(f"should be {kind.twin!r}")
    return twin


DrawnFile = Annotated[str, AfterValidator(_of_that_kind)]


class Inputs(BaseModel):
    """What a release is a function of; `made_with` are versions that pixels and bytes depend on.

    `held_out` is who is in no frame of train and val; a release of everyone does not have the key.
    """

    model_config = ConfigDict(frozen=True)

    twin: Annotated[str, AfterValidator(_that_kind)]
    version: int
    stories: int
    seed: int
    numbered: bool
    held_out: str | None = None
    made_with: dict[str, str]


class Claim(Inputs):
    """The marker of an unfinished release: its inputs, and which files it draws, sorted."""

    files: tuple[DrawnFile, ...]

    def facts(self) -> dict[str, Any]:
        """What `twin.json` begins with."""
        return self.model_dump(exclude={"files"}, exclude_none=True)


class Drawn(BaseModel):
    """What `twin.json` says about a drawn file (and more, which is not read back)."""

    file: DrawnFile
    n_bytes: int
    sha256: str


class Section(RootModel[dict[str, Drawn]]):
    """One part of `twin.json` that lists drawn files."""


Schema = TypeVar("Schema", bound=BaseModel)


def make_claim(
    kind: Kind,
    *,
    version: int,
    stories: int,
    seed: int,
    numbered: bool,
    files: Iterable[str],
    held_out: str | None = None,
) -> Claim:
    """The claim of a release that draws those files, made with what is installed here.

    Raises:
        InputError: a character is held out of a release whose frames are not labelled.
    """
    if held_out is not None and not kind.is_labelled:
        raise InputError(
            "Expected a release whose frames are labelled with characters to hold one out, pororo "
            f"or flintstones, found {kind.twin}. Leave out --hold-out, or name another release."
        )
    fields = {
        "twin": kind.twin,
        "version": version,
        "stories": stories,
        "seed": seed,
        "numbered": numbered,
        "held_out": held_out,
        "made_with": made_with(kind.packages),
        "files": sorted(files),
    }
    return Claim.model_validate(fields, context=kind)


def made_with(packages: Iterable[str]) -> dict[str, str]:
    """Versions of what draws and encodes."""
    return {name: metadata.version(name) for name in packages}


def drawn_facts(raw: Path, file: str) -> dict[str, Any]:
    """What `twin.json` says about a drawn file so that it can be known again."""
    path = raw / file
    return {"file": file, "n_bytes": path.stat().st_size, "sha256": sha256_file(path)}


def claim(raw: Path, kind: Kind, ours: Claim) -> None:
    """Make the folder ours; drawn files of the same claim stay, those of another go.

    Raises:
        InputError: the folder holds anything else, or its marker or `twin.json` is no such twin's.
    """
    _check(raw)
    earlier, unfit = _earlier(raw, kind) or (ours, ())
    _check_links(raw, kind, (*earlier.files, *ours.files))
    if earlier != ours:
        _open(raw, kind, earlier)  # stopped from here on, it is still known which files are to go
        unfit = earlier.files
    for file in unfit:
        (raw / file).unlink(missing_ok=True)
    _open(raw, kind, ours)
    _prune(raw, set(earlier.files) - set(ours.files))


def sign(raw: Path, facts: Mapping[str, Any]) -> None:
    """Say that the release is finished."""
    write_json(raw / FACTS, facts)
    (raw / MARKER).unlink()


def _check(raw: Path) -> None:
    """Refuse a folder that is not ours, before anything in it is changed."""
    if raw.exists() and (not raw.is_dir() or (not _is_twin(raw) and _others(raw))):
        raise InputError(
            f"Expected {raw} to be a new or empty folder, or a twin to continue or replace; found "
            "other things there. Name another folder: nothing was changed."
        )


def _check_links(raw: Path, kind: Kind, files: Iterable[str]) -> None:
    """Refuse a folder whose own folders lead out of it."""
    for folder in _folders((*files, *kind.texts)):
        if (raw / folder).resolve() != raw.resolve() / folder:
            raise InputError(
                f"Expected the files of a twin in {raw / folder}, found a link that leads "
                "elsewhere. Name another folder: nothing was changed."
            )


def _folders(files: Iterable[str]) -> list[str]:
    """Every folder that files stand in, and theirs, innermost first."""
    found = {str(parent) for file in files for parent in PurePosixPath(file).parents} - {"."}
    return sorted(found, key=lambda folder: (-folder.count("/"), folder))


def _prune(raw: Path, files: Iterable[str]) -> None:
    """Take away folders of a replaced twin that are now empty: an image folder counts them."""
    for folder in _folders(files):
        if (raw / folder).is_dir() and not any((raw / folder).iterdir()):
            (raw / folder).rmdir()


def _is_twin(raw: Path) -> bool:
    return (raw / MARKER).exists() or (raw / FACTS).exists()


def _others(raw: Path) -> list[str]:
    """Names of what is there, but for a marker that was never finished."""
    strays = _partials(raw, [MARKER])
    return [path.name for path in raw.iterdir() if path not in strays]


def _earlier(raw: Path, kind: Kind) -> tuple[Claim, tuple[str, ...]] | None:
    """The claim that the folder is under, and those of its files that are not what they were."""
    if (raw / MARKER).exists():
        return _parse(raw / MARKER, read_json(raw / MARKER), Claim, kind), ()
    if not (raw / FACTS).exists():
        return None
    path, facts = raw / FACTS, read_json(raw / FACTS)
    inputs = _parse(path, facts, Inputs, kind)
    drawn = [
        one
        for section in kind.sections
        for one in _parse(path, facts.get(section), Section, kind, section).root.values()
    ]
    files = tuple(sorted(one.file for one in drawn))
    unfit = tuple(one.file for one in drawn if not _is_whole(raw, one))
    return Claim.model_construct(**dict(inputs), files=files), unfit


def _parse(path: Path, value: Any, schema: type[Schema], kind: Kind, section: str = "") -> Schema:
    try:
        return schema.model_validate(value, context=kind)
    except ValidationError as error:
        place = f"{section} of {path}" if section else str(path)
        raise InputError(
            f"{fault(error, place)} Name another folder: nothing was changed."
        ) from error


def _is_whole(raw: Path, one: Drawn) -> bool:
    path = raw / one.file
    return path.is_file() and path.stat().st_size == one.n_bytes and sha256_file(path) == one.sha256


def _open(raw: Path, kind: Kind, one: Claim) -> None:
    """Mark the folder as unfinished: no lists, no `twin.json` (which goes last), no half files."""
    write_json(raw / MARKER, one.model_dump(mode="json", exclude_none=True))
    for name in (*kind.texts, FACTS):
        (raw / name).unlink(missing_ok=True)
    for path in _strays(raw, (*kind.texts, FACTS, MARKER, *one.files)):
        path.unlink(missing_ok=True)


def _strays(raw: Path, files: Iterable[str]) -> list[Path]:
    """What a killed process left half-written of those files."""
    by_folder: dict[Path, list[str]] = {}
    for file in files:
        path = raw / file
        by_folder.setdefault(path.parent, []).append(path.name)
    return [path for folder, names in by_folder.items() for path in _partials(folder, names)]


def _partials(folder: Path, names: Iterable[str]) -> list[Path]:
    """Temporary names (see `storybench.files`) of those files in a folder."""
    wanted = set(names)
    found = (re.fullmatch(r"\.(.+)\.\d+\.partial", path.name) for path in folder.glob(".*.partial"))
    return [folder / match[0] for match in found if match and match[1] in wanted]
