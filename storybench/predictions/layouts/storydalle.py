"""StoryDALL-E: batches as tensors (L1), the merged tensor (L2), single pictures (L3), mosaics (L4).

adymaharana/storydalle@132dd19, folder story-dalle/. Stories stand in the order of its loaders:
sorted ids for PororoSV, the order of the split's file for FlintstonesSV, which are the official
ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from storybench.errors import PredictionError
from storybench.predictions.arrays import ArrayPicture, Axes
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.batches import offsets
from storybench.predictions.layouts.finding import by_numbers, numbered, put_together, refused
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.places import place
from storybench.predictions.layouts.recognition import Found, Layout
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import Split
from storybench.predictions.layouts.tensors import axes_of, pictures_of, values_of
from storybench.predictions.pictures import CropPicture, picture_size
from storybench.predictions.torch_file import torch_block

REPO = "adymaharana/storydalle@132dd19:story-dalle"

_BATCH = re.compile(r"sdalle_story_([a-z]+)_batch_(\d{1,6})\.pt")
_MERGED = re.compile(r"sdalle_story_\w+\.pt")
_PICTURE = re.compile(r"gen_sample_(\d{1,8})_(\d{1,3})\.png")
_MOSAIC = re.compile(r"\w+_gen_samples_([a-z]+)_batch_(\d{1,6})\.(?:png|jpg|jpeg|webp)")


def look_batches(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L1: `sdalle_story_{mode}_batch_{k}.pt`."""
    chosen = _one_mode(folder, split, answers, _BATCH)
    if chosen is None or isinstance(chosen, Found):
        return chosen
    blocks = {k: torch_block(folder.path / file, file) for k, file in chosen.items()}
    axes: dict[int, Axes] = {k: axes_of(block, "tchw") for k, block in blocks.items()}
    starts = offsets({k: block.shape[0] for k, block in blocks.items()}, "batches")
    values, questions = values_of([blocks[k] for k in sorted(blocks)], answers, "0..1")
    pictures: dict[tuple[int, int], ArrayPicture] = {}
    for k, block in blocks.items():
        for (story, frame), picture in pictures_of(block, axes[k], values).items():
            pictures[starts[k] + story, frame] = picture
    placed = place({story for story, _ in pictures}, split, answers)
    found = put_together(pictures, placed, split, answers, begins="target", used=chosen.values())
    why = f"{len(chosen):,} files are called sdalle_story_…_batch_{{k}}.pt; k counts as a number."
    mosaics = {file for _, file, _ in folder.matching(_MOSAIC)}
    return replace(
        found,
        why=(why, *found.why),
        questions=(*questions, *found.questions),
        left_out=frozenset(mosaics),
        confidence=0.97,
    )


