"""GOOD: twelve stories of two episodes, their pictures, and writers that lay them out as upstream.

Every picture is different, so that one glance at its pixels says which it is. The order of the
split's file and the release's own ids both differ from the official order.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from storybench.images import encode_png
from storybench.predictions.layouts.recognition import Recognition
from storybench.predictions.layouts.split import Split
from storybench.types import Image

N = 12
T = 4
SIDE = 64
IDS = tuple(f"show_ep{n // 6 + 1}-{n % 6 + 1}" for n in range(N))
FILE_ORDER = (3, 0, 7, 1, 11, 2, 10, 4, 9, 5, 8, 6)
RAW_IDS = tuple(40 + 3 * n for n in range(N))
CLIPS = tuple(
    tuple(f"Show/Show_ep{n // 6 + 1}/{n % 6 + 1 + k}" for k in range(T + 1)) for n in range(N)
)

SPLIT = Split(
    dataset="toy",
    name="test",
    ids=IDS,
    n_targets=T,
    orders={"file": FILE_ORDER, "story-id": RAW_IDS},
    data_digest="d" * 64,
    known_clips=CLIPS,
)
PLAIN = replace(SPLIT, orders={})
"""The same stories in a dataset that has one order only."""


def picture(story: int, k: int, side: int = SIDE) -> Image:
    """Frame k of a story: 8-bit noise of its own, (side, side, 3)."""
    return np.random.default_rng([story, k]).integers(0, 256, (side, side, 3), dtype=np.uint8)


def check(found: Recognition, frames: Sequence[int] = range(1, T + 1)) -> None:
    """Every picture is the one that it is said to be, and none is lacking."""
    assert found.questions == ()
    assert found.refusal is None
    reader = found.predictions()
    assert reader.story_ids == tuple(sorted(IDS))
    for n, story_id in enumerate(IDS):
        assert reader.frames(story_id) == tuple(frames)
        for k in frames:
            assert np.array_equal(reader.image(story_id, k), picture(n, k)), (story_id, k)


def save(path: Path, image: Image) -> None:
    """A PNG file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(image))


def save_jpeg(path: Path, image: Image) -> None:
    """A JPEG file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, "JPEG", quality=95)
    path.write_bytes(buffer.getvalue())


def in_order(order: Sequence[int]) -> list[int]:
    """Story numbers along an order: the one at place 0 first."""
    return sorted(range(N), key=lambda n: order[n])


def stack(stories: Sequence[int], frames: Sequence[int]) -> NDArray[np.uint8]:
    """Pictures as (stories, frames, 3, h, w)."""
    return np.stack([np.stack([picture(n, k).transpose(2, 0, 1) for k in frames]) for n in stories])


def write_pattern(
    folder: Path,
    name: str,
    *,
    numbers: Sequence[int] | None = None,
    frames: Sequence[int] = range(1, T + 1),
    first: int = 0,
) -> Path:
    """Files by a pattern with {s} and {f}: story number (by `numbers`) and frame from `first`."""
    numbers = range(N) if numbers is None else numbers
    for n in range(N):
        for place, k in enumerate(frames):
            save(folder / name.format(s=numbers[n], f=place + first), picture(n, k))
    return folder


def canonical(folder: Path) -> None:
    """The layout of storybench itself."""
    write_pattern(folder, "{s}/{f}.png", numbers=IDS, first=1)  # type: ignore[arg-type]


def by_id(folder: Path) -> None:
    """Folders by story id, frames of two digits."""
    write_pattern(folder / "run", "{s}/frame_{f:02d}.png", numbers=IDS, first=1)  # type: ignore[arg-type]


def storydalle_batches(folder: Path, batch: int = 1) -> None:
    """L1, by torch itself; twelve files, so that text order is wrong."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    for k in range(-(-N // batch)):
        stories = range(N)[k * batch : (k + 1) * batch]
        pixels = torch.from_numpy(stack(stories, range(1, T + 1)))
        torch.save(pixels.float() / 255, folder / f"sdalle_story_test_batch_{k}.pt")
    save(folder / "pororo_gen_samples_test_batch_000.png", np.zeros((8, 72, 3), np.uint8))


