"""The HDF5 file that AR-LDM trains on.

::

    train|val|test/image0 … image4     encoded PNG, variable-length uint8, one a story
    train|val|test/text                five captions, joined by "|"
    train|val|test/id, licence         ours: which story it is, and what its frames stand under

A PNG is a strip of frames of 128 pixels from top to bottom; the reader takes one of them at random
(xichenpan/ARLDM@9d8feeb:data_script/pororo_hdf5.py:22-40, flintstones_hdf5.py:22-44,
datasets/pororo.py:57-68). Three things there are wrong, and two of them are mended here:

- P9, F9: its script hands RGB arrays to OpenCV, which expects BGR, so red and blue are exchanged in
  the PNG; its reader does the same and exchanges them back. With `channel_order="rgb"` the PNG has
  right colours for everyone but that reader, with "bgr" for that reader alone.
- P10: it deletes newlines, which joins words, and lets a "|" in a caption split it. Here white
  space becomes one space, and "|" becomes "/".
- F6: its Flintstones reader takes one of five frames, however many there are, and fails where
  there are fewer. `Strips(n_frames=5)` makes all strips that long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.export.extra import extra
from storybench.export.material import Material
from storybench.images import centre_square, decode, encode_png, resize
from storybench.loader.samples import Sample
from storybench.shards.clips import Clips
from storybench.types import Image

ChannelOrder = Literal["rgb", "bgr"]

N_FRAMES = 5
SIDE = 128
STRIP_FRAMES = 5
"""What is fixed in AR-LDM's code: frames a story, pixels, frames of a FlintstonesSV clip."""

CLIPS_KEPT = 16
"""Neighbouring stories share clips."""

LAYOUT = """`{name}` is what AR-LDM's `config.yaml` calls `hdf5_file`. Each group (train, val, test)
holds `image0` … `image4`, PNG strips of 128-pixel frames, `text`, five captions joined by `|`, and,
which AR-LDM does not read, `id` and `licence`."""

RGB_NOTE = (
    "the PNGs show their true colours to any reader, but AR-LDM's own takes red for blue: export "
    "with --channel-order bgr for that."
)
BGR_NOTE = (
    "red and blue are exchanged inside the PNGs, as in AR-LDM's own files: its loader shows true "
    "colours, any other reader exchanged ones."
)


@dataclass(frozen=True)
class Strips:
    """How the pictures are written: order of channels, and frames a strip (as they are if None)."""

    channel_order: ChannelOrder = "rgb"
    n_frames: int | None = None

    def __post_init__(self) -> None:
        if self.channel_order not in ("rgb", "bgr") or (
            self.n_frames is not None and self.n_frames < 1
        ):
            raise InputError(
                "Expected a channel order of rgb or bgr and at least 1 frame a strip, found "
                f"{self.channel_order!r} and {self.n_frames}."
            )


