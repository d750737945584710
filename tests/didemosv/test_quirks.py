"""Every known quirk of the released DiDeMoSV and its code: kept as an option, or gone.

The numbers (D1 to D10, P11) are those of the project's list of quirks. Lines are of
adymaharana/storydalle@132dd19.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from storybench import registry
from storybench.export import EXPORTS, export
from storybench.images import decode
from storybench.loader.presets import STORYDALLE_DIDEMO_TRAIN
from storybench.shards.reader import Stories
from storydata.didemosv import DATASET
from storydata.kit.drops import read_drops
from storydata.twin.flintstones import release as flintstones
from storydata.twin.pororo import release as pororo
from tests.didemosv.releases import record, write_annotations, write_video

COLOUR = (200, 120, 40)
OTHER = ("0.jpg", "1.jpg", "2.jpg")


def picture(path: Path, colour: Any = COLOUR, *, mode: str = "RGB") -> Path:
    """A plain picture, not square."""
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.new(mode, (40, 30), colour).save(path, quality=95)
    return path


def write_list(raw: Path, *objects: list[tuple[str, str]], split: str = "test") -> None:
    """A list of the release: each object is captions and names of frames."""
    listed = [
        {"desc_to_frame": [[caption, f"didemo/frames/{name}"] for caption, name in pairs]}
        for pairs in objects
    ]
    (raw / "didemo").mkdir(parents=True, exist_ok=True)
    (raw / f"didemo/{split}.json").write_text(json.dumps(listed))


def pairs(*names: str) -> list[tuple[str, str]]:
    """Frames under captions of their own."""
    return [(f"Caption of {name}", name) for name in names]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A release with three frames and one story."""
    for k, name in enumerate(OTHER):
        picture(tmp_path / "raw/didemo/frames" / name, (200, 120, 40 + k))
    write_list(tmp_path / "raw", pairs(*OTHER))
    return tmp_path / "raw"


def built(raw: Path, out: Path, **options: Any) -> Stories:
    """The stories of a build; red and blue are exchanged back unless told otherwise."""
    DATASET.build(raw, out, options={"channel_order": "fixed", **options})
    return Stories(out)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by path, but for receipts: they hold times of raw files."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return {str(p): (folder / p).read_bytes() for p in paths if p.parts[0] != ".build"}


def test_d1_red_and_blue(raw: Path, tmp_path: Path) -> None:
    """D1, assets/story_dalle_predictions.png: frames were released with channels exchanged.

    By default they are put back; `channel_order` "release" keeps the bytes of the paper's frames.
    """
    published = (raw / "didemo/frames/0.jpg").read_bytes()
    fixed = built(raw, tmp_path / "fixed")[0].source.image
    kept = built(raw, tmp_path / "kept", channel_order="release")[0].source.image
    np.testing.assert_array_equal(fixed, decode(published, "0.jpg")[..., ::-1])
    np.testing.assert_array_equal(kept, fixed[..., ::-1])
    assert published in (tmp_path / "kept/stories-test-00000.tar").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("end", ["", "/", "//", "/didemo", "/didemo/", "/didemo/.", "/./didemo/"])
def test_d2_a_slash_at_the_end(raw: Path, tmp_path: Path, end: str) -> None:
    """D2, story-dalle/didemo_dataloader.py:57,212: a slash at the end hid every frame.

    Here a folder is the same folder however it is spelled: same bytes.
    """
    built(raw, tmp_path / "plain")
    DATASET.build(Path(f"{raw}{end}"), tmp_path / "out", options={"channel_order": "fixed"})
    assert contents(tmp_path / "out") == contents(tmp_path / "plain")


def test_d2_a_slash_at_the_end_as_typed(raw: Path, tmp_path: Path) -> None:
    """D2, story-dalle/didemo_dataloader.py:57: nor does a link or a relative path matter."""
    (tmp_path / "link").symlink_to(raw / "didemo")
    assert contents_of(tmp_path / "link", tmp_path / "a") == contents_of(raw, tmp_path / "b")
    away = Path(os.path.relpath(raw / "didemo", Path.cwd()))
    assert contents_of(away, tmp_path / "c") == contents_of(raw, tmp_path / "b")


def contents_of(raw: Path, out: Path) -> dict[str, bytes]:
    """What a build writes."""
    built(raw, out)
    return contents(out)


