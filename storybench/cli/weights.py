"""`storybench weights list|add|fetch|verify`: the files that others made, by name and hash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import MissingError, VerificationError

if TYPE_CHECKING:
    from storybench.weights.known import WeightsFile
    from storybench.weights.place import Found

Name = Annotated[str, typer.Argument(help="A name of `storybench weights list`.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never use the network; say what to bring instead.")
]


def list_weights(as_json: Json = False) -> None:
    """List every weights file that storybench can read: what is known of it, and is it here.

    Nothing is hashed and no network is used. Example: storybench weights list
    """
    from storybench.weights.known import KNOWN

    if as_json:
        console.emit_json({"weights": [_facts(known) for known in KNOWN]})
        return
    for known in KNOWN:
        console.facts(known.name, {name: text for name, text in _told(known).items() if text})
    console.table("In short", [_in_short(known) for known in KNOWN])
    n_here = sum(known.place.is_file() for known in KNOWN)
    console.say(
        f"\n{n_here} of {len(KNOWN)} files are on this machine, {len(KNOWN) - n_here} absent."
    )
    console.hint("`storybench weights verify` hashes those that are there.")


def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file, wherever you have it.")],
    as_json: Json = False,
) -> None:
    """Copy a file that you have into its place, after its size and hash were checked.

    Exit code 5 if it is another file. Example: storybench weights add fid-inception ~/fid.pth
    """
    from storybench.weights import place
    from storybench.weights.known import get

    _say(place.add(get(name), file), as_json=as_json)


def fetch(
    name: Name,
    offline: Offline = False,
    as_json: Json = False,
) -> None:
    """Download a file over https into its place; its hash is checked before it appears.

    A download that was cut off goes on where it stopped. Exit code 4 without network or address, 5
    for a wrong hash. Example: storybench weights fetch fid-inception
    """
    from storybench.weights import fetch as fetching
    from storybench.weights.known import get

    known = get(name)
    with console.progress(f"Fetching {known.file}") as on_progress:
        found = fetching.fetch(known, is_offline=offline, on_progress=on_progress)
    _say(found, as_json=as_json)


def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which; without a name, all that are there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hash the files that are there and compare with the published ones.

    Exit code 4 if one that is named is missing, 5 if one is another file. Example: storybench
    weights verify
    """
    from storybench.weights.known import KNOWN, get
    from storybench.weights.place import look

    found = [look(known) for known in (map(get, names) if names else KNOWN)]
    shown = [one for one in found if names or one.state != "absent"]
    if as_json:
        console.emit_json({"weights": [_state(one) for one in shown]})
    else:
        for one in shown:
            console.say(_sentence(one))
        if not shown:
            console.say(f"No weights file is there (looked in {KNOWN[0].place.parent}).")
    _require_right(shown)


def _require_right(found: list[Found]) -> None:
    if wrong := [one for one in found if one.state == "wrong"]:
        one = wrong[0]
        raise VerificationError(
            f"Expected {one.known.file} with {one.known.identity} at {one.known.place}, found "
            f"SHA-256 {one.sha256}. Move it away and fetch it again."
        )
    if absent := [one.known for one in found if one.state == "absent"]:
        raise MissingError(
            f"Expected {absent[0].file} at {absent[0].place}, found none. Try `storybench weights "
            f"fetch {absent[0].name}`."
        )


def _facts(known: WeightsFile) -> dict[str, Any]:
    return {
        "name": known.name,
        "file": known.file,
        "is_there": known.place.is_file(),
        "place": str(known.place),
        "size": known.size,
        "sha256": known.sha256 or "unknown",
        "for": known.purpose,
        "licence": known.licence,
        "url": known.url,
        "how": known.how,
        "source": known.source,
    }


def _told(known: WeightsFile) -> dict[str, str]:
    """What is known of a file, for people; empty where there is nothing to say."""
    return {
        "file": known.file,
        "place": f"{known.place} ({_presence(known)})",
        "size": _size(known),
        "sha256": _hash(known),
        "for": known.purpose,
        "licence": known.licence,
        "url": known.url or "",
        "how": known.how,
        "source": known.source,
    }


def _in_short(known: WeightsFile) -> dict[str, str]:
    return {
        "name": known.name,
        "here": _presence(known),
        "size": "unknown" if known.size is None else console.size(known.size),
        "SHA-256": "known" if known.sha256 else "unknown",
    }


def _presence(known: WeightsFile) -> str:
    """Whether there is a file in its place; its size is looked at, its hash is not."""
    if not known.place.is_file():
        return "absent"
    is_other = known.size is not None and known.place.stat().st_size != known.size
    return "another size" if is_other else "here"


def _size(known: WeightsFile) -> str:
    if known.size is not None:
        return f"{console.size(known.size)} ({known.size:,} bytes)"
    bound = f"; a download of more than {console.size(known.bound)} is refused"
    return f"unknown{bound if known.url else ''}"


def _hash(known: WeightsFile) -> str:
    return known.sha256 or "unknown: what lies there cannot be told from another file"


def _state(found: Found) -> dict[str, Any]:
    return {
        "name": found.known.name,
        "place": str(found.known.place),
        "state": found.state,
        "sha256": found.sha256,
        "size": found.size,
    }


def _sentence(found: Found) -> str:
    known = found.known
    says = {
        "absent": "not there",
        "right": "the published file",
        "wrong": "ANOTHER FILE",
        "unverifiable": "there; no published hash to compare with",
    }
    size = f", {console.size(found.size)}, SHA-256 {found.sha256}" if found.size is not None else ""
    return f"{known.name}: {says[found.state]} ({known.place}{size})"


def _say(found: Found, *, as_json: bool) -> None:
    if as_json:
        console.emit_json(_state(found))
        return
    console.say(_sentence(found))
