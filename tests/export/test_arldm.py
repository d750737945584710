"""AR-LDM's file, read as AR-LDM reads it, with Pillow in the place of OpenCV.

`imdecode` is OpenCV's: it gives the channels of a PNG in the order blue, green, red. AR-LDM takes
what it gives for red, green, blue (xichenpan/ARLDM@9d8feeb:datasets/pororo.py:57-68).
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from storybench.errors import InputError, MissingError
from storybench.export import export
from storybench.shards.reader import Stories
from tests.export.conftest import TOON
from tests.factories import make_shards
from tests.loader.cartoon import Cartoon, n_frames

h5py = pytest.importorskip("h5py")


def imdecode(data: np.ndarray) -> np.ndarray:
    """What `cv2.imdecode(data, cv2.IMREAD_COLOR)` gives."""
    rgb = np.asarray(PIL.Image.open(io.BytesIO(data.tobytes())).convert("RGB"))
    return rgb[..., ::-1]


def read_story(group: Any, index: int, chosen: int) -> tuple[list[np.ndarray], list[str]]:
    """Five frames and captions as its dataset reads them, with a frame chosen and not drawn."""
    frames = []
    for k in range(5):
        strip = imdecode(group[f"image{k}"][index])
        assert strip.shape[0] % 128 == 0
        place = chosen % (strip.shape[0] // 128)
        frames.append(strip[place * 128 : (place + 1) * 128])
    return frames, group["text"][index].decode("utf-8").split("|")


@pytest.fixture(scope="module")
def files(toon: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file in both channel orders."""
    folder = tmp_path_factory.mktemp("arldm")
    for order in ("rgb", "bgr"):
        export(toon, folder / order, to="arldm-h5", channel_order=order)
    return {order: folder / order / "toon.h5" for order in ("rgb", "bgr")}


def test_its_own_loader_sees_true_colours_in_its_own_order(files: dict[str, Path]) -> None:
    """Every frame of every clip of every story, with "bgr"."""
    with h5py.File(files["bgr"], "r") as file:
        assert sorted(file) == ["test", "train"]
        for split in ("train", "test"):
            records = TOON.stories(split)
            assert len(file[split]["text"]) == len(records)
            for index, record in enumerate(records):
                for chosen in range(5):
                    frames, _ = read_story(file[split], index, chosen)
                    for frame, of in zip(frames, record.frames, strict=True):
                        clip = of.origin.clip
                        expected = TOON.frames(clip)[chosen % n_frames(clip)]
                        assert np.array_equal(frame, expected)


def test_any_other_reader_sees_true_colours_by_default(files: dict[str, Path]) -> None:
    """P9, F9: with "rgb" the PNG is right by itself, and its own loader exchanges red and blue."""
    with h5py.File(files["rgb"], "r") as file:
        png = file["train"]["image0"][0].tobytes()
        strip = np.asarray(PIL.Image.open(io.BytesIO(png)))
        assert np.array_equal(strip, TOON.frames("ep1/1").reshape(-1, 128, 3))
        frames, _ = read_story(file["train"], 0, 1)
        assert np.array_equal(frames[0], TOON.frames("ep1/1")[1][..., ::-1])
        assert file.attrs["channel_order"] == "rgb"


def test_captions_survive_the_joining(files: dict[str, Path]) -> None:
    """P10: five of them always; white space is one space, not none, and a pipe splits nothing."""
    with h5py.File(files["bgr"], "r") as file:
        for index in range(8):
            assert len(read_story(file["train"], index, 0)[1]) == 5
        assert read_story(file["train"], 0, 0)[1] == [
            "Pororo runs in 1.",
            "Pororo runs in 2.",
            "Pororo says: go!",
            'Loopy / Crong, "friends"',
            "=Crong höpft",
        ]


def test_stories_and_licences_can_be_told(toon: Path, files: dict[str, Path]) -> None:
    """Which AR-LDM's own files do not say."""
    with h5py.File(files["rgb"], "r") as file:
        ids = [story.decode() for story in file["train"]["id"]]
        assert ids == list(Stories(toon, "train").ids)
        assert file["train"]["licence"].shape == (8, 5)
        assert file.attrs["digest"] == Stories(toon).digest


