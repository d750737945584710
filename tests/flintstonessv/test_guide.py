"""The data dictionary explains every file of a release, and says which ones a build needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from storydata.flintstonessv import DATASET, spec
from storydata.flintstonessv.guide import GUIDE
from storydata.kit import twins
from storydata.kit.guide import UNEXPLAINED, counted, entry_of
from storydata.kit.raw import walk
from tests.flintstonessv.releases import SAMPLED


def test_every_file_of_the_release_is_explained() -> None:
    """All names of the layout, sampled frames and originals, in a folder or a zip."""
    names = [
        spec.ANNOTATIONS_FILE,
        spec.SPLIT_FILE,
        spec.FOLLOWINGS_FILE,
        spec.LABELS_FILE,
        spec.EMBEDDINGS_FILE,
        spec.EMBEDDING_ROWS_FILE,
        twins.FACTS,
        *(f"{place}.zip" for place in spec.FRAME_FOLDERS.values()),
        *(f"{place}/s_01_e_01_shot_000055_000129.npy" for place in spec.FRAME_FOLDERS.values()),
    ]
    for name in names:
        entry = entry_of(name, DATASET.guide())
        assert entry is not None, name
        assert entry.content
        assert entry.layout
        assert entry.source


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("flintstones_dataset.tgz", "original archive of AI2"),
        ("flintstones_dataset/background_frames/s_01_bg.npy.npz", "background of a clip"),
        ("x/entity_segmentation/fred_segm.npy.npz", "where one figure is"),
        ("x/entity_tracking/fred.npy", "box around one figure"),
        ("labels_bg.pkl", "setting among 323"),
    ],
)
def test_files_of_the_source_and_of_others_are_known(name: str, content: str) -> None:
    """AI2's own files, and those that StoryGPT-V adds, are named and not used."""
    entry = entry_of(name, GUIDE)
    assert entry is not None
    assert content in entry.content
    assert entry.need == "not used"


def test_what_is_needed_is_what_a_build_cannot_do_without() -> None:
    """Annotations, splits, and the arrays in one of their two forms."""
    needed = [entry.pattern for entry in GUIDE if entry.need == "needed"]
    assert needed == [
        spec.ANNOTATIONS_FILE, spec.SPLIT_FILE, f"{SAMPLED}/*.npy", f"{SAMPLED}.zip",
    ]  # fmt: skip


def test_a_release_has_no_unexplained_file(raw: Path) -> None:
    """Counted by pattern, nothing is left over."""
    found = counted(walk(raw), GUIDE)
    assert UNEXPLAINED not in found
    assert found[f"{SAMPLED}/*.npy"] == 22
