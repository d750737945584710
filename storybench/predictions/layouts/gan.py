"""The GAN family (DuCo-, VLC-StoryGAN, CP-CSV, StoryGANc): pictures, arrays, mosaics."""

from __future__ import annotations

import re
from dataclasses import replace

from storybench.predictions.arrays import npy_block
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import (
    asking,
    by_numbers,
    numbered,
    put_together,
    refused,
)
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.places import place
from storybench.predictions.layouts.recognition import Found, Layout, Question
from storybench.predictions.layouts.runs import choose_run
from storybench.predictions.layouts.split import OFFICIAL, Split
from storybench.predictions.layouts.tensors import axes_of, pictures_of, values_of

STORYVIZ = "adymaharana/StoryViz@6e1126d"
VLC = "adymaharana/VLCStoryGan@7411240"
CPCSV = "basiclab/CPCStoryVisualization-Pytorch@e34ecf1"

_PICTURE = re.compile(r"img-(\d{1,8})-(\d{1,3})\.png")
_ARRAY = re.compile(r"images(?:-epoch-(\d{1,6}))?\.npy")
_LABELS = re.compile(r"labels.*\.npy")
_MOSAIC = re.compile(r"(?:(?:fake|real)_samples_epoch_\d+(?:_\d+)?|test_samples_\d+)\.png")


def look_pictures(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L8: `img-{pos}-{f}.png`, positions in the order of the split's file."""
    runs: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for parent, file, match in folder.matching(_PICTURE):
        runs.setdefault(parent, []).append((file, (int(match[1]), int(match[2]))))
    if not runs:
        return None
    why = ("Files are called img-{position}-{frame}.png.",)
    run, questions = choose_run(runs, answers, "folders of such pictures")
    if run is None:
        return Found(why=why, questions=questions)
    found = numbered(by_numbers(runs[run]), folder, split, answers, begins=None, order="file")
    return replace(found, why=(*why, *found.why))


def look_arrays(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L9: `images.npy` or `images-epoch-{e}.npy`, channels before frames."""
    files = [file for _, file, _ in folder.matching(_ARRAY)]
    if not files:
        return None
    why = ["Arrays are called images.npy or images-epoch-{e}.npy."]
    labels = frozenset(file for _, file, _ in folder.matching(_LABELS))
    chosen, questions = choose_run(files, answers, "epochs")
    if chosen is None:
        return asking(*questions, why=why, used=files)
    block = npy_block(folder.path / chosen, chosen)
    axes = axes_of(block, "cthw")
    values, asked = values_of([block], answers, "-1..1")
    if axes == "cthw":
        why.append(f"{chosen} has the shape {block.shape}: channels before frames.")
    else:
        why.append(
            f"{chosen} has the shape {block.shape}: frames before channels, unlike upstream."
        )
    if not split.agree("file", OFFICIAL) and split.orders and "order" not in answers:
        asked = (*asked, _ask_order(split))
    pictures = pictures_of(block, axes, values)
    placed = place({story for story, _ in pictures}, split, answers)
    found = put_together(pictures, placed, split, answers, begins=None, used=files)
    return replace(
        found,
        why=(*why, *found.why),
        questions=(*asked, *found.questions),
        left_out=labels | (frozenset(files) - {chosen}),
    )


def look_mosaics(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """L11: pictures of training, generated beside real, with padding."""
    files = [file for _, file, _ in folder.matching(_MOSAIC)]
    if not files:
        return None
    return refused(
        "They show a few stories of each epoch beside real ones, to look at, and not every story "
        "of the split. Run the evaluation script, which writes img-{pos}-{f}.png or images.npy.",
        why=(f"{len(files):,} mosaics of training are there, such as {files[0]}.",),
        used=files,
    )


def _ask_order(split: Split) -> Question:
    return Question(
        "order",
        "DuCo-StoryGAN, VLC-StoryGAN and CP-CSV write stories in the order of the split's file "
        "(file), StoryDALL-E's StoryGANc in sorted order (official): which is it?",
        split.order_names,
    )


PICTURES = Layout(
    id="L8",
    name="gan-pictures",
    producer="DuCo-StoryGAN, VLC-StoryGAN or Story-LDM's evaluation",
    example="img-#-#.png",
    recognised="files img-{pos}-{f}.png",
    meaning="pos is the place in the split's file, not sorted; f = 0 … T, all frames",
    traps=("StoryDALL-E sorts the same ids: the two orders differ on PororoSV",),
    upstream=(
        f"{STORYVIZ}:eval_classifier.py:143-147",
        f"{STORYVIZ}:pororo_data.py:607",
        f"{VLC}:flintstones_data.py:559",
    ),
    look=look_pictures,
)
ARRAYS = Layout(
    id="L9",
    name="gan-arrays",
    producer="DuCo-StoryGAN, VLC-StoryGAN, CP-CSV or StoryGANc",
    example="images-epoch-#.npy",
    recognised="images.npy or images-epoch-{e}.npy, (n, 3, T + 1, s, s)",
    meaning="stories, channels, frames, height, width; float -1..1; all frames",
    traps=(
        "channels stand before frames: a reshape without exchanging them mixes frames",
        "several epochs may lie there: --run",
    ),
    upstream=(
        f"{STORYVIZ}:dcsgan/miscc/utils.py:448-456",
        f"{VLC}:vlcgan/miscc/utils.py:523-530",
        f"{CPCSV}:miscc/utils.py:366-370",
        "adymaharana/storydalle@132dd19:story-dalle/utils.py:41-64,72",
    ),
    look=look_arrays,
)
MOSAICS = Layout(
    id="L11",
    name="gan-mosaics",
    producer="a StoryGAN's pictures of training",
    example="fake_samples_epoch_#_#.png",
    recognised="files fake_samples_epoch_{e}_{b}.png or test_samples_{i}.png",
    meaning="generated stories on the left, real ones on the right, padded by 2 pixels",
    traps=("real frames stand beside generated ones",),
    upstream=(
        f"{STORYVIZ}:dcsgan/miscc/utils.py:343-369",
        "yitong91/StoryGAN:code/miscc/utils.py:140-159",
    ),
    look=look_mosaics,
)
LAYOUTS = (PICTURES, ARRAYS, MOSAICS)
