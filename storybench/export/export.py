"""Write a build as something that others read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storybench.errors import InputError
from storybench.export import arldm, folder, hf
from storybench.export.arldm import ChannelOrder, Strips
from storybench.export.card import card, notes_on_licences
from storybench.export.licences import tally
from storybench.export.material import Material, NoDerivatives, gather
from storybench.files import write_atomic
from storybench.shards.reader import Stories
from storybench.staging import appearing
from storybench.types import Progress

To = Literal["folder", "hf", "arldm-h5"]
EXPORTS = ("folder", "hf", "arldm-h5")
CARD_NAME = "README.md"


@dataclass(frozen=True)
class Exported:
    """What was written: stories per split, frames, bytes of all files, frames by licence.

    `n_skipped` stories were left out since a frame of theirs allows no derivatives; `notes` are
    sentences that whoever hands the export on should read.
    """

    directory: Path
    to: str
    dataset: str
    digest: str
    n_stories: Mapping[str, int]
    n_frames: int
    n_bytes: int
    n_skipped: int
    licences: Mapping[str, int]
    notes: tuple[str, ...]


def export(
    directory: Path | str,
    out: Path | str,
    *,
    to: To,
    split: str | None = None,
    order: str | None = None,
    no_derivatives: NoDerivatives = "refuse",
    channel_order: ChannelOrder = "rgb",
    strip_frames: int | None = None,
    on_progress: Progress | None = None,
) -> Exported:
    """Write the stories of a build to a new folder.

    Args:
        directory: the folder of a finished build.
        out: a folder that is new or empty; it is filled whole or not at all.
        to: "folder", "hf" or "arldm-h5".
        split: only this one; all if None.
        order: another order of the release, by name; the official one if None.
        no_derivatives: "refuse" if there are frames whose licence allows none, "skip" their
            stories, or "include" them.
        channel_order: of the PNGs in "arldm-h5": see `storybench.export.arldm`.
        strip_frames: frames of each strip in "arldm-h5": repeated in turn, or cut; as they are if
            None.
        on_progress: called after each story.

    Raises:
        MissingError: no finished build there, or a package of the extra "export" is missing.
        InputError: something stands at `out`, there are frames that may not be handed on, no story
            is left, or the format cannot hold this dataset.
        NoSpaceError: the disk is full; nothing is left behind.
    """
    if to not in EXPORTS:
        raise InputError(f"Expected to export to {', '.join(EXPORTS)}, found {to!r}.")
    strips = Strips(channel_order, strip_frames)
    material = gather(Stories(directory, split), order=order, no_derivatives=no_derivatives)
    with appearing(Path(out)) as partial:
        step = _counter(len(material.samples), on_progress)
        notes, layout, head = _write(material, partial, to, strips, step)
        notes += notes_on_licences(material)
        text = head + card(material, layout=layout, notes=notes)
        write_atomic(partial / CARD_NAME, text.encode())
        n_bytes = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
    return Exported(
        directory=Path(out),
        to=to,
        dataset=material.spec.name,
        digest=material.stories.digest,
        n_stories=material.n_stories,
        n_frames=len(material.samples) * (material.spec.n_targets + 1),
        n_bytes=n_bytes,
        n_skipped=material.n_skipped,
        licences=tally(material.licences()),
        notes=notes,
    )


def _write(
    material: Material,
    partial: Path,
    to: To,
    strips: Strips,
    step: Callable[[], None],
) -> tuple[tuple[str, ...], str, str]:
    """Returns what to note, how the files are laid out, and what stands before the card."""
    if to == "folder":
        return folder.write(material, partial, step=step), folder.LAYOUT, ""
    if to == "hf":
        return hf.write(material, partial, step=step), hf.LAYOUT, hf.head(material)
    writer = arldm.Writer(material, strips)
    notes = writer.write(partial, step=step)
    return notes, arldm.LAYOUT.format(name=writer.file_name), ""


def _counter(total: int, on_progress: Progress | None) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, total, "stories")

    return step
