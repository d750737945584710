"""Generated pictures on disk, in the canonical layout: writing that survives a kill, and reading.

A story's folder appears by rename, so it is whole or absent; `predictions.json` is written last.
Until then the folder holds `.unfinished.json`, which says what run it is: the same run continues,
any other is refused, and so is a second one at the same time. The finished folder has the same
bytes however often the run was stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError, PredictionError, VerificationError
from storybench.files import sha256_json, space_guard, sync_folder, write_atomic, write_json
from storybench.images import decode, encode_png, pixel_sha256
from storybench.lock import only_one
from storybench.names import is_story_id
from storybench.predictions.check import check_frames
from storybench.predictions.container import Container
from storybench.predictions.manifest import (
    Passed,
    Run,
    find_manifest,
    make_manifest,
    read_manifest,
    read_run,
    write_manifest,
)
from storybench.predictions.names import (
    LOCK,
    MANIFEST,
    UNFINISHED,
    frame_name,
    frame_number,
    is_seen,
    partial_dir,
    story_dir,
)
from storybench.predictions.pictures import FilePicture, read_bytes
from storybench.types import Image, Prediction

UNKNOWN_MODEL: Mapping[str, Any] = {"name": "unknown"}


class PredictionSet:
    """The predictions in one folder.

    A folder without `predictions.json` is read too, when it holds canonical names: its model is
    unknown then and `manifest` is None.

    Raises:
        PredictionError: no such folder, an unfinished run, or a manifest that can't be read.
        VerificationError: the manifest was edited after it was written.
    """

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)
        if not self.directory.is_dir():
            raise PredictionError(f"Expected a folder of predictions at {directory}, found none.")
        self.manifest = self.made = find_manifest(self.directory)
        if self.manifest is None and (self.directory / UNFINISHED).exists():
            raise PredictionError(
                f"Expected finished predictions in {directory}, found a run that was stopped. "
                "Run the same `storybench generate` again: it continues where it was."
            )

    def __len__(self) -> int:
        return len(self.story_ids)

    @property
    def story_ids(self) -> tuple[str, ...]:
        """The names of the story folders that are there, sorted."""
        return self._story_ids

    @property
    def model(self) -> Mapping[str, Any]:
        """What the model says of itself; its name is "unknown" without a manifest."""
        return UNKNOWN_MODEL if self.manifest is None else self.manifest.model

    @property
    def digest(self) -> str:
        """Identity of the set: the manifest's digest, else one over the pixels of every picture."""
        return self._digest

    @property
    def layout(self) -> str:
        """The name of the layout, as every reader has one."""
        return "canonical"

    def frames(self, story_id: str) -> tuple[int, ...]:
        """The targets of a story that are there, ascending; empty for an unknown story."""
        files = self._files(story_id)
        return tuple(sorted({k for file in files if (k := frame_number(file.name)) is not None}))

    def picture(self, story_id: str, k: int) -> FilePicture:
        """Where target k lies.

        Raises:
            PredictionError: there is none, or more than one.
        """
        path = self.path(story_id, k)
        return FilePicture(path, f"{story_id}/{path.name}")

    def path(self, story_id: str, k: int) -> Path:
        """The file of target k, 1…T, whatever its container.

        Raises:
            PredictionError: there is none, or more than one.
        """
        files = self._files(story_id)
        found = [path for path in files if frame_number(path.name) == k and path.is_file()]
        if len(found) != 1:
            names = " and ".join(sorted(path.name for path in found)) or "none"
            raise PredictionError(
                f"Expected one picture {story_id}/{frame_name(k)} in {self.directory}, "
                f"found {names}."
            )
        return found[0]

    def image(self, story_id: str, k: int) -> Image:
        """Target k of a story, checked against the manifest where there is one.

        Raises:
            PredictionError: missing or undecodable.
            VerificationError: not the picture that the manifest was written for.
        """
        path = self.path(story_id, k)
        image = FilePicture(path, str(path)).read()
        if self.manifest is not None and pixel_sha256(image) != self.recorded(story_id, k):
            raise VerificationError(
                f"Expected the picture that {MANIFEST} lists in {path}, found other pixels: it was "
                "changed after the run. Generate again."
            )
        return image

    def recorded(self, story_id: str, k: int) -> str | None:
        """The pixel hash that the manifest states for a picture, None if it states none."""
        hashes = () if self.manifest is None else self.manifest.frames.get(story_id, ())
        return hashes[k - 1] if 1 <= k <= len(hashes) else None

    def lossy(self, story_id: str, k: int) -> Container | None:
        """The lossy container that a picture was in before it was converted, by the manifest."""
        return None if self.manifest is None else self.manifest.lossy(story_id, k)

    def load(self, story_id: str) -> Prediction:
        """All targets of a story, (t, s, s, 3); `seed` is the seed of the run.

        Raises:
            PredictionError: a frame is missing, undecodable or the wrong size.
            VerificationError: a frame is not the one that the manifest was written for.
        """
        numbers = range(1, self._n_frames(story_id) + 1)
        images = [self.image(story_id, k) for k in numbers]
        if len({image.shape for image in images}) > 1:
            sizes = ", ".join(f"{image.shape[1]} x {image.shape[0]}" for image in images)
            raise PredictionError(f"Expected frames of one size in {story_id}, found {sizes}.")
        frames = np.stack(images)
        check_frames(frames, n_targets=len(images), owner=f"Story {story_id}")
        return Prediction(story_id, frames, seed=self.manifest.seed if self.manifest else 0)

    @cached_property
    def _story_ids(self) -> tuple[str, ...]:
        return _story_folders(self.directory)

    @cached_property
    def _digest(self) -> str:
        if self.manifest is not None:
            return self.manifest.digest
        hashes = {story_id: self._pixel_hashes(story_id) for story_id in self.story_ids}
        return sha256_json({"frames": hashes})

    def _n_frames(self, story_id: str) -> int:
        if self.manifest is not None:
            return self.manifest.n_targets
        return max(self.frames(story_id), default=1)

    def _files(self, story_id: str) -> tuple[Path, ...]:
        folder = story_dir(self.directory, story_id)
        return tuple(folder.iterdir()) if folder.is_dir() else ()

    def _pixel_hashes(self, story_id: str) -> list[str]:
        numbers = range(1, self._n_frames(story_id) + 1)
        return [pixel_sha256(self.image(story_id, k)) for k in numbers]