def test_what_was_changed_is_noted(toon: Path, tmp_path: Path) -> None:
    """The channel order, the pipes, and strips of other lengths than its loaders all take."""
    rgb = export(toon, tmp_path / "rgb", to="arldm-h5", split="train")
    assert "AR-LDM's own takes red for blue: export with --channel-order bgr" in rgb.notes[0]
    assert rgb.notes[1] == "in 7 captions '|' became '/'."
    assert "strips have 2, 3, 4, 5 frames" in rgb.notes[2]
    assert "only 5: export with --strip-frames 5 for that." in rgb.notes[2]
    bgr = export(toon, tmp_path / "bgr", to="arldm-h5", channel_order="bgr")
    assert "its loader shows true colours" in bgr.notes[0]
    assert f"Note: {bgr.notes[0]}" in (tmp_path / "bgr" / "README.md").read_text()


def test_another_order_is_the_order_of_the_file(toon: Path, tmp_path: Path) -> None:
    """Its FlintstonesSV script takes stories in the order of the split file."""
    export(toon, tmp_path / "out", to="arldm-h5", order="file")
    with h5py.File(tmp_path / "out" / "toon.h5", "r") as file:
        ids = [story.decode() for story in file["train"]["id"]]
    assert ids == list(Stories(toon, "train").ids)[::-1]
    with pytest.raises(
        InputError, match=r"an order that every story of .* which are file, found 'x'"
    ):
        export(toon, tmp_path / "x", to="arldm-h5", order="x")


def test_frames_without_clips_are_strips_of_one(tmp_path: Path) -> None:
    """Cut to squares of 128 pixels, as its code assumes, and counted."""
    shards = make_shards(tmp_path / "shards", n_targets=4, stories={"test": 1}, size=(90, 120))
    done = export(shards, tmp_path / "out", to="arldm-h5")
    with h5py.File(tmp_path / "out" / "toy.h5", "r") as file:
        assert imdecode(file["test"]["image3"][0]).shape == (128, 128, 3)
    assert "5 frames were cut to squares of 128 pixels." in done.notes
    assert any("strips have 1 frames" in note for note in done.notes)


def test_strips_can_be_made_equally_long(toon: Path, tmp_path: Path) -> None:
    """F6: its FlintstonesSV loader takes one of five frames, so shorter clips repeat theirs."""
    done = export(toon, tmp_path / "five", to="arldm-h5", strip_frames=5)
    assert not any("strips" in note for note in done.notes)
    with h5py.File(tmp_path / "five" / "toon.h5", "r") as file:
        strip = imdecode(file["train"]["image0"][0])[..., ::-1].reshape(5, 128, 128, 3)
    assert np.array_equal(strip, TOON.frames("ep1/1")[[0, 1, 2, 0, 1]])
    done = export(toon, tmp_path / "three", to="arldm-h5", strip_frames=3)
    assert "strips had more than 3 frames; those are cut." in done.notes[2]
    with pytest.raises(InputError, match="at least 1 frame a strip, found 'rgb' and 0"):
        export(toon, tmp_path / "none", to="arldm-h5", strip_frames=0)


def test_stories_of_three_frames_are_refused(tmp_path: Path) -> None:
    """AR-LDM reads five."""
    shards = make_shards(tmp_path / "shards")
    with pytest.raises(InputError, match="stories of 5 frames, which AR-LDM reads, found 3 in toy"):
        export(shards, tmp_path / "out", to="arldm-h5")
    assert not (tmp_path / "out").exists()


def test_arrays_become_the_same_strips(tmp_path: Path, files: dict[str, Path]) -> None:
    """FlintstonesSV's clips are arrays; its script lays them one below the other."""
    shards = Cartoon(suffix="npy", side=128, episodes={"train": {"ep1": 5}}).write(tmp_path / "s")
    export(shards, tmp_path / "out", to="arldm-h5")
    with h5py.File(tmp_path / "out" / "toon.h5") as ours, h5py.File(files["rgb"]) as strips:
        for k in range(5):
            assert (
                ours["train"][f"image{k}"][0].tobytes() == strips["train"][f"image{k}"][0].tobytes()
            )


def test_without_the_extra_it_says_what_to_install(
    toon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the command; nothing is left behind."""
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingError, match=r"'h5py'.*pip install 'storybench\[export\]'"):
        export(toon, tmp_path / "out", to="arldm-h5")
    assert not list(tmp_path.iterdir())