def test_d3_caches_are_not_read(raw: Path, tmp_path: Path) -> None:
    """D3, story-dalle/didemo_dataloader.py:83,179,235: ragged caches could not be read again.

    Here no cache is read at all, so one that is ragged, stale or hostile changes no byte.
    """
    expected = contents_of(raw, tmp_path / "plain")
    ragged = np.empty(2, dtype=object)
    ragged[:] = [["didemo/frames/1.jpg"], ["didemo/frames/2.jpg", "didemo/frames/0.jpg"]]
    np.save(raw / "didemo/following_cache4_test.npy", ragged, allow_pickle=True)
    np.save(raw / "didemo/img_cache2_test.npy", np.array(["didemo/frames/2.jpg"]))
    (raw / "didemo/following_cache2_test.npy").write_bytes(b"no array")
    assert contents_of(raw, tmp_path / "out") == expected


def test_d4_two_captions_of_one_picture(raw: Path, tmp_path: Path) -> None:
    """D4, story-dalle/didemo_dataloader.py:110,152: captions by path, the last one wins.

    By default each story keeps its own; `captions` "by-path" has the last of the split.
    """
    write_list(raw, pairs(*OTHER), [("Another.", "1.jpg"), *pairs("2.jpg", "0.jpg")])
    own = built(raw, tmp_path / "own")
    by_path = built(raw, tmp_path / "by-path", captions="by-path")
    assert [story.frames[k].caption for story, k in zip(own, (1, 0), strict=True)] == [
        "Caption of 1.jpg", "Another.",
    ]  # fmt: skip
    assert [story.frames[k].caption for story, k in zip(by_path, (1, 0), strict=True)] == [
        "Another.", "Another.",
    ]  # fmt: skip


def test_d4_by_path_stays_in_its_split(raw: Path, tmp_path: Path) -> None:
    """D4, story-dalle/didemo_dataloader.py:92-110: a loader reads the list of its own split."""
    write_list(raw, [("Of val.", name) for name in OTHER], split="val")
    stories = built(raw, tmp_path / "out", captions="by-path")
    told = {story.split: story.source.caption for story in stories}
    assert told == {"test": "Caption of 0.jpg", "val": "Of val."}


@pytest.mark.parametrize("place", [0, 2, 3, 4])
def test_d5_one_missing_frame_drops_the_object(raw: Path, tmp_path: Path, place: int) -> None:
    """D5, story-dalle/didemo_dataloader.py:95-100: whole objects go, used frame or not.

    Kept, and counted: the drop names the frame.
    """
    names = [*OTHER, "0.jpg", "1.jpg"]
    names[place] = "gone.jpg"
    write_list(raw, pairs(*OTHER), pairs(*names))
    assert [story.id for story in built(raw, tmp_path / "out")] == ["d-test-0"]
    drops = [drop for drop in read_drops(tmp_path / "out/drops.jsonl") if drop.kind == "story"]
    assert [(drop.id, drop.step) for drop in drops] == [("d-test-1", "frame missing")]
    assert "didemo/frames/gone.jpg" in drops[0].reason


@pytest.mark.parametrize("name", ["didemo_use_embeds.pkl", "didemo_use_embed_idxs.pkl"])
def test_d6_embeddings_are_not_needed(raw: Path, tmp_path: Path, name: str) -> None:
    """D6, story-dalle/didemo_dataloader.py:133, get_use_embeddings.py:52: two names of one file.

    Here neither is read: without them, and with one of no sense, the bytes are the same.
    """
    expected = contents_of(raw, tmp_path / "plain")
    (raw / "didemo" / name).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    assert contents_of(raw, tmp_path / "out") == expected


