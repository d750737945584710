"""Recognise the layout of a folder: which picture is which story and frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

from storybench.errors import InputError, PredictionError
from storybench.predictions.layouts import catalogue
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.counts import told_by_count
from storybench.predictions.layouts.folder import PICTURES, Folder, suffix
from storybench.predictions.layouts.mapping import MAPPING, mapped
from storybench.predictions.layouts.recognition import Found, Layout, Pictures, Recognition
from storybench.predictions.layouts.split import Split
from storybench.predictions.names import story_dir

SHOWN = 5
UNREADABLE = "unreadable"
_HOLDERS = (*PICTURES, ".pt", ".npy", ".npz", ".h5", ".hdf5", ".mp4", ".gif")
"""Endings of files that may hold generated pictures."""


def recognise(
    directory: Path | str, split: Split, answers: Mapping[str, object] | None = None
) -> Recognition:
    """Say what lies in a folder: its layout, why, how complete it is, what has to be asked.

    Args:
        directory: any folder of generated pictures.
        split: what is known of the split; `Split.of(stories)` of its shards.
        answers: what the user said, by option name: see `answers.OPTIONS`.

    Raises:
        PredictionError: no such folder, nothing in it that any layout has (lists what was seen and
            the nearest names), or a damaged tensor or array.
        InputError: an answer that does not fit.
        UnknownNameError: `layout` names none.
        MissingError: an HDF5 file, and h5py is not installed.
    """
    told = Answers(answers)
    folder = Folder(directory)
    by_mapping = mapped(folder, split, told)
    layout, found = _detect(folder, split, told, is_mapped=by_mapping is not None)
    if by_mapping is not None:
        found = by_mapping
        if layout.id == "canonical":  # its own reader would go by names again
            layout = MAPPING
    return _recognition(folder, split, layout, found)


def _detect(
    folder: Folder, split: Split, answers: Answers, *, is_mapped: bool
) -> tuple[Layout, Found]:
    wanted = answers.get("layout")
    layouts = (catalogue.get(wanted),) if wanted else catalogue.LAYOUTS
    for layout in layouts:
        found = layout.look(folder, split, answers)
        if found is not None:
            return layout, found
    if is_mapped:
        return MAPPING, Found(why=())
    raise PredictionError(_nothing(folder, split, layouts if wanted else ()))


def _recognition(folder: Folder, split: Split, layout: Layout, found: Found) -> Recognition:
    pictures = None if found.questions or found.refusal else found.pictures
    stories = {story for story, _ in pictures or ()}
    targets = [(story, k) for story in split.ids for k in range(1, split.n_targets + 1)]
    missing = tuple(one for one in targets if pictures is not None and one not in pictures)
    mine = found.used | found.left_out
    odd = [f for f in folder.files if f not in mine and suffix(f) in _HOLDERS]
    n_pictures = len(pictures) if pictures is not None else len(found.used)
    return Recognition(
        directory=folder.path,
        layout=layout,
        why=found.why,
        confidence=found.confidence,
        n_stories=len(stories),
        n_stories_expected=len(split.ids),
        n_targets_found=len(targets) - len(missing) if pictures is not None else 0,
        n_targets_expected=len(targets),
        frames=found.frames,
        counts=told_by_count(len(stories), n_pictures, split),
        sizes=_sizes(pictures or {}),
        missing=missing,
        extra=tuple(odd),
        left_out=tuple(sorted(found.left_out)),
        questions=found.questions,
        refusal=found.refusal,
        notes=(*found.notes, *_notes(pictures, split, missing)),
        pictures=pictures,
    )


def _notes(
    pictures: Pictures | None, split: Split, missing: tuple[tuple[str, int], ...]
) -> list[str]:
    notes = []
    if pictures and any(k == 0 for _, k in pictures):
        notes.append("Pictures in the source's place (frame 0) are there; they are no targets.")
    shown = {story for story, _ in pictures or ()}
    lost = Counter(k for story, k in missing if story in shown)
    nowhere = sorted(k for k, n in lost.items() if n == len(shown))
    if nowhere:
        notes.append(_nowhere(nowhere, split))
    return notes


def _nowhere(lost: list[int], split: Split) -> str:
    """What it means that no story has some targets: the last ones, or others."""
    which = f"target{'s'[: len(lost) > 1]} {', '.join(map(str, lost))}"
    if lost == list(range(lost[0], split.n_targets + 1)):
        return (
            f"No story has {which}: the pictures are of stories of {lost[0]} frames, the source "
            "among them. Build shards of that length to score them."
        )
    return (
        f"No story has {which}, though there are later ones: frames are missing, or numbered in "
        "another way."
    )


def _sizes(pictures: Pictures) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for picture in pictures.values():
        try:
            width, height = picture.size()
        except InputError:
            sizes[UNREADABLE] += 1
        else:
            sizes[f"{width} x {height}"] += 1
    return dict(sizes.most_common())


def _nothing(folder: Folder, split: Split, wanted: tuple[Layout, ...]) -> str:
    """What was seen, and which layout's names come nearest."""
    kinds = folder.kinds
    if not kinds:
        return (
            f"Expected generated pictures in {folder.path}, found an empty folder. Name another, "
            "or fill it: `storybench preds init` writes the tree to fill."
        )
    waiting = sum(story_dir(folder.path, one).is_dir() for one in split.ids)
    if waiting and not folder.pictures:
        return (
            f"Expected generated pictures in {folder.path}, found none yet in its folders of "
            f"{waiting:,} stories. Write <story id>/<k>.png into them; k is 1 to {split.n_targets}."
        )
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


def _likeness(kind: str, example: str) -> float:
    return SequenceMatcher(None, kind.rpartition("/")[2], example.rpartition("/")[2]).ratio()