def look_merged(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L2: `sdalle_story_{key}.pt`, whose stories stand in the order of a directory listing."""
    files = [file for _, file, match in folder.matching(_MERGED) if not _BATCH.fullmatch(match[0])]
    if not files:
        return None
    return refused(
        "The merging script goes through the batch files in whatever order the file system lists "
        "them, so nobody knows which story is which. Score the sdalle_story_…_batch_{k}.pt files "
        "that it was merged from; without them, sample again.",
        why=(f"{files[0]} is a merged tensor.",),
        used=files,
    )


def look_pictures(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L3: `gen_sample_{pos}_{t}.png`."""
    runs: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for parent, file, match in folder.matching(_PICTURE):
        runs.setdefault(parent, []).append((file, (int(match[1]), int(match[2]))))
    if not runs:
        return None
    why = ("Files are called gen_sample_{position}_{frame}.png.",)
    run, questions = choose_run(runs, answers, "folders of such pictures")
    if run is None:
        return Found(why=why, questions=questions)
    files = by_numbers(runs[run])
    found = numbered(files, folder, split, answers, begins="target")
    return replace(found, why=(*why, *found.why))


def look_mosaics(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L4: `…_gen_samples_{mode}_batch_{k:03d}.png`: source, real targets, generated ones."""
    chosen = _one_mode(folder, split, answers, _MOSAIC)
    if chosen is None or isinstance(chosen, Found):
        return chosen
    why = f"{len(chosen):,} mosaics are called …_gen_samples_…_batch_{{k}}.png."
    columns = 1 + 2 * split.n_targets
    sizes = {k: picture_size(folder.path / file, file) for k, file in chosen.items()}
    sides = {width // columns for width, _ in sizes.values()}
    side = min(sides)
    if (
        len(sides) > 1
        or not side
        or any(width != columns * side or height % side for width, height in sizes.values())
    ):
        shown = ", ".join(f"{width} x {height}" for width, height in sorted(set(sizes.values())))
        return refused(
            f"Expected mosaics of {columns} columns of squares (the source, {split.n_targets} real "
            f"and {split.n_targets} generated frames) without padding, found {shown} pixels. Score "
            "the .pt files that are written beside them.",
            why=(why,),
            used=chosen.values(),
        )
    starts = offsets({k: height // side for k, (_, height) in sizes.items()}, "mosaics")
    pictures = {
        (starts[k] + row, t): CropPicture(
            folder.path / file,
            file,
            sizes[k],
            ((1 + split.n_targets + t) * side, row * side, side, side),
        )
        for k, file in chosen.items()
        for row in range(sizes[k][1] // side)
        for t in range(split.n_targets)
    }
    placed = place({story for story, _ in pictures}, split, answers)
    found = put_together(pictures, placed, split, answers, begins="target", used=chosen.values())
    cut = f"Each row is cut into {columns} squares of {side} pixels; the last {split.n_targets} are"
    return replace(found, why=(why, f"{cut} generated, the others are real.", *found.why))


def _one_mode(
    folder: Folder, split: Split, answers: Answers, pattern: re.Pattern[str]
) -> dict[int, str] | Found | None:
    """The files of one folder and of the split's mode, by number; or why that is not clear."""
    runs: dict[str, list[tuple[str, str, int]]] = {}
    for parent, file, match in folder.matching(pattern):
        runs.setdefault(parent, []).append((file, match[1], int(match[2])))
    if not runs:
        return None
    run, questions = choose_run(runs, answers, "folders of such files")
    if run is None:
        return Found(why=("StoryDALL-E's batches are there.",), questions=questions)
    modes = {mode for _, mode, _ in runs[run]}
    if split.name in modes or len(modes) > 1 or modes <= {"train", "val", "test"}:
        wanted = split.name
    else:
        (wanted,) = modes
    if wanted not in modes:
        return refused(
            f"Expected predictions of the split {split.name}, found ones of "
            f"{' and '.join(sorted(modes))}. Use --split {min(modes)}, or sample again.",
            why=("StoryDALL-E's batches are there.",),
            used=[file for file, _, _ in runs[run]],
        )
    return _by_number((file, k) for file, mode, k in runs[run] if mode == wanted)


def _by_number(files: Iterable[tuple[str, int]]) -> dict[int, str]:
    chosen: dict[int, str] = {}
    for file, k in files:
        if k in chosen:
            raise PredictionError(
                f"Expected one file of batch {k}, found {Path(chosen[k]).name} and "
                f"{Path(file).name}. Keep one of them."
            )
        chosen[k] = file
    return chosen


BATCHES = Layout(
    id="L1",
    name="storydalle-batches",
    producer="StoryDALL-E's tensors, a batch a file",
    example="sdalle_story_test_batch_#.pt",
    recognised="files sdalle_story_{test,val}_batch_{k}.pt, tensors (b, T, 3, s, s)",
    meaning="stories in the loader's order, k counts batches; float 0..1; targets only",
    traps=(
        "k counts as a number, never as text (0, 1, 10, 2 …)",
        "the last batch is smaller; the batch size is 16 times the number of GPUs",
    ),
    upstream=(
        f"{REPO}/infer_t2i.py:236-237",
        f"{REPO}/dalle/models/__init__.py:1118-1120",
        f"{REPO}/infer_story.sh:39",
    ),
    look=look_batches,
)
MERGED = Layout(
    id="L2",
    name="storydalle-merged",
    producer="StoryDALL-E's merged tensor",
    example="sdalle_story_pororo.pt",
    recognised="a file sdalle_story_{key}.pt that is no batch",
    meaning="the batches one after another, in the order of a directory listing",
    traps=("the order is lost: it computes a sorted listing and goes through the unsorted one",),
    upstream=(f"{REPO}/utils.py:15-28",),
    look=look_merged,
)
PICTURES = Layout(
    id="L3",
    name="storydalle-pictures",
    producer="StoryDALL-E's single pictures",
    example="gen_sample_#_#.png",
    recognised="files gen_sample_{pos}_{t}.png, often below test_images/images/",
    meaning="pos is the place in the loader's order, t = 0 … T-1 the target",
    traps=("the writer is commented out upstream: scripts of one's own may name by raw ids",),
    upstream=(
        f"{REPO}/pororo_dataloader.py:445",
        f"{REPO}/flintstones_dataloader.py:147",
        f"{REPO}/utils.py:9-11,30-32",
        f"{REPO}/eval_fid.py:39",
    ),
    look=look_pictures,
)
MOSAICS = Layout(
    id="L4",
    name="storydalle-mosaics",
    producer="StoryDALL-E's mosaics",
    example="pororo_gen_samples_test_batch_#.png",
    recognised="files {dataset}_gen_samples_{mode}_batch_{k:03d}.png, 1 + 2T squares wide",
    meaning="a row a story: the source, T real targets, T generated ones, without padding",
    traps=("real frames stand beside the generated ones", "a padded mosaic cannot be cut exactly"),
    upstream=(f"{REPO}/infer_t2i.py:76-103",),
    look=look_mosaics,
)
LAYOUTS = (BATCHES, MERGED, PICTURES, MOSAICS)
