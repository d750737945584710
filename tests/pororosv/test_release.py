"""Where a release may lie, and what is taken for a clip."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError, RawDataError
from storydata.pororosv.release import find_release, open_release
from tests.pororosv.releases import (
    EPISODES,
    clips,
    write_caches,
    write_clips,
    write_originals,
    write_release,
    write_tables,
)

N_CLIPS = sum(EPISODES.values())


@pytest.mark.parametrize("root", ["", "pororo_png", "pororo", "my_copy", "my_copy/pororo_png"])
def test_the_release_is_found_wherever_it_was_unpacked(tmp_path: Path, root: str) -> None:
    """The folder itself, under a known name, or in an only folder; names of files are the same."""
    folder = write_release(tmp_path / "raw", root)
    release = open_release(tmp_path / "raw")
    assert release.folder.resolve() == folder.resolve()
    assert (release.form, release.n_clips) == ("png", N_CLIPS)
    files = [file.name for numbered in release.clips.values() for file in numbered.values()]
    assert "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/15.png" in files
    assert sorted(release.tables) == [
        "descriptions.csv",
        "descriptions.npy",
        "following_cache4.npy",
        "frames_counter.npy",
        "img_cache4.npy",
        "labels.npy",
        "train_seen_unseen_ids.npy",
    ]


def test_a_slash_behind_the_folder_changes_nothing(tmp_path: Path) -> None:
    """P4: the official loaders cut keys off paths, and lose or keep a slash with the folder's."""
    write_release(tmp_path)
    assert find_release(Path(f"{tmp_path}/")) == find_release(tmp_path)


def test_masks_are_no_episodes(tmp_path: Path) -> None:
    """Folders of masks beside the series, even with an episode's name, hold no clip."""
    write_release(tmp_path)
    release = open_release(tmp_path)
    assert sorted(release.clips) == sorted(EPISODES)


def test_other_files_beside_clips_are_left_alone(tmp_path: Path) -> None:
    """Thumbnails, copies and sidecars are no clips."""
    folder = write_release(tmp_path) / "Pororo_Rescue" / "Pororo_Rescue_ep1"
    for name in ("Thumbs.db", "1 (copy).png", "._1.png", "01.png", "5.PNG"):
        (folder / name).write_bytes(b"")
    assert sorted(open_release(tmp_path).clips["Pororo_Rescue_ep1"]) == [1, 2, 3, 4]


def test_tables_may_lie_beside_the_folder_of_the_clips(tmp_path: Path) -> None:
    """What is missing in the folder of the series is looked for in the raw folder above it."""
    write_clips(tmp_path / "pororo_png")
    write_tables(tmp_path)
    write_caches(tmp_path / "pororo_png")
    release = open_release(tmp_path)
    assert release.tables["descriptions.npy"].path == tmp_path / "descriptions.npy"
    assert release.tables["img_cache4.npy"].path.parent == tmp_path / "pororo_png"


def test_animations_are_found_with_their_captions(tmp_path: Path) -> None:
    """PororoQA's own layout, from its folder or the one above; subtitles are no clips."""
    folder = write_originals(tmp_path)
    for raw in (tmp_path, folder):
        release = open_release(raw)
        assert (release.form, release.n_clips, release.is_original) == ("gif", N_CLIPS, True)
        assert list(release.tables) == ["descriptions.csv"]
    name = release.clips["Pororo_Rescue_ep2"][5].name
    assert name == "Scenes_Dialogues/Pororo_Rescue/Pororo_Rescue_ep2/5.gif"


def test_two_releases_are_one_too_many(tmp_path: Path) -> None:
    """Strips and animations in one raw folder: which one is asked, by name."""
    write_release(tmp_path)
    write_originals(tmp_path)
    with pytest.raises(InputError, match=r"one release in .*pororo_png and in .*Scenes_Dialogues"):
        find_release(tmp_path)