class Writer:
    """Writes the file and counts what had to be changed."""

    def __init__(self, material: Material, strips: Strips) -> None:
        if material.spec.n_targets != N_FRAMES - 1:
            raise InputError(
                f"Expected stories of {N_FRAMES} frames, which AR-LDM reads, found "
                f"{material.spec.n_targets + 1} in {material.spec.name}. Build it with that many, "
                "or export to another format."
            )
        self._material = material
        self._clips = Clips(material.stories.directory)
        self._known = frozenset(self._clips.ids)
        self._is_bgr = strips.channel_order == "bgr"
        self._length = strips.n_frames
        self._clip = lru_cache(CLIPS_KEPT)(self._encoded_clip)
        self._lengths: set[int] = set()
        self._n_pipes = 0
        self._n_resized: dict[str, int] = {}
        self._cut: set[str] = set()

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return f"{self._material.spec.name}.h5"

    def write(self, folder: Path, *, step: Callable[[], None]) -> tuple[str, ...]:
        """Write the file; `step` is called after each story. Returns what to note.

        Raises:
            MissingError: the package `h5py` is not installed.
        """
        with extra("h5py").File(folder / self.file_name, "w") as file:
            file.attrs["channel_order"] = "bgr" if self._is_bgr else "rgb"
            file.attrs["digest"] = self._material.stories.digest
            for split, n in self._material.n_stories.items():
                columns = _columns(file.create_group(split), n)
                for row, sample in enumerate(self._material.of(split)):
                    self._write_story(columns, row, sample)
                    step()
        return self._notes()

    def _write_story(self, columns: dict[str, Any], row: int, sample: Sample) -> None:
        frames = sample.document.frames
        for k, strip in enumerate(self._strips(sample)):
            columns[f"image{k}"][row] = strip
        columns["text"][row] = "|".join(
            self._cleaned(frame.captions[frame.default]) for frame in frames
        )
        columns["id"][row] = sample.document.id
        columns["licence"][row] = [self._material.licence(frame) or "" for frame in frames]

    def _strips(self, sample: Sample) -> list[NDArray[np.uint8]]:
        strips = []
        for frame, data in zip(sample.document.frames, sample.pictures, strict=True):
            if frame.origin.clip in self._known:
                strips.append(self._clip(frame.origin.clip))
            else:
                strips.append(self._encoded(frame.file, [decode(data, frame.file)]))
        return strips

    def _encoded_clip(self, clip: str) -> NDArray[np.uint8]:
        return self._encoded(clip, list(self._clips[self._clips.find(clip)].frames))

    def _encoded(self, name: str, frames: Sequence[Image]) -> NDArray[np.uint8]:
        frames = self._of_length(name, frames)
        self._lengths.add(len(frames))
        self._n_resized[name] = sum(frame.shape[:2] != (SIDE, SIDE) for frame in frames)
        strip = np.concatenate(
            [resize(centre_square(frame), height=SIDE, width=SIDE) for frame in frames]
        )
        image = np.ascontiguousarray(strip[..., ::-1]) if self._is_bgr else strip
        return np.frombuffer(encode_png(image), np.uint8)

    def _of_length(self, name: str, frames: Sequence[Image]) -> Sequence[Image]:
        """As many frames as asked for: repeated in turn, or the first of more."""
        if self._length is None:
            return frames
        if len(frames) > self._length:
            self._cut.add(name)
        return [frames[k % len(frames)] for k in range(self._length)]

    def _cleaned(self, caption: str) -> str:
        self._n_pipes += "|" in caption
        return " ".join(caption.replace("|", "/").split())

    def _notes(self) -> tuple[str, ...]:
        notes = [BGR_NOTE if self._is_bgr else RGB_NOTE]
        if self._n_pipes:
            notes.append(f"in {self._n_pipes:,} captions '|' became '/'.")
        if n := sum(self._n_resized.values()):
            notes.append(f"{n:,} frames were cut to squares of {SIDE} pixels.")
        if self._cut:
            notes.append(
                f"{len(self._cut):,} strips had more than {self._length} frames; those are cut."
            )
        if self._lengths != {STRIP_FRAMES}:
            found = ", ".join(map(str, sorted(self._lengths)))
            notes.append(
                f"strips have {found} frames; AR-LDM's loader for PororoSV takes any number, the "
                f"one for FlintstonesSV only {STRIP_FRAMES}: export with --strip-frames "
                f"{STRIP_FRAMES} for that."
            )
        return tuple(notes)


def _columns(group: Any, n: int) -> dict[str, Any]:
    """The empty datasets of a split."""
    h5py = extra("h5py")
    pictures, text = h5py.vlen_dtype(np.dtype("uint8")), h5py.string_dtype("utf-8")
    columns = {
        f"image{k}": group.create_dataset(f"image{k}", (n,), pictures) for k in range(N_FRAMES)
    }
    columns |= {name: group.create_dataset(name, (n,), text) for name in ("text", "id")}
    return {**columns, "licence": group.create_dataset("licence", (n, N_FRAMES), text)}
