"""Small things of one's own: comics of flat pages, videos of grey frames, recipes for both.

from tests.own.comics import write_comic, write_recipe, write_video
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from storybench.errors import StorybenchError
from storybench.images import encode_png
from storybench.types import Image
from tests.didemosv.releases import write_video

__all__ = ["COMIC", "SERIES", "drops", "files_of", "page", "refusal", "write_comic", "write_recipe",
           "write_srt", "write_video"]  # fmt: skip

COMIC = """
[dataset]
name = "my-comic"
licence = "CC BY 4.0"
characters = ["Mina", "Tom"]
[stories]
length = 3
[split]
test = ["ep3"]
[[source]]
kind = "frames"
folder = "pages"
captions = "captions.csv"
"""

SERIES = """
[dataset]
name = "my-cartoon"
characters = ["Mina", "Tom"]
[stories]
length = 3
[split]
test = ["ep2"]
[[source]]
kind = "video"
folder = "films"
"""


def page(episode: int, number: int) -> Image:
    """A picture that no other page is, uint8 (24, 32, 3)."""
    image = np.full((24, 32, 3), (40 * episode, 10 * number, 128), np.uint8)
    image[number % 24, :, 1] = 255
    return image


def write_comic(
    root: Path, *, episodes: int = 3, pages: int = 5, recipe: str = COMIC, captions: bool = True
) -> Path:
    """`pages/ep1/1.png` and so on, captions.csv in that order, and the recipe; returns `root`."""
    rows = ["file,caption,characters"]
    for episode in range(1, episodes + 1):
        folder = root / f"pages/ep{episode}"
        folder.mkdir(parents=True)
        for number in range(1, pages + 1):
            (folder / f"{number}.png").write_bytes(encode_png(page(episode, number)))
            name = "Mina" if number % 2 else "Tom"
            rows.append(f"ep{episode}/{number}.png,{name} does thing {number}.,{name}")
    if captions:
        (root / "captions.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return write_recipe(root, recipe)


def write_recipe(root: Path, text: str) -> Path:
    """Write recipe.toml; returns `root`."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "recipe.toml").write_text(text, "utf-8")
    return root


def write_srt(path: Path, cues: Sequence[tuple[float, float, str]]) -> Path:
    """Write a SubRip file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = [
        f"{n}\n{_clock(start)} --> {_clock(end)}\n{text}\n"
        for n, (start, end, text) in enumerate(cues, start=1)
    ]
    path.write_text("\n".join(blocks), "utf-8")
    return path


def refusal(call: Callable[[], object]) -> str:
    """What one of our own errors says, or nothing where there is none."""
    try:
        call()
    except StorybenchError as error:
        return str(error)
    return ""


def drops(out: Path) -> dict[str, dict[str, str]]:
    """Every drop of a build, by kind and id."""
    lines = (out / "drops.jsonl").read_text("utf-8").splitlines()
    return {f"{drop['kind']} {drop['id']}": drop for drop in map(json.loads, lines)}


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a build but the receipts."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _clock(seconds: float) -> str:
    whole, milliseconds = divmod(round(1000 * seconds), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{milliseconds:03}"
