"""The same bytes in two splits are found by reading next to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError, RawDataError
from storydata.kit.raw import RawFile
from storydata.own import sharing
from storydata.own.sharing import find_shared, settle


@pytest.fixture
def files(tmp_path: Path) -> dict[str, dict[str, RawFile]]:
    """Files a and c are the same in train and test, b and d in val and test; e has their size."""
    contents = {"train/a": b"one", "test/c": b"one", "val/b": b"three", "test/d": b"three"}
    contents |= {"train/e": b"two", "train/f": b"", "test/g": b"", "train/h": b"long and alone"}
    found: dict[str, dict[str, RawFile]] = {}
    for name, data in contents.items():
        path = tmp_path / name.replace("/", "-")
        path.write_bytes(data)
        found.setdefault(name.split("/")[0], {})[name] = RawFile(name, str(path))
    return found


def test_the_later_split_keeps_what_is_shared(files: dict[str, dict[str, RawFile]]) -> None:
    """Train before val before test; files of no bytes show nothing and are left alone."""
    found = [(one.name, one.kept) for one in find_shared(files)]
    assert found == [("train/a", "test/c"), ("val/b", "test/d")]


def test_one_file_in_two_splits_is_shared(files: dict[str, dict[str, RawFile]]) -> None:
    """Two rows of a table may name it in two episodes."""
    both = {"train": {"x": files["test"]["test/c"]}, "test": {"x": files["test"]["test/c"]}}
    assert [one.split for one in find_shared(both)] == ["train"]


def test_only_files_of_one_size_are_read(
    files: dict[str, dict[str, RawFile]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in which all sizes differ costs a look at each size."""
    hashed: list[str] = []
    real = sharing.sha256_file
    monkeypatch.setattr(sharing, "sha256_file", lambda path: hashed.append(path.name) or real(path))
    find_shared(files)
    assert sorted(hashed) == ["test-c", "test-d", "train-a", "train-e", "val-b"]


def test_a_file_that_is_gone_is_one_sentence(files: dict[str, dict[str, RawFile]]) -> None:
    """Between the look at the folder and this one."""
    files["train"]["train/a"].path.unlink()
    with pytest.raises(RawDataError, match="Expected to read train/a, found No such file"):
        find_shared(files)


def test_what_is_done_about_it_is_said(files: dict[str, dict[str, RawFile]]) -> None:
    """Refused with the first of them, dropped with a reason each, or left."""
    found = find_shared(files)
    with pytest.raises(InputError, match=r"train/a \(train\) is test/c \(test\); val/b \(val\)"):
        settle(found, "refuse")
    assert settle(found, "drop") == {
        ("train", "train/a"): "train/a is test/c, which test shows.",
        ("val", "val/b"): "val/b is test/d, which test shows.",
    }
    assert settle(found, "allow") == {}
    assert settle([], "refuse") == {}
    with pytest.raises(InputError, match=r"and 2 more. Say"):
        settle([*found, *found, *found[:1]], "refuse")
