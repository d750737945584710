"""The frames of a clip that stories show: chosen by hashes, decoded once, each encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storybench.clip_frames import Frames, frame_of, frames_of, n_frames_of
from storybench.images import encode_png
from storybench.shards.clip_format import ClipSuffix
from storydata.kit.frames.choice import chosen
from storydata.kit.raw import RawFile
from storydata.pororosv.spec import FAMILY

_PLAIN = b"\x08\x02\x00\x00\x00"
"""What a PNG header says of 8-bit RGB rows from top to bottom."""


@dataclass(frozen=True)
class Picture:
    """One frame of a clip: which one, and its PNG bytes."""

    index: int
    data: bytes


def pictures(file: RawFile, names: Sequence[str], *, seed: int) -> list[Picture]:
    """The frame that the hash of each name chooses; the same name, the same frame.

    Raises:
        MissingError: the file is gone.
        InputError: it cannot be read, or is no whole clip.
    """
    data, suffix = file.read_bytes(), suffix_of(file)
    frames: Frames | None = None
    if suffix == "gif":  # counting its frames decodes them
        frames = frames_of(data, suffix, file.name)
    n_frames = n_frames_of(data, suffix, file.name)[0] if frames is None else len(frames)
    indices = [chosen(FAMILY, name, seed=seed, n_frames=n_frames) for name in names]
    wanted = sorted(set(indices))
    if frames is None and len(wanted) > 1:
        frames = frames_of(data, suffix, file.name)
    encoded = {
        index: encode_png(
            frame_of(data, suffix, file.name, index) if frames is None else frames[index]
        )
        for index in wanted
    }
    return [Picture(index, encoded[index]) for index in indices]


def count_frames(data: bytes, suffix: ClipSuffix, name: str) -> int:
    """How many frames a clip has, after making sure that it can be decoded whole.

    Of a strip of plain RGB the checksums are proof enough; any other is decoded, since it may be
    transparent somewhere.

    Raises:
        InputError: it is no whole clip.
    """
    n_frames, _, _ = n_frames_of(data, suffix, name)
    if suffix == "png" and not _is_plain(data):
        frames_of(data, suffix, name)
    return n_frames


def suffix_of(file: RawFile) -> ClipSuffix:
    """What kind of clip a file holds."""
    return "gif" if file.name.endswith(".gif") else "png"


def _is_plain(data: bytes) -> bool:
    """Whether a PNG is 8-bit RGB without a transparent colour."""
    return data[24:29] == _PLAIN and b"tRNS" not in data[: data.find(b"IDAT")]
