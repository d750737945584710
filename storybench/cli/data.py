"""`storybench data check` and `storybench data explain`: what a raw folder holds, and what for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storybench import registry
from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import InputError, MissingError, UnknownNameError, VerificationError

if TYPE_CHECKING:
    from storybench.types import FileGuide, RawCheck

SHOWN = 10
NEXT = {"didemosv": "build-didemo", "flintstonessv": "build-flintstones", "own": "build",
        "pororosv": "build-pororo"}  # fmt: skip

Dataset = Annotated[
    str | None, typer.Option(help="Which dataset it is, if the folder does not say.")
]


def check(
    raw: Annotated[Path, typer.Argument(help="A raw release, as downloaded and unpacked.")],
    dataset: Dataset = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode every picture, video and archive as well.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at a raw release: found, missing, damaged, counts against the published ones.

    Exit code 5 if something is missing, damaged or wrong. Example: storybench data check raw/
    """
    name = dataset or recognise(raw)
    part: registry.Dataset = registry.load("datasets", name)
    with console.progress("Checking") as on_progress:
        found = part.check(raw, deep=deep, on_progress=on_progress)
    if as_json:
        document = {"raw": str(raw), "is_whole": found.is_whole, **dataclasses.asdict(found)}
        console.emit_json(document)
    else:
        show_check(found, raw, is_deep=deep)
        if not deep:
            console.hint("Pictures, videos and archives were not opened: --deep does that.")
    if not found.is_whole:
        raise VerificationError(_verdict(found))
    if not as_json:
        console.hint(f"Next: storybench {NEXT.get(name, 'build')} {raw} shards/")


def explain(
    file: Annotated[
        str, typer.Argument(help="A file or folder of a raw release, or just its name.")
    ],
    dataset: Dataset = None,
    as_json: Json = False,
) -> None:
    """Say what a file of a raw release is for, what is in it, and who says so.

    Example: storybench data explain following_cache4.npy
    """
    names = [dataset] if dataset else list(registry.names("datasets"))
    found = _explained(names, file)
    if not found:
        raise UnknownNameError(
            f"Expected a file of {' or '.join(names)}, found {file!r}, which none of their guides "
            "explains. `storybench data check RAW` counts such files."
        )
    if as_json:
        console.emit_json({name: dataclasses.asdict(entry) for name, entry in found.items()})
        return
    for name, entry in found.items():
        rows = {
            "content": entry.content,
            "layout": entry.layout,
            "for a build": entry.need,
            "source": entry.source,
        }
        console.facts(f"{entry.pattern}, of {name}", rows)


def recognise(raw: Path) -> str:
    """The dataset whose release lies in a folder.

    Raises:
        InputError: none recognises it, or several do.
    """
    reasons = {
        name: why
        for name in registry.names("datasets")
        if (why := registry.load("datasets", name).recognise(raw)) is not None
    }
    if len(reasons) == 1:
        return next(iter(reasons))
    known = ", ".join(registry.names("datasets"))
    if not reasons:
        _complain_of_what_is_there(raw)
        raise InputError(
            f"Expected a raw release of {known} in {raw}, found none that any of them recognises. "
            "Say which it is with --dataset to hear what is missing."
        )
    seen = "; ".join(f"{name}: {why}" for name, why in reasons.items())
    raise InputError(
        f"Expected one raw release in {raw}, found several ({seen}). Say which with --dataset."
    )


def _complain_of_what_is_there(raw: Path) -> None:
    """Raise what a dataset says of a folder that holds it in a state that cannot be read."""
    if not raw.exists():
        raise MissingError(f"Expected the raw folder {raw}, found nothing there.")
    for name in registry.names("datasets"):
        try:
            registry.load("datasets", name).check(raw)
        except MissingError:
            continue  # nothing of it is there


def show_check(found: RawCheck, raw: Path, *, is_deep: bool) -> None:
    """Print what a look at a raw folder showed; only a deep one can say that nothing is damaged."""
    damaged = _some(found.damaged) if found.damaged or is_deep else "not looked at (--deep)"
    console.facts(
        f"{found.dataset} in {raw}",
        {
            "recognised": found.why,
            "missing": _some(found.missing),
            "damaged": damaged,
            "disk needed": f"{console.size(found.bytes_needed)} "
            f"({console.size(found.bytes_free)} free)",
        },
    )
    console.table(
        "Files", [{"kind": kind or "unexplained", "count": n} for kind, n in found.files.items()]
    )
    console.out.print()
    console.findings(found.findings)


def _explained(names: Sequence[str], file: str) -> dict[str, FileGuide]:
    """What each dataset says of a file, the most specific pattern first.

    Who knows the file by fewer of its folders is not heard: any `*.png` is a frame to one of them.
    """
    fits = []
    for name in names:
        guide: tuple[FileGuide, ...] = registry.load("datasets", name).guide()
        told = next((entry for entry in guide if entry.matches(file)), None)
        told = told or next((entry for entry in guide if entry.has_part(file)), None)
        if told is not None:
            fits.append((told.closeness(file), name, told))
    most = max((n_parts for (n_parts, _), _, _ in fits), default=0)
    fits.sort(key=lambda one: one[0], reverse=True)
    return {name: entry for (n_parts, _), name, entry in fits if n_parts == most}


def _some(names: tuple[str, ...]) -> str:
    if not names:
        return "nothing"
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{len(names):,}: {', '.join(names[:SHOWN])}{more}"


def _verdict(found: RawCheck) -> str:
    problems = sum(finding.level == "problem" for finding in found.findings)
    counts = {
        "missing": len(found.missing),
        "damaged": len(found.damaged),
        "other problems": problems,
    }
    listed = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
    return (
        f"Expected a whole release of {found.dataset}, found {listed}: see above. `--dry-run` of "
        "the build says what it would make of this."
    )