def storydalle_pictures(folder: Path) -> None:
    """L3."""
    write_pattern(folder / "test_images/images", "gen_sample_{s}_{f}.png")


def storydalle_mosaics(folder: Path, batch: int = 5) -> None:
    """L4: the source, four real and four generated frames in a row."""
    for k in range(-(-N // batch)):
        rows = []
        for n in range(N)[k * batch : (k + 1) * batch]:
            real = [255 - picture(n, t) for t in range(T + 1)]
            rows.append(np.concatenate([*real, *(picture(n, t) for t in range(1, T + 1))], axis=1))
        save(folder / f"pororo_gen_samples_test_batch_{k:03d}.png", np.concatenate(rows))


def arldm_flat(folder: Path, batch: int = 1, frames: Sequence[int] = range(1, T + 1)) -> None:
    """L5: frame-major inside a batch, as AR-LDM's list of images grows."""
    n = 0
    for start in range(0, N, batch):
        for k in frames:
            for story in range(start, min(start + batch, N)):
                save(folder / f"{n:04d}.png", picture(story, k))
                n += 1


def arldm_hdf5(
    folder: Path,
    *,
    is_bgr: bool = True,
    strip: int = 1,
    encode: Callable[[Image], bytes] = encode_png,
) -> None:
    """L6, with as many frames a picture as `strip`."""
    import h5py

    folder.mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / "toy.h5", "w") as file:
        group = file.create_group("test")
        for k in range(T + 1):
            column = group.create_dataset(f"image{k}", (N,), h5py.vlen_dtype(np.dtype("uint8")))
            for n in range(N):
                image = np.concatenate([picture(n, k)] * strip)
                image = np.ascontiguousarray(image[..., ::-1]) if is_bgr else image
                column[n] = np.frombuffer(encode(image), np.uint8)
        group.create_dataset("text", (N,), h5py.string_dtype("utf-8"))


def make_a_story(folder: Path, count: int = 0) -> None:
    """L7 with all frames of five: the count goes up with every frame."""
    for n in range(N):
        for k in range(T + 1):
            save(folder / f"samples/{count:04}_{k:02}.png", picture(n, k))
            count += 1
    save(folder / "test0.png", np.zeros((8, 40, 3), np.uint8))


def gan_pictures(folder: Path) -> None:
    """L8: positions in the split's file."""
    write_pattern(folder, "img-{s}-{f}.png", numbers=FILE_ORDER, frames=range(T + 1))


def gan_arrays(folder: Path, order: Sequence[int] = FILE_ORDER, name: str = "images.npy") -> None:
    """L9: channels before frames, -1..1."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = stack(in_order(order), range(T + 1)).transpose(0, 2, 1, 3, 4)
    np.save(folder / name, (pixels.astype(np.float32) / 127.5 - 1).astype(np.float32))
    np.save(folder / "labels.npy", np.zeros((N, 5, 9)))


def cpcsv(folder: Path) -> None:
    """L10: counted from 1 over stories and frames."""
    for place, n in enumerate(in_order(FILE_ORDER)):
        for k in range(T + 1):
            save(folder / f"{place * (T + 1) + k + 1}.png", picture(n, k))


def cmota_pictures(folder: Path) -> None:
    """L12: raw ids, real frames beside."""
    name = "output_imgs/run/x_{{kind}}_{s}_{f}.png"
    for kind in ("gen", "ori"):
        pattern = name.replace("{{kind}}", kind)
        write_pattern(folder, pattern, numbers=RAW_IDS, frames=range(T + 1))
    for path in (folder / "output_imgs/run").glob("x_ori_*"):
        save(path, np.zeros((SIDE, SIDE, 3), np.uint8))


def cmota_folders(folder: Path) -> None:
    """L13: folders from 1, in the order of the split's file."""
    numbers = [place + 1 for place in FILE_ORDER]
    write_pattern(folder / "test_gen", "{s}/{f}.png", numbers=numbers, frames=range(T + 1))
    write_pattern(folder / "test_ori", "{s}/{f}.png", numbers=FILE_ORDER, frames=[0] * 5)


def storygptv(folder: Path) -> None:
    """L14, all five frames: the folder is the first clip."""
    for n, clips in enumerate(CLIPS):
        names = [clip.lower().split("/", 1)[1].replace("/", "-") for clip in clips]
        for k, name in enumerate(names):
            save(folder / f"outputs/{names[0]}/{name}.png", picture(n, k))


METRIC = "stage2/real_x/metric_100_guidancescale2.0_seed42_reg"


def rcdms(folder: Path, run: str = METRIC) -> None:
    """L15, with a grid of real and generated frames beside."""
    write_pattern(folder / run, "{s}_{f}.png", frames=range(T + 1))
    save(folder / "stage2/real_x/100_guidancescale2.0_seed42_reg/0.png", picture(0, 0))


def seed_story(folder: Path) -> None:
    """L18 (as PNG bytes behind a .jpg name, so that pixels can be compared)."""
    write_pattern(folder, "val_{s}/ori_{f:02d}.jpg", first=1)
    write_pattern(folder, "val_{s}/{f:02d}.jpg", first=1, frames=[0] * T)
    write_pattern(folder, "val_{s}/000start_image.jpg", frames=[0])


def storydiffusion(folder: Path) -> None:
    """L19: a run a story, below a folder by story id."""
    pattern = "{s}/results/20240501-10{f}000/image_{f}.png".replace("10{f}000", "101500")
    write_pattern(folder, pattern, numbers=IDS, frames=range(T + 1))  # type: ignore[arg-type]


def cog(folder: Path) -> None:
    """L19 by Cog: the list is reversed before it is numbered."""
    write_pattern(folder, "{s}/out-{f}.png", numbers=IDS, frames=range(T, -1, -1))  # type: ignore[arg-type]


def consistory(folder: Path) -> None:
    """L20 with anchors."""
    for n in range(N):
        names = ["anchor_image_0", "anchor_image_1", *(f"extra_image_{i}" for i in range(T - 1))]
        for k, name in enumerate(names):
            save(folder / f"{n}/{name}.png", picture(n, k))


def story_adapter(folder: Path, last: int = 10) -> None:
    """L22: eleven iterations, of which the last is the result."""
    for iteration in (0, 2, last):
        for n in range(N):
            for k in range(T + 1):
                shown = picture(n, k) if iteration == last else picture(99, k)
                save(folder / f"{n}/story/results_xl{iteration or ''}/img_{k}.png", shown)


def vistorybench(folder: Path, time: str = "20250429-101500", first: int = 0) -> None:
    """L23 with a folder of characters."""
    run = folder / f"method/base/en/{time}"
    write_pattern(run, "{s:02d}/shots/shot_{f}.png", frames=range(T + 1), first=first)
    save(run / "00/chars/char_1.png", picture(0, 0))


@dataclass(frozen=True)
class Writer:
    """A layout, who writes it, what has to be answered, and which frames it has."""

    id: str
    write: Callable[[Path], None]
    answers: Mapping[str, Any]
    frames: Sequence[int] = range(1, T + 1)


ALL = range(T + 1)
WRITERS = (
    Writer("canonical", canonical, {}),
    Writer("by-id", by_id, {}),
    Writer("L1", storydalle_batches, {}),
    Writer("L3", storydalle_pictures, {}),
    Writer("L4", storydalle_mosaics, {}),
    Writer("L5", arldm_flat, {"batch-size": 1}),
    Writer("L6", arldm_hdf5, {"channel-order": "bgr"}, ALL),
    Writer("L7", make_a_story, {}, ALL),
    Writer("L8", gan_pictures, {}, ALL),
    Writer("L9", gan_arrays, {"order": "file"}, ALL),
    Writer("L10", cpcsv, {}, ALL),
    Writer("L12", cmota_pictures, {}, ALL),
    Writer("L13", cmota_folders, {}, ALL),
    Writer("L14", storygptv, {}, ALL),
    Writer("L15", rcdms, {}, ALL),
    Writer("L18", seed_story, {}),
    Writer("L19", storydiffusion, {}, ALL),
    Writer("L19", cog, {}, ALL),
    Writer("L20", consistory, {}, ALL),
    Writer("L22", story_adapter, {}, ALL),
    Writer("L23", vistorybench, {}, ALL),
)