class PredictionWriter:
    """Writes one run into a folder, or continues it; nobody else can meanwhile.

    The folder is held until `finish`, `close` or the end of a `with` block::

        with PredictionWriter(directory, run) as writer:
            writer.add(prediction)
            writer.finish()

    Args:
        directory: a new or empty folder, or one that holds this very run, finished or not.
        run: what fixes every picture.

    Raises:
        PredictionError: the folder holds something else; says what differs.
        InputError: another program is writing predictions there.
    """

    def __init__(self, directory: Path | str, run: Run) -> None:
        self.directory = Path(directory)
        self.run = run
        self._hashes: dict[str, tuple[str, ...]] = {}
        self._containers: dict[str, tuple[Container | None, ...]] = {}
        self._sides: set[int | None] = set()
        with ExitStack() as held:
            held.enter_context(_alone(self.directory))
            self._continue()
            self._held = held.pop_all()

    def __enter__(self) -> PredictionWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others write into the folder; what was added stays, and the run can continue."""
        self._held.close()

    def has(self, story_id: str) -> bool:
        """Whether every frame of the story is there."""
        folder = story_dir(self.directory, story_id)
        return all((folder / frame_name(k)).is_file() for k in range(1, self.run.n_targets + 1))

    def add(self, prediction: Prediction) -> None:
        """Write the frames of one story; its folder appears when all of them are on the disk.

        Raises:
            PredictionError: not T square uint8 RGB frames of at least 64 pixels, or there already.
            NoSpaceError: the disk is full; the stories before this one are kept.
        """
        story_id, frames = prediction.story_id, prediction.frames
        check_frames(frames, n_targets=self.run.n_targets, owner=f"Story {story_id}")
        if self.has(story_id):
            raise PredictionError(
                f"Expected each story once, found a second prediction of {story_id}."
            )
        self._open()
        _write_story(self.directory, story_id, frames)
        self._hashes[story_id] = tuple(pixel_sha256(frame) for frame in frames)
        self._sides.add(frames.shape[1])

    def finish(self, *, containers: Passed | None = None) -> PredictionSet:
        """Write the manifest over every story that is there, close, and read the set back.

        Args:
            containers: those that converted pictures came in, by story.

        Raises:
            PredictionError: nothing was written, or a story from before the stop is broken.
        """
        story_ids = _story_folders(self.directory)
        if not story_ids:
            raise PredictionError(f"Expected at least one story in {self.directory}, found none.")
        for story_id in story_ids:
            if story_id not in self._hashes:
                self._recall(story_id)
        (size,) = self._sides if len(self._sides) == 1 else (None,)
        frames = {story_id: self._hashes[story_id] for story_id in story_ids}
        passed = {**self._containers, **(containers or {})}
        manifest = make_manifest(self.run, size=size, frames=frames, containers=passed)
        write_manifest(self.directory, manifest)
        (self.directory / UNFINISHED).unlink(missing_ok=True)
        self.close()
        return PredictionSet(self.directory)

    def _continue(self) -> None:
        """Take up what the folder holds, or refuse it."""
        if (self.directory / MANIFEST).exists():
            manifest = read_manifest(self.directory)
            self._expect(manifest)
            self._hashes.update(manifest.frames)
            self._containers.update(manifest.containers)
            self._sides.add(manifest.size)
        elif (self.directory / UNFINISHED).exists():
            self._expect(read_run(self.directory / UNFINISHED))
        elif any(is_seen(path.name) for path in self.directory.iterdir()):
            raise PredictionError(
                f"Expected a new or empty folder, or an unfinished run, in {self.directory}, found "
                "other files. Choose another folder."
            )
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a kill left half written."""
        for leftover in self.directory.glob(".*.partial"):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()

    def _expect(self, found: Run) -> None:
        differences = [
            f"{name} {ours!r} (the folder has {theirs!r})"
            for name in Run.model_fields
            if (ours := getattr(self.run, name)) != (theirs := getattr(found, name))
        ]
        if differences:
            raise PredictionError(
                f"Expected {self.directory} to be empty or to hold this very run, found another: "
                f"now {', '.join(differences)}. Choose another folder."
            )

    def _open(self) -> None:
        """Say that the run is unfinished before the first story makes it so."""
        if not (self.directory / UNFINISHED).exists():
            write_json(self.directory / UNFINISHED, self.run.model_dump(mode="json"))
        (self.directory / MANIFEST).unlink(missing_ok=True)

    def _recall(self, story_id: str) -> None:
        """Hash a story that was written before the run was stopped."""
        folder = story_dir(self.directory, story_id)
        numbers = range(1, self.run.n_targets + 1)
        images = [_kept_image(folder / frame_name(k)) for k in numbers]
        self._hashes[story_id] = tuple(pixel_sha256(image) for image in images)
        self._sides.update(image.shape[0] for image in images)


