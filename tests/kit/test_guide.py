"""A data dictionary counts what it explains, and what it does not."""

from __future__ import annotations

from storybench.types import FileGuide
from storydata.kit.guide import UNEXPLAINED, counted, entry_of
from storydata.kit.raw import RawFile

GUIDE = (
    FileGuide("labels.npy", "used", "labels", "dict", "here"),
    FileGuide("*.npy", "needed", "clips", "uint8", "here"),
    FileGuide("frames/*.png", "needed", "frames", "RGB", "here"),
)


def test_the_first_entry_that_fits_counts() -> None:
    """A file counts once, wherever the release was unpacked to."""
    names = ["a/labels.npy", "a/b/1.npy", "2.npy", "x/frames/1.png", "notes.txt", "1.png"]
    files = [RawFile(name, name) for name in names]
    assert counted(files, GUIDE) == {
        "labels.npy": 1,
        "*.npy": 2,
        "frames/*.png": 1,
        UNEXPLAINED: 2,
    }
    assert entry_of("a/labels.npy", GUIDE) is GUIDE[0]
    assert entry_of("notes.txt", GUIDE) is None
