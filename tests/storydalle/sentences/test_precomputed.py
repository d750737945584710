"""Do captions of a build get the vectors that their release has of them, whatever its form?"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from storybench.errors import InputError, MissingError, RawDataError
from storybench.shards.reader import Stories
from storydata.twin.vectors import sentence_vector
from storymodels.storydalle.sentences.precomputed import Precomputed, by_caption, plain
from storymodels.storydalle.sentences.releases import (
    NAMES,
    ROWS,
    find_release,
    hashes,
    read_release,
)
from tests.factories import make_shards
from tests.storydalle.sentences.conftest import Made


def expected(captions: list[str], width: int = 512) -> torch.Tensor:
    """What the toy world's releases were filled with: a function of the caption."""
    return torch.from_numpy(np.stack([sentence_vector(caption, width) for caption in captions]))


def alone(shards: Path) -> set[str]:
    """Captions that have a frame which no other caption has."""
    by_file: dict[str, set[str]] = {}
    stories = Stories(shards)
    for index in range(len(stories)):
        for origin, caption in zip(stories.origins(index), stories.captions(index), strict=True):
            by_file.setdefault(origin.file, set()).add(caption)
    return {caption for told in by_file.values() if len(told) == 1 for caption in told}


def all_captions(shards: Path) -> list[str]:
    """Every caption of every frame, with alternatives."""
    return [
        caption for story in Stories(shards) for frame in story.frames for caption in frame.captions
    ]


@pytest.mark.parametrize("release", ["pororo", "flintstones"])
def test_every_caption_has_the_vector_of_its_release(
    release: str, request: pytest.FixtureRequest
) -> None:
    """All alternatives, as they stand and in lower case."""
    made: Made = request.getfixturevalue(release)
    encoder = Precomputed(made.raw, Stories(made.shards))
    captions = all_captions(made.shards)
    assert len(captions) > 40
    assert encoder.width == 512
    assert torch.equal(encoder(captions), expected(captions))
    assert torch.equal(encoder([f" {captions[0].upper()} "]), expected(captions[:1]))


def test_a_frame_that_two_captions_share_has_the_vector_of_the_last(didemosv: Made) -> None:
    """All others have their own, and so has the last; that is how the file was written."""
    encoder = Precomputed(didemosv.raw, Stories(didemosv.shards))
    captions = sorted(set(all_captions(didemosv.shards)))
    found, own = encoder(captions), expected(captions)
    has_own = {caption for caption, a, b in zip(captions, found, own, strict=True) if a.equal(b)}
    assert alone(didemosv.shards) <= has_own
    shared = "didemo/frames/twin_0000/012500.jpg"
    told = [
        story.captions[k]
        for story in Stories(didemosv.shards)
        for k, frame in enumerate(story.frames)
        if frame.origin.file == shared
    ]
    assert told[0] not in has_own
    assert told[-1] in has_own
    assert torch.equal(encoder(told[:1]), encoder(told[-1:]))


def test_clips_with_several_captions_are_among_them(pororo: Made) -> None:
    """So the second row of a clip is the second caption's."""
    frames = [frame for story in Stories(pororo.shards) for frame in story.frames]
    several = next(frame for frame in frames if len(set(frame.captions)) > 1)
    found = Precomputed(pororo.raw, pororo.shards)(list(several.captions))
    assert torch.equal(found, expected(list(several.captions)))
    assert not torch.equal(found[0], found[1])


def test_the_older_file_of_pororo_is_read_when_it_is_named(pororo: Made) -> None:
    """Its vectors have 128 numbers; the record tells the two apart."""
    (path,) = pororo.raw.glob(f"*/{NAMES[3]}")
    older = Precomputed(path, pororo.shards)
    captions = all_captions(pororo.shards)[:3]
    assert torch.equal(older(captions), expected(captions, 128))
    newer = Precomputed(pororo.raw, pororo.shards).record()
    assert (older.record()["width"], newer["width"]) == (128, 512)
    assert newer["files"].keys() == {NAMES[0]}
    assert older.record()["files"] != newer["files"]