@pytest.mark.parametrize(
    ("mode", "suffix", "colour"),
    [
        ("L", "jpg", 90), ("CMYK", "jpg", (0, 90, 90, 20)), ("L", "png", 90),
        ("RGBA", "png", (*COLOUR, 255)), ("P", "png", 3), ("LA", "png", (90, 255)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", ["release", "fixed"])
def test_d8_every_picture_is_rgb(
    raw: Path, tmp_path: Path, mode: str, suffix: str, colour: Any, order: str
) -> None:
    """D8, story-dalle/didemo_dataloader.py:147: pictures that are not RGB could not be stacked.

    Here each becomes RGB: the same colours as Pillow's own conversion, and the file says so.
    """
    path = picture(raw / f"didemo/frames/odd.{suffix}", colour, mode=mode)
    write_list(raw, pairs(path.name, "1.jpg", "2.jpg"))
    source = built(raw, tmp_path / "out", channel_order=order)[0].source.image
    with PIL.Image.open(path) as file:
        expected = np.asarray(file.convert("RGB"))
    np.testing.assert_array_equal(source if order == "release" else source[..., ::-1], expected)
    assert {PIL.Image.open(io.BytesIO(data)).mode for data in members(tmp_path / "out")} == {"RGB"}


def members(out: Path) -> list[bytes]:
    """The picture files of a build of one shard."""
    with tarfile.open(out / "stories-test-00000.tar") as tar:
        files = [tar.extractfile(one) for one in tar if not one.name.endswith(".json")]
        return [file.read() for file in files if file is not None]


def test_d8_a_picture_that_shows_through_is_no_guess(raw: Path, tmp_path: Path) -> None:
    """D8, story-dalle/didemo_dataloader.py:147: what lies behind it is not known: a named drop."""
    picture(raw / "didemo/frames/glass.png", (*COLOUR, 100), mode="RGBA")
    write_list(raw, pairs(*OTHER), pairs("glass.png", "1.jpg", "2.jpg"))
    assert len(built(raw, tmp_path / "out")) == 1
    (drop,) = read_drops(tmp_path / "out/drops.jsonl")
    assert (drop.id, drop.step) == ("d-test-1", "frame broken")
    assert "glass.png" in drop.reason


def test_d9_captions_keep_their_case(raw: Path, tmp_path: Path) -> None:
    """D9, story-dalle/didemo_dataloader.py:150: not lower-cased, unlike the other two sets."""
    write_list(raw, [("A Dog BARKS at us", "0.jpg"), ("she waves.", "1.jpg"), ("End", "2.jpg")])
    story = built(raw, tmp_path / "out")[0]
    assert [frame.caption for frame in story.frames] == ["A Dog BARKS at us", "she waves.", "End"]


def test_d10_a_crop_of_its_own_for_each_frame() -> None:
    """D10, story-dalle/train_t2i.py:258: each frame of a training story is cropped elsewhere.

    An option of `storybench.loader`, named for what it reproduces; its own tests have the rest.
    """
    assert STORYDALLE_DIDEMO_TRAIN.transform.per_frame
    frames = [np.tile(np.arange(80, dtype=np.uint8)[None, :, None], (40, 1, 3))] * 3
    draws = {"top": 0.2, "left": 0.1, "left/0": 0.1, "left/1": 0.5, "left/2": 0.9}
    crop = replace(STORYDALLE_DIDEMO_TRAIN.transform, size=40, flip=0.0, scale="bytes")
    lefts = crop(frames, lambda what: draws.get(what, 0.2))[:, 0, 0, 0].tolist()
    assert lefts == sorted(set(lefts)), "three places, as drawn"
    together = replace(crop, per_frame=False)(frames, lambda what: draws.get(what, 0.2))
    assert len(set(together[:, 0, 0, 0].tolist())) == 1


class Entries:
    """What `os.scandir` gives, in another order."""

    def __init__(self, entries: list[os.DirEntry[str]]) -> None:
        self._entries = iter(entries)

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[os.DirEntry[str]]:
        return self._entries

    def __next__(self) -> os.DirEntry[str]:
        return next(self._entries)

    def close(self) -> None:
        """Nothing is open."""


def list_in_order(monkeypatch: pytest.MonkeyPatch, *, backwards: bool) -> Callable[[], int]:
    """Make the file system list every folder by name, forwards or backwards; counts the lists."""
    n_listed = 0
    scandir, listdir = os.scandir, os.listdir
    found = {name: getattr(Path, name) for name in ("iterdir", "glob", "rglob")}

    def scanned(path: Any = ".") -> Entries:
        nonlocal n_listed
        n_listed += 1
        with scandir(path) as entries:
            return Entries(sorted(entries, key=lambda entry: entry.name, reverse=backwards))

    def listed(path: Any = ".") -> list[str]:
        nonlocal n_listed
        n_listed += 1
        return sorted(listdir(path), reverse=backwards)

    def ordered(name: str) -> Callable[..., Iterator[Path]]:
        def every(self: Path, *args: Any, **how: Any) -> Iterator[Path]:
            nonlocal n_listed
            n_listed += 1
            return iter(sorted(found[name](self, *args, **how), reverse=backwards))

        return every

    monkeypatch.setattr(os, "scandir", scanned)
    monkeypatch.setattr(os, "listdir", listed)
    for name in found:
        monkeypatch.setattr(Path, name, ordered(name))
    return lambda: n_listed


def write_released(raw: Path) -> None:
    """Frames in three folders, named so that text order is not number order."""
    names = [f"{folder}/{k}.jpg" for folder in "cab" for k in (9, 10, 11)]
    for k, name in enumerate(names):
        picture(raw / "didemo/frames" / name, (200, 120, k))
    for split, start in (("train", 0), ("val", 3), ("test", 6)):
        write_list(raw, pairs(*names[start : start + 3]), split=split)


def write_annotated(raw: Path) -> None:
    """Annotations, and the same video in several folders and under several names."""
    video = "o@N0_11_aa.mov"
    moments = [record(k, video, f"number {k}", (k, k)) for k in range(3)]
    write_annotations(raw, "test", moments)
    for k, name in enumerate(("b/x.mp4", "a/x.mp4", "a/x.avi", "x.mkv")):
        write_video(raw / name.replace("x", "o@N0_11_aa"), 15 + k)


RELEASES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "released": ("didemosv", write_released),
    "annotated": ("didemosv", write_annotated),
    "pororo": ("pororosv", lambda raw: pororo.write_quick_release(raw, stories=6)),
    "flintstones": (
        "flintstonessv", lambda raw: flintstones.write_quick_release(raw, stories=6),
    ),
}  # fmt: skip
"""Dataset, and what writes one."""


LISTERS: dict[str, Callable[[Path], list[str]]] = {
    "iterdir": lambda folder: [path.name for path in folder.iterdir()],
    "glob": lambda folder: [path.name for path in folder.glob("*.jpg")],
    "rglob": lambda folder: [path.name for path in folder.rglob("*.jpg")],
    "walk": lambda folder: next(os.walk(folder))[2],
    "scandir": lambda folder: [entry.name for entry in os.scandir(folder)],
}
"""Ways to list a folder that say nothing of an order."""


@pytest.mark.parametrize("how", LISTERS)
def test_p11_an_order_would_be_seen(how: str, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever counts on the order of a list sees it turn round in the test that follows."""
    seen = {}
    for backwards in (False, True):
        with monkeypatch.context() as patch:
            n_listed = list_in_order(patch, backwards=backwards)
            seen[backwards] = LISTERS[how](raw / "didemo/frames")
            assert n_listed() > 0
    assert seen == {False: list(OTHER), True: list(reversed(OTHER))}


@pytest.mark.parametrize("kind", RELEASES)
def test_p11_no_order_but_our_own(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P11, story-dalle/utils.py:15-25: it sorts the files, then reads the unsorted list.

    Whatever order the file system lists folders in, a build and every export of it are the same
    bytes: stories and pictures never part.
    """
    name, write = RELEASES[kind]
    raw = tmp_path / "raw"
    raw.mkdir()
    write(raw)
    dataset = registry.load("datasets", name)
    options = {"channel_order": "fixed"} if kind == "released" else {}
    made: list[dict[str, dict[str, bytes]]] = []
    for backwards in (False, True):
        out = tmp_path / f"{backwards}"
        with monkeypatch.context() as patch:
            n_listed = list_in_order(patch, backwards=backwards)
            dataset.build(raw, out / "build", options=options)
            for to in EXPORTS:
                if to != "arldm-h5" or name != "didemosv":
                    export(out / "build", out / to, to=to)
            assert n_listed() > 0, "no folder was listed: this test would prove nothing"
        made.append({part.name: contents(part) for part in out.iterdir()})
    for part, files in made[0].items():
        assert sorted(made[1][part]) == sorted(files)
        differ = [file for file, data in files.items() if made[1][part][file] != data]
        assert not differ, f"{part} of {kind}"
