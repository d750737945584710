"""What to say of a folder in which no layout is recognised: what was found in it, and what to do.

Most such folders hold the right pictures in a form that is not read: another format, an archive, an
array of somebody's own, links. Only where pictures are there under unknown names does the nearest
layout help.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from storybench.predictions.layouts import catalogue
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Layout
from storybench.predictions.layouts.split import Split
from storybench.predictions.names import story_dir, suffix

SHOWN = 5
NAMED = 3
REPORT = "report.json"
_FORMATS = (".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".jxl", ".jp2", ".ppm", ".tga")
_ARCHIVES = (".tar", ".gz", ".tgz", ".zip", ".7z", ".rar", ".xz", ".bz2", ".zst")
_ARRAYS = (".pt", ".pth", ".npy", ".npz", ".pkl", ".pickle", ".parquet", ".safetensors", ".mat")
_BY_NAME = ("L1", "L9")
"""Layouts whose arrays are read, since their names say which stories they hold."""


def unrecognised(folder: Folder, split: Split, wanted: Sequence[Layout] = ()) -> str:
    """One message: what was expected, what was found, what to do.

    Args:
        folder: what was looked through.
        split: whose pictures were expected.
        wanted: the layout that was asked for, if one was.
    """
    if not folder.pictures:
        found = (
            _links(folder)
            or _report(folder)
            or _other_form(folder, split)
            or _waiting(folder, split)
        )
        if found:
            return f"Expected generated pictures in {folder.path}, found {found}"
    return _names(folder, split, wanted)


def linked(folder: Folder) -> str:
    """The links to folders, counted and named."""
    n = len(folder.links)
    return f"{n:,} link{'s'[: n != 1]} to folders ({_listed(folder.links)})"


def _links(folder: Folder) -> str | None:
    if not folder.links:
        return None
    return (
        f"{linked(folder)}, which are not followed: they may lead anywhere. Copy what they point "
        "to (`cp -rL`) and name the copy."
    )


def _report(folder: Folder) -> str | None:
    files = [file for file in folder.files if file.rpartition("/")[2] == REPORT]
    if not files:
        return None
    return f"what `storybench eval` says of some ({files[0]}). Name the folder that was scored."


def _other_form(folder: Folder, split: Split) -> str | None:
    """Files that may hold the pictures in a form that is not read."""
    first = f"{split.ids[0]}/1.png"
    to_png = f"write them as <story id>/<k>.png ({first} and so on, k up to {split.n_targets})"
    named = " or ".join(f"{one.recognised} ({one.id})" for one in map(catalogue.get, _BY_NAME))
    advice = {
        _FORMATS: "which are not read: PNG, WebP and JPEG are. Save them as PNG, which loses "
        "nothing, under the same names.",
        _ARCHIVES: "which are not opened. Unpack them, and name the folder that they hold.",
        _ARRAYS: f"which do not say what stories they hold. Arrays are read as {named}: rename "
        f"them if they are that; else take the pictures out and {to_png}.",
    }
    tally = {endings: [f for f in folder.files if suffix(f) in endings] for endings in advice}
    endings, files = max(tally.items(), key=lambda item: len(item[1]))
    if not files:
        return None
    kinds = Counter(map(suffix, files)).most_common()
    counted = " and ".join(f"{n:,} {kind} file{'s'[: n != 1]}" for kind, n in kinds)
    return f"{counted} ({_listed(files)}), {advice[endings]}"


def _waiting(folder: Folder, split: Split) -> str | None:
    """Folders that wait for pictures, or nothing at all."""
    waiting = sum(story_dir(folder.path, one).is_dir() for one in split.ids)
    if waiting:
        return (
            f"none yet in its folders of {waiting:,} stories. Write <story id>/<k>.png into them; "
            f"k is 1 to {split.n_targets}."
        )
    if not folder.files:
        return (
            "an empty folder. Name another, or fill it: `storybench preds init` writes the tree to "
            "fill."
        )
    return None


def _names(folder: Folder, split: Split, wanted: Sequence[Layout]) -> str:
    """What names were seen, and which layout's come nearest."""
    kinds = folder.kinds
    seen = ", ".join(f"{n:,} x {kind}" for kind, n in kinds[:SHOWN])
    more = f" and {len(kinds) - SHOWN:,} other kinds of names" if len(kinds) > SHOWN else ""
    nearest = max(
        wanted or catalogue.LAYOUTS,
        key=lambda layout: max(_likeness(kind, layout.example) for kind, _ in kinds[:SHOWN]),
    )
    what = f"the layout {wanted[0].id}" if wanted else "a known layout"
    return (
        f"Expected generated pictures of {split.dataset} {split.name} in {what}, found in "
        f"{folder.path} {seen}{more} (# is a number). The nearest is {nearest.id}, "
        f"{nearest.producer}: {nearest.recognised}. Rename them, name a --mapping file, or write "
        "<story id>/<k>.png (`storybench preds init`)."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")


def _likeness(kind: str, example: str) -> float:
    ours, theirs = (name.rpartition("/")[2].lower() for name in (kind, example))
    return SequenceMatcher(None, ours, theirs).ratio()
