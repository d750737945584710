"""Recognise the layout of a folder: which picture is which story and frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from storybench.errors import InputError, PredictionError
from storybench.predictions.layouts import catalogue
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.counts import told_by_count
from storybench.predictions.layouts.finding import refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.mapping import MAPPING, mapped
from storybench.predictions.layouts.recognition import Found, Layout, Pictures, Recognition
from storybench.predictions.layouts.split import Split
from storybench.predictions.layouts.unrecognised import linked, unrecognised
from storybench.predictions.names import MANIFEST, SUFFIXES, suffix

UNREADABLE = "unreadable"
_HOLDERS = (*SUFFIXES, ".pt", ".npy", ".npz", ".h5", ".hdf5", ".mp4", ".gif")
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
    elif MANIFEST in folder.files and layout.id != "canonical":
        found = refused(
            f"Its {MANIFEST} says which picture is which, and of which data. Leave out --layout.",
            why=(f"There is a {MANIFEST}.",),
        )
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
    raise PredictionError(unrecognised(folder, split, layouts if wanted else ()))


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
        notes=(
            *found.notes,
            *_notes(pictures, split, missing),
            *_beside(folder, split, layout, mine),
        ),
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


def _beside(folder: Folder, split: Split, layout: Layout, mine: frozenset[str]) -> Iterator[str]:
    """What is there and not read: links to folders, and files among a story's pictures."""
    if folder.links:
        yield f"There are {linked(folder)}, which are not followed."
    ids = set(split.ids) if layout.id == "canonical" else set()
    odd = [file for file in folder.files if file not in mine and file.partition("/")[0] in ids]
    if odd:
        yield (
            f"The stories' folders hold {len(odd):,} file{'s'[: len(odd) != 1]} beside one each of "
            f"1.png … {split.n_targets}.png ({odd[0]}): `storybench eval` refuses the set as it "
            "lies. Move what is too much out of it."
        )


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
