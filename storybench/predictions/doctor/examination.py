"""Look at a folder of predictions before anything is scored, and say everything that is wrong.

A partial or damaged set is never filled up and never skipped over: the problems are collected and
`Diagnosis.require` refuses the set with all of them, not with one per run. What only has to be
known (JPEG pictures, repeated pictures, an unknown model) is a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from storybench.errors import InputError
from storybench.images import decode, pixel_sha256
from storybench.predictions.check import MIN_SIDE
from storybench.predictions.container import LOSSY, Container, container_of
from storybench.predictions.diagnosis import SHOWN, Diagnosis, Fault, Note, Problem
from storybench.predictions.names import MANIFEST, SUFFIXES, frame_name, frame_number
from storybench.predictions.store import PredictionSet
from storybench.types import Image, Progress


def examine(
    directory: Path | str,
    *,
    story_ids: Sequence[str],
    n_targets: int,
    data_digest: str | None = None,
    on_progress: Progress | None = None,
) -> Diagnosis:
    """Check that a folder holds exactly targets 1…n_targets of exactly these stories.

    Args:
        directory: predictions in the canonical layout, with or without `predictions.json`.
        story_ids: every story of the split.
        n_targets: frames per story.
        data_digest: digest of the shards; compared with the one the predictions were made from.
        on_progress: called after each story.

    Raises:
        PredictionError: no such folder, an unfinished run, or a manifest that can't be read.
        VerificationError: the manifest was edited after it was written.
    """
    found = PredictionSet(directory)
    problems = [*_check_run(found, n_targets, data_digest), *_check_folders(found, story_ids)]
    pictures: list[_Picture] = []
    present = _present(found, story_ids)
    for done, story_id in enumerate(present, start=1):
        for finding in _check_story(found, story_id, n_targets):
            if isinstance(finding, _Picture):
                pictures.append(finding)
            else:
                problems.append(finding)
        if on_progress is not None:
            on_progress(done, len(present), "stories")
    return Diagnosis(
        directory=found.directory,
        n_stories=len(story_ids),
        n_frames=len(story_ids) * n_targets,
        problems=(*problems, *_notes(pictures)),
        containers=Counter(picture.container for picture in pictures),
    )


@dataclass(frozen=True)
class _Picture:
    """A picture that could be read."""

    k: int
    side: int
    sha256: str
    container: Container


def _check_run(found: PredictionSet, n_targets: int, data_digest: str | None) -> Iterator[Problem]:
    """Compare what the manifest says with what is asked for."""
    manifest = found.manifest
    if manifest is None:
        yield Note("model unknown", f"There is no {MANIFEST}: the model stays unknown.")
        return
    if manifest.n_targets != n_targets:
        yield Fault(
            "other run",
            f"Expected {n_targets} target frames per story, found a run with {manifest.n_targets}.",
        )
    if data_digest is not None and manifest.data_digest != data_digest:
        yield Fault(
            "other run",
            f"Expected predictions for the data {data_digest[:12]}…, found a run on "
            f"{manifest.data_digest[:12]}… ({manifest.dataset}, {manifest.split}). Score it with "
            "the shards it was made from, or generate again.",
        )


def _check_folders(found: PredictionSet, story_ids: Sequence[str]) -> Iterator[Problem]:
    """Compare the story folders with the stories of the split."""
    if not _present(found, story_ids):
        yield Fault("nothing found", _nothing_found(found, story_ids))
        return
    unknown = sorted(set(found.story_ids) - set(story_ids))
    for count, name in enumerate(unknown):
        close = get_close_matches(name, story_ids, n=1) if count < SHOWN else []
        hint = f" Did you mean {close[0]}?" if close else ""
        yield Fault("unknown story", f"Story {name} is not one of the split.{hint}", name)
    present = set(found.story_ids)
    for story_id in story_ids:
        if story_id not in present:
            yield Fault("missing story", f"Story {story_id} is missing.", story_id)
    for path in sorted(found.directory.iterdir()):
        if path.suffix in SUFFIXES and not path.name.startswith("."):
            yield Fault("extra file", f"Picture {path.name} lies outside the story folders.")


def _check_story(
    found: PredictionSet, story_id: str, n_targets: int
) -> Iterator[_Picture | Problem]:
    """Check the names in one story's folder, then its pictures."""
    paths: dict[int, list[Path]] = {k: [] for k in range(1, n_targets + 1)}
    for path in sorted((found.directory / story_id).iterdir()):
        k = frame_number(path.name)
        if k in paths and path.is_file():
            paths[k].append(path)
        elif not path.name.startswith("."):
            yield Fault("extra file", _extra_file(path, n_targets), story_id)
    findings = [_check_frame(found, story_id, k, paths[k]) for k in paths]
    yield from findings
    yield from _check_together(
        found, story_id, [finding for finding in findings if isinstance(finding, _Picture)]
    )


