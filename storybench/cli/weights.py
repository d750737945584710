"""`storybench weights list|add|fetch|verify`: the files that others made, by name and hash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import MissingError, VerificationError

if TYPE_CHECKING:
    from storybench.weights.place import Found

Name = Annotated[str, typer.Argument(help="A name of `storybench weights list`.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never use the network; say what to bring instead.")
]


def list_weights(as_json: Json = False) -> None:
    """List every weights file that storybench can read: size, hash, licence, and what for.

    Nothing is hashed and no network is used. Example: storybench weights list
    """
    from storybench.weights.known import KNOWN

    if as_json:
        console.emit_json({"weights": [_facts(known) for known in KNOWN]})
        return
    for known in KNOWN:
        rows = _facts(known)
        console.facts(rows.pop("name"), {key: str(value) for key, value in rows.items() if value})
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


def _facts(known: Any) -> dict[str, Any]:
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
        "right": "the published file"
        if len(known.sha256 or "") == 64
        else "the published file, by the first digits of its hash",
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
