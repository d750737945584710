"""Is a weights file in its place, and is it the one that it is taken for?"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import replacing, sha256_file
from storybench.weights.known import WeightsFile

State = Literal["absent", "right", "wrong", "unverifiable"]


@dataclass(frozen=True)
class Found:
    """What lies in the place of a weights file; `sha256` is None where nothing does.

    "unverifiable" is a file whose published hash nobody wrote down.
    """

    known: WeightsFile
    state: State
    sha256: str | None = None
    size: int | None = None


def look(known: WeightsFile) -> Found:
    """Hash what lies in the place of a file."""
    path = known.place
    if not path.is_file():
        return Found(known, "absent")
    sha256 = sha256_file(path)
    states: dict[bool | None, State] = {True: "right", False: "wrong", None: "unverifiable"}
    return Found(known, states[known.matches(sha256)], sha256, path.stat().st_size)


def require(known: WeightsFile, path: Path | None = None, *, advice: str = "") -> tuple[Path, str]:
    """The path and SHA-256 of a weights file: that of the user, else the one in its place.

    A file that the user names may be any; one that lies in the place of a published file must be
    that file. `advice` ends the message about a missing one.

    Raises:
        MissingError: there is no such file; names it, what is known of it, and its place.
        VerificationError: the file in the published one's place is another.
    """
    chosen = path or known.place
    if not chosen.is_file():
        raise MissingError(_missing(known, path, advice))
    sha256 = sha256_file(chosen)
    if path is None and known.matches(sha256) is False:
        raise VerificationError(
            f"Expected the published weights with {known.identity} in {chosen}, found SHA-256 "
            f"{sha256}. Fetch the file again, or pass it by name to score under another metric "
            "name."
        )
    return chosen, sha256


def add(known: WeightsFile, source: Path) -> Found:
    """Copy a file that the user has into its place, if it is the right one.

    Raises:
        MissingError: there is no such file.
        VerificationError: it is another file than the published one.
        NoSpaceError: the disk is full; the place is as it was.
    """
    if not source.is_file():
        raise MissingError(f"Expected a weights file at {source}, found none.")
    _check_size(known, source)
    sha256 = sha256_file(source)
    if known.matches(sha256) is False:
        raise VerificationError(
            f"Expected {known.file} with {known.identity} in {source}, found SHA-256 {sha256}. "
            "Files of this name with other contents are about: get it from its source, "
            f"{known.url or known.source}."
        )
    if not (known.place.exists() and source.samefile(known.place)):
        with source.open("rb") as read, replacing(known.place) as written:
            shutil.copyfileobj(read, written, 1 << 20)
    found = look(known)
    if found.sha256 != sha256:
        raise InputError(f"Expected {source} to stay as it was while it was copied; it changed.")
    return found


def _check_size(known: WeightsFile, source: Path) -> None:
    size = source.stat().st_size
    if known.size is not None and size != known.size:
        raise VerificationError(
            f"Expected {known.file} with {known.size:,} bytes in {source}, found {size:,}. Is the "
            "download whole?"
        )


def _missing(known: WeightsFile, path: Path | None, advice: str) -> str:
    if path is not None:
        return f"Expected a weights file at {path}, found none. {advice}".strip()
    get = (
        f"Get it with `storybench weights fetch {known.name}`, or from {known.url} and "
        f"`storybench weights add {known.name} FILE`."
        if known.url
        else known.how
    )
    return (
        f"Expected the weights {known.file} ({known.identity}) at {known.place}, found none. "
        f"{get} {advice}".strip()
    )
