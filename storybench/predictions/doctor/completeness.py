"""Is every picture there, and no other? Names first, before anything is decoded.

Known truncations are told by name: an evaluator that takes the first 1,900 stories, a loader that
drops its last batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path

from storybench.predictions.doctor.diagnosis import SHOWN
from storybench.predictions.names import (
    MANIFEST,
    frame_name,
    frame_number,
    is_picture,
    is_seen,
)
from storybench.predictions.problem import Fault, Note, Problem
from storybench.predictions.reader import Predictions
from storybench.predictions.store import PredictionSet
from storybench.spelling import did_you_mean

TRUNCATIONS: Mapping[int, str] = {
    1900: "StoryDALL-E's loader keeps the first 1,900 FlintstonesSV stories "
    "(adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:101)",
    2304: "DuCo-StoryGAN's and VLC-StoryGAN's evaluators keep the first 2,304 "
    "(adymaharana/StoryViz@6e1126d:pororo_data.py, adymaharana/VLCStoryGan@7411240:"
    "flintstones_data.py:540)",
    2060: "VLC-StoryGAN's evaluator keeps the first 2,060 of val "
    "(adymaharana/VLCStoryGan@7411240:flintstones_data.py:540)",
    2320: "forks of DuCo-StoryGAN's evaluator keep the first 2,320 of val",
}
DROPPED_BATCHES = (8, 16, 32, 64, 128)


def check_run(found: Predictions, n_targets: int, data_digest: str | None) -> Iterator[Problem]:
    """Compare what the manifest says with what is asked for."""
    made = found.made
    if found.manifest is None:
        why = (
            f"There is no {MANIFEST}"
            if made is None
            else f"A mapping says which picture is which, not {MANIFEST}"
        )
        yield Note("model unknown", f"{why}: the model stays unknown.")
    if made is None:
        return
    if made.n_targets != n_targets:
        yield Fault(
            "other run",
            f"Expected {n_targets} target frames per story, found a run with {made.n_targets}.",
        )
    if data_digest is not None and made.data_digest != data_digest:
        yield Fault(
            "other run",
            f"Expected predictions for the data {data_digest[:12]}…, found a run on "
            f"{made.data_digest[:12]}… ({made.dataset}, {made.split}). Score it with "
            "the shards it was made from, or generate again.",
        )


def check_stories(found: Predictions, story_ids: Sequence[str]) -> Iterator[Problem]:
    """Compare the stories that are there with those of the split."""
    if not present(found, story_ids):
        yield Fault("nothing found", _nothing_found(found, story_ids), rule="A29")
        return
    unknown = sorted(name for name in set(found.story_ids) - set(story_ids) if found.frames(name))
    for count, name in enumerate(unknown):
        hint = did_you_mean(name, story_ids, most=1) if count < SHOWN else ""
        yield Fault("unknown story", f"Story {name} is not one of the split.{hint}", name)
    there = set(found.story_ids)
    cause = truncation([story_id in there for story_id in story_ids])
    for story_id in story_ids:
        if story_id not in there:
            message = f"Story {story_id} is missing.{cause}"
            yield Fault("missing story", message, story_id, rule="A12" if cause else "A11")
            cause = ""
    if isinstance(found, PredictionSet):
        yield from _beside(found, {*story_ids, *unknown})


def check_frames(found: Predictions, story_id: str, n_targets: int) -> Iterator[Fault]:
    """The names of one story's pictures: exactly 1…n_targets."""
    if not isinstance(found, PredictionSet):
        there = found.frames(story_id)
        yield from (_missing(story_id, k) for k in range(1, n_targets + 1) if k not in there)
        return
    paths: dict[int, list[Path]] = {k: [] for k in range(1, n_targets + 1)}
    for path in sorted((found.directory / story_id).iterdir()):
        k = frame_number(path.name)
        if k in paths and path.is_file():
            paths[k].append(path)
        elif is_seen(path.name):
            yield Fault("extra file", _extra_file(path, n_targets), story_id)
    for k, of in paths.items():
        if not of:
            yield _missing(story_id, k)
        elif len(of) > 1:
            names = " and ".join(path.name for path in of)
            message = f"Picture {k} of story {story_id} is there as {names}; keep one."
            yield Fault("double frame", message, story_id)


def present(found: Predictions, story_ids: Sequence[str]) -> tuple[str, ...]:
    """The stories of the split that are there, in its order."""
    there = set(found.story_ids)
    return tuple(story_id for story_id in story_ids if story_id in there)


def truncation(there: Sequence[bool]) -> str:
    """What is known to leave out just the last stories, as a sentence; else nothing.

    >>> truncation([True] * 3 + [False])
    ''
    >>> truncation([True] * 8 + [False] * 2)
    ' Only the last 2 of 10 are: a loader that drops its last batch of 8 (drop_last) does that.'
    """
    n_kept = sum(there)
    n_lost = len(there) - n_kept
    if not n_kept or not n_lost or not all(there[:n_kept]):
        return ""
    start = f" Only the last {n_lost:,} of {len(there):,} are: "
    if n_kept in TRUNCATIONS:
        return f"{start}{TRUNCATIONS[n_kept]}."
    sizes = [size for size in DROPPED_BATCHES if n_kept == len(there) // size * size]
    if sizes:
        which = " or ".join(map(str, sizes))
        return f"{start}a loader that drops its last batch of {which} (drop_last) does that."
    return ""


def _beside(found: PredictionSet, stories: Set[str]) -> Iterator[Note]:
    """Pictures, and folders of them, beside those of the stories: they can be no story's."""
    names = sorted(
        path.name
        for path in found.directory.iterdir()
        if is_seen(path.name)
        and path.name not in stories
        and (is_picture(path.name) or (path.is_dir() and _holds_pictures(path)))
    )
    if names:
        yield Note(
            "files beside the stories",
            f"Beside the stories' folders there is {_listing(names)}: not scored.",
            rule="A15",
        )


def _holds_pictures(folder: Path) -> bool:
    return any(is_picture(path.name) for path in folder.iterdir())


def _missing(story_id: str, k: int) -> Fault:
    name = f"{story_id}/{frame_name(k)}"
    return Fault("missing frame", f"Picture {name} is missing.", story_id, rule="A11")


def _nothing_found(found: Predictions, story_ids: Sequence[str]) -> str:
    around = sorted(path for path in found.directory.iterdir() if is_seen(path.name))
    seen = [path.name for path in around]
    expected = set(story_ids)
    folders = (path for path in around if path.is_dir())
    inside = (path for path in folders if any(one.name in expected for one in path.iterdir()))
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