def test_a_link_to_the_release_is_no_second_one(tmp_path: Path) -> None:
    """Some loaders want `pororo`, others `pororo_png`: people link one to the other."""
    write_release(tmp_path)
    (tmp_path / "pororo").symlink_to(tmp_path / "pororo_png")
    assert open_release(tmp_path).n_clips == N_CLIPS


def test_nothing_names_what_was_looked_for(tmp_path: Path) -> None:
    """An empty folder and a table of captions alone are no release."""
    (tmp_path / "descriptions.csv").write_text("a,1,b\n")
    assert find_release(tmp_path) is None
    with pytest.raises(MissingError, match=r"<series>/<episode>/<n>.png .* Found neither\.$"):
        open_release(tmp_path)
    with pytest.raises(MissingError, match="found nothing there"):
        open_release(tmp_path / "absent")


def test_a_tarball_is_named_with_what_to_do(tmp_path: Path) -> None:
    """A tar cannot be read in place: it is to be unpacked."""
    with tarfile.open(tmp_path / "pororo.tar.gz", "w:gz"):
        pass
    with pytest.raises(MissingError, match=r"only the archive pororo.tar.gz: unpack it there"):
        open_release(tmp_path)


def pack(folder: Path, path: Path) -> None:
    """Zip a folder under its own name."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder.parent).as_posix())


def test_a_zip_is_read_in_place(tmp_path: Path) -> None:
    """Strips and tables are members; masks in it are still no episodes."""
    folder = write_release(tmp_path / "unpacked")
    (tmp_path / "raw").mkdir()
    pack(folder, tmp_path / "raw" / "pororo_png.zip")
    packed, unpacked = open_release(tmp_path / "raw"), open_release(tmp_path / "unpacked")
    assert packed.archive == tmp_path / "raw" / "pororo_png.zip"
    assert packed.n_clips == N_CLIPS
    for episode, n in clips():
        one, other = packed.clips[episode][n], unpacked.clips[episode][n]
        assert (one.name, one.read_bytes()) == (other.name, other.read_bytes())
    assert sorted(packed.tables) == sorted(unpacked.tables)


def test_masks_in_a_zip_are_no_second_release(tmp_path: Path) -> None:
    """Masks by series and episode look like clips of a release below the release."""
    folder = write_release(tmp_path / "unpacked")
    write_clips(folder / "masks")
    (tmp_path / "raw").mkdir()
    pack(folder, tmp_path / "raw" / "pororo_png.zip")
    release = open_release(tmp_path / "raw")
    assert release.n_clips == N_CLIPS
    first = release.clips["Pororo_Rescue_ep1"][1]
    assert first.member == "pororo_png/Pororo_Rescue/Pororo_Rescue_ep1/1.png"


def test_two_releases_in_a_zip_are_one_too_many(tmp_path: Path) -> None:
    """Beside each other they are both meant: which one is asked."""
    for name in ("old", "new"):
        write_clips(tmp_path / "both" / name, {"Pororo_Rescue_ep1": 2})
    (tmp_path / "raw").mkdir()
    pack(tmp_path / "both", tmp_path / "raw" / "both.zip")
    with pytest.raises(
        RawDataError, match=r"in both\.zip, found clips in both/new and in both/old"
    ):
        find_release(tmp_path / "raw")


def test_an_unpacked_release_goes_before_its_zip(tmp_path: Path) -> None:
    """The archive may stay where it was, whole or not."""
    write_release(tmp_path)
    (tmp_path / "pororo_png.zip").write_bytes(b"not a zip")
    assert open_release(tmp_path).archive is None


def test_a_broken_zip_is_named(tmp_path: Path) -> None:
    """A download that broke off is an error, not an empty release."""
    (tmp_path / "pororo_png.zip").write_bytes(b"PK\x03\x04 half of it")
    with pytest.raises(RawDataError, match=r"pororo_png\.zip"):
        find_release(tmp_path)


def test_another_zip_is_no_release(tmp_path: Path) -> None:
    """A zip of something else is left alone."""
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        archive.writestr("beach/1.png", b"x")
    assert find_release(tmp_path) is None