def _check_frame(
    found: PredictionSet, story_id: str, k: int, paths: Sequence[Path]
) -> _Picture | Problem:
    """One picture, or what is wrong with its file."""
    name = f"{story_id}/{frame_name(k)}"
    if not paths:
        return Fault("missing frame", f"Picture {name} is missing.", story_id)
    if len(paths) > 1:
        names = " and ".join(path.name for path in paths)
        message = f"Picture {k} of story {story_id} is there as {names}; keep one."
        return Fault("double frame", message, story_id)
    data = paths[0].read_bytes()
    try:
        image = decode(data, f"{story_id}/{paths[0].name}")
    except InputError as error:
        return Fault("undecodable", str(error), story_id)
    if expected := _other_size(image, found):
        message = f"Expected {expected} in {name}, found {image.shape[1]} x {image.shape[0]}."
        return Fault("wrong size", message, story_id)
    return _Picture(k, image.shape[0], pixel_sha256(image), container_of(data))


def _check_together(
    found: PredictionSet, story_id: str, pictures: Sequence[_Picture]
) -> Iterator[Problem]:
    """Compare the pictures of one story with each other and with the manifest."""
    sides = {picture.side for picture in pictures}
    if len(sides) > 1:
        sizes = ", ".join(str(side) for side in sorted(sides))
        message = f"The pictures of story {story_id} are of several sizes: {sizes}."
        yield Fault("wrong size", message, story_id)
    for picture in pictures:
        if found.manifest and picture.sha256 != found.recorded(story_id, picture.k):
            name = f"{story_id}/{frame_name(picture.k)}"
            message = f"Picture {name} is not the one that {MANIFEST} was written for."
            yield Fault("changed", message, story_id)


def _other_size(image: Image, found: PredictionSet) -> str | None:
    """What size was expected, if the picture has another."""
    height, width = image.shape[:2]
    if height != width or width < MIN_SIDE:
        return f"a square picture of at least {MIN_SIDE} pixels"
    size = found.manifest.size if found.manifest is not None else None
    return f"{size} x {size} pixels" if size not in (None, width) else None


def _notes(pictures: Sequence[_Picture]) -> Iterator[Note]:
    """What has to be known of the readable pictures as a whole."""
    if n_lossy := sum(picture.container in LOSSY for picture in pictures):
        yield Note(
            "lossy pictures",
            f"{n_lossy:,} of {len(pictures):,} pictures are JPEG or lossy WebP, which changes what "
            "the model drew: this stands beside the score. Write PNG.",
        )
    sides = Counter(picture.side for picture in pictures)
    if len(sides) > 1:
        sizes = ", ".join(f"{n:,} of {side} pixels" for side, n in sorted(sides.items()))
        yield Note("mixed sizes", f"The pictures are of several sizes: {sizes}.")
    n_distinct = len({picture.sha256 for picture in pictures})
    if n_distinct < len(pictures):
        yield Note(
            "repeated pictures",
            f"Only {n_distinct:,} of {len(pictures):,} pictures are distinct.",
        )


def _present(found: PredictionSet, story_ids: Sequence[str]) -> tuple[str, ...]:
    there = set(found.story_ids)
    return tuple(story_id for story_id in story_ids if story_id in there)


def _nothing_found(found: PredictionSet, story_ids: Sequence[str]) -> str:
    seen = sorted(path.name for path in found.directory.iterdir())
    expected = set(story_ids)
    inside = (
        found.directory / name
        for name in found.story_ids
        if any(path.name in expected for path in (found.directory / name).iterdir())
    )
    deeper = next(inside, None)
    return (
        f"No folder is named like a story of the split ({_listing(story_ids)}); there is "
        f"{_listing(seen)}." + (f" Did you mean {deeper}?" if deeper else "")
    )


def _extra_file(path: Path, n_targets: int) -> str:
    name = f"{path.parent.name}/{path.name}"
    if path.stem == "0":
        return f"{name} is one too many: frame 0 is the source, which is given and never scored."
    return f"{name} is none of {frame_name(1)} … {frame_name(n_targets)}."


def _listing(names: Iterable[str]) -> str:
    names = list(names)
    shown = ", ".join(names[:3]) or "nothing"
    return f"{shown}, … ({len(names):,} in all)" if len(names) > 3 else shown