def test_the_width_is_known_without_reading_the_release_again(
    pororo: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a while; what a checkpoint records needs the width only."""
    record = Precomputed(pororo.raw, pororo.shards).record()
    monkeypatch.setattr("storymodels.storydalle.sentences.precomputed.read_release", None)
    assert Precomputed(pororo.raw, pororo.shards).record() == record


def test_a_caption_of_ones_own_has_no_vector(pororo: Made) -> None:
    """And the sentence says why."""
    encoder = Precomputed(pororo.raw, pororo.shards)
    with pytest.raises(InputError, match="only captions of the release were encoded"):
        encoder([all_captions(pororo.shards)[0], "a caption of mine"])


def test_vectors_of_another_release_are_refused(flintstones: Made, tmp_path: Path) -> None:
    """None of the build's clips is in them."""
    encoder = Precomputed(flintstones.raw, make_shards(tmp_path / "shards"))
    with pytest.raises(InputError, match="Do both come from the same release"):
        encoder(["Ada runs in the garden."])


def test_of_several_vectors_for_a_caption_the_first_clip_counts(tmp_path: Path) -> None:
    """Whatever the order of the file; more captions than vectors leave the rest without."""
    stories = Stories(
        make_shards(
            tmp_path / "shards", stories={"train": 2}, captions=lambda *_: ("Same.", "Other.")
        )
    )
    a, b = np.ones((1, 4), np.float32), np.zeros((1, 4), np.float32)
    for vectors in ({"train-000/1": b, "train-001/0": a}, {"train-001/0": a, "train-000/1": b}):
        found = by_caption(vectors, stories)
        assert found.keys() == {"same."}
        assert found["same."].tolist() == [0, 0, 0, 0]


def test_a_caption_is_given_its_own_vector_before_that_of_a_frame_it_shares(tmp_path: Path) -> None:
    """However the names of frames are sorted; without one of its own it shares."""
    told = {0: "First.", 1: "Second.", 2: "Last."}
    stories = Stories(
        make_shards(tmp_path / "shards", stories={"train": 1}, captions=lambda _, __, k: (told[k],))
    )
    of_file, of_clip = np.ones((1, 4), np.float32), np.zeros((1, 4), np.float32)
    found = by_caption({"train-cluster-0.mp4": of_file, "train-000/1": of_clip}, stories)
    assert {name: row[0] for name, row in found.items()} == {"first.": 1, "second.": 0, "last.": 1}


def write(path: Path, value: Any) -> Path:
    """A pickle, or a `.npy` file."""
    if path.suffix == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=True)
        path.write_bytes(buffer.getvalue())
    else:
        path.write_bytes(pickle.dumps(value))
    return path


def test_vectors_may_be_lists_of_numbers(tmp_path: Path) -> None:
    """As one hand wrote them; and one vector stands for a list of one."""
    path = write(tmp_path / NAMES[0], {"a/1": [[0.5, 1.0], [2.0, 3.0]], "a/2": [4.0, 5.0]})
    release = read_release(find_release(path))
    assert release.width == 2
    assert {key: rows.tolist() for key, rows in release.vectors.items()} == {
        "a/1": [[0.5, 1.0], [2.0, 3.0]],
        "a/2": [[4.0, 5.0]],
    }
    assert release.vectors["a/1"].dtype == np.float32


@pytest.mark.parametrize("rows_name", ROWS)
def test_the_rows_of_flintstones_stand_beside_its_array(tmp_path: Path, rows_name: str) -> None:
    """Under either name that is told of."""
    path = write(tmp_path / NAMES[1], np.arange(6.0).reshape(3, 2))
    with pytest.raises(MissingError, match=f"{ROWS[0]} beside"):
        find_release(tmp_path)
    write(tmp_path / rows_name, {"s_1": 2, "s_2": 0})
    files = find_release(tmp_path)
    assert files == (path, tmp_path / rows_name)
    assert hashes(files).keys() == {NAMES[1], rows_name}
    found = read_release(files).vectors
    assert {key: rows.tolist() for key, rows in found.items()} == {
        "s_1": [[4.0, 5.0]],
        "s_2": [[0.0, 1.0]],
    }
    write(tmp_path / rows_name, {"s_1": 3})
    with pytest.raises(InputError, match="row below 3 for each clip"):
        read_release(files)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, 2], "sentence vectors by name"),
        ({}, "sentence vectors by name"),
        ({"a": [[1.0, float("nan")]]}, "for 'a' in .*, found numbers that are not finite"),
        ({"a": "text"}, "for 'a' in .*, found other data"),
        ({"a": [[[1.0]]]}, "for 'a' in .*, found other data"),
        ({"a": []}, "for 'a' in .*, found other data"),
        ({"a": [[1.0]], "b": [[1.0, 2.0]]}, r"of one width in .*, found \[1, 2\]"),
    ],
)
def test_other_data_are_refused(tmp_path: Path, value: Any, message: str) -> None:
    """With what was found."""
    with pytest.raises(InputError, match=message):
        read_release(find_release(write(tmp_path / NAMES[0], value)))


def test_a_pickle_that_could_run_code_is_not_run(tmp_path: Path) -> None:
    """It is read as plain data or not at all."""
    path = write(tmp_path / NAMES[2], {"didemo/1.jpg": Path("x")})
    with pytest.raises(RawDataError, match="it was not run"):
        read_release((path,))
    path.write_bytes(pickle.dumps({"a": [1.0]})[:-3])
    with pytest.raises(RawDataError, match="whole pickle"):
        read_release((path,))


def test_a_folder_without_vectors_says_what_they_are_called(tmp_path: Path) -> None:
    """And so does a path where nothing is."""
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(MissingError, match=r"descriptions_vec_512\.pkl, flintstones_use"):
            find_release(path)


def test_captions_are_compared_without_case_and_spaces() -> None:
    """A reader lower-cases them."""
    assert plain("A  b\tC\n") == plain("a b c")