def _kept_image(path: Path) -> Image:
    """A picture that this writer wrote before it was stopped: its story can be written again."""
    try:
        return decode(read_bytes(path, str(path)), str(path))
    except InputError as error:
        raise PredictionError(
            f"{error} It was written before the run was stopped: remove {path.parent} and run the "
            "same command again."
        ) from error


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold a folder, made if there is none; one that is still empty at the end goes again."""
    if directory.exists() and not directory.is_dir():
        raise PredictionError(f"Expected a folder at {directory}, found a file.")
    is_new = not directory.exists()
    try:
        with space_guard(directory):
            directory.mkdir(parents=True, exist_ok=True)
        with only_one(directory / LOCK, what=f"run in {directory}"):
            yield
    finally:
        if is_new and directory.is_dir() and not any(directory.iterdir()):
            directory.rmdir()


def _write_story(directory: Path, story_id: str, frames: NDArray[np.uint8]) -> None:
    """Write a story's pictures under another name, then rename the folder.

    Raises:
        PredictionError: pictures that were just written are not there.
    """
    partial, final = partial_dir(directory, story_id), story_dir(directory, story_id)
    try:
        for k, frame in enumerate(frames, start=1):
            write_atomic(partial / frame_name(k), encode_png(frame))
        _check_whole(partial, n_targets=len(frames))
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
        sync_folder(directory)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _check_whole(folder: Path, *, n_targets: int) -> None:
    found = {path.name for path in folder.iterdir()}
    missing = [name for k in range(1, n_targets + 1) if (name := frame_name(k)) not in found]
    if missing:
        raise PredictionError(
            f"Expected {missing[0]} in {folder}, where it was just written, found it gone. Does "
            "another program change that folder? Run the same command again."
        )


def _story_folders(directory: Path) -> tuple[str, ...]:
    if not directory.is_dir():
        return ()
    names = (path.name for path in directory.iterdir() if path.is_dir())
    return tuple(sorted(filter(is_story_id, names)))
