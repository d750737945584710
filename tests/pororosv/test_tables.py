"""Captions, labels and counts, in every form that a release may give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.pororosv.names import Clip
from storydata.pororosv.tables import (
    caption_rows,
    caption_table,
    counter_table,
    label_table,
    read_captions,
    read_labels,
)
from tests.pororosv.releases import clip_id, clips, labels, save_object, write_tables

ID = "Pororo_Rescue/Pororo_Rescue_ep1/3"
CLIP = Clip("Pororo_Rescue_ep1", 3)


def kind(value: object) -> str:
    """The name of a case: a number of 100,000 bits has no shorter one."""
    return type(value).__name__


def rows(tmp_path: Path, text: str) -> RawFile:
    """A table of captions."""
    path = tmp_path / "descriptions.csv"
    path.write_text(text, "utf-8")
    return RawFile(path.name, str(path))


def test_both_caption_files_say_the_same(tmp_path: Path) -> None:
    """The rows and the dictionary made of them give the same captions in the same order."""
    write_tables(tmp_path)
    read = [
        read_captions(RawFile(name, str(tmp_path / name))).entries
        for name in ("descriptions.npy", "descriptions.csv")
    ]
    assert read[0] == read[1]
    assert len(read[0]) == len(clips())
    assert read[0][Clip("Pororo_Rescue_ep1", 2)] == (
        "Pororo sees Loopy, number 2 of Pororo_Rescue_ep1.",
        "Crong is here 2",
        "Eddy and Poby 2.",
    )


@pytest.mark.parametrize(
    "value",
    [
        ["one", " two\n"],
        ("one", "two"),
        [b"one", b"two"],
        np.array(["one", "two"]),
        np.array([b"one", b"two"]),
        np.array(["one", "two"], object),
        ["", "one", " \t", "two"],
    ],
)
def test_captions_come_in_many_forms(value: Any) -> None:
    """Lists, tuples and arrays of text or bytes; blank ones are left out."""
    assert caption_table({ID: value}, "d").entries == {CLIP: ("one", "two")}


def test_a_single_text_is_one_caption() -> None:
    """A dictionary straight to text has one caption a clip."""
    assert caption_table({ID: "one"}, "d").entries == {CLIP: ("one",)}


def test_a_line_end_becomes_a_space() -> None:
    """P10: AR-LDM deletes it and joins words (ARLDM data_script/pororo_hdf5.py:40)."""
    assert caption_table({ID: ["the sea\nover"]}, "d").entries[CLIP] == ("the sea over",)


def test_keys_that_name_no_clip_are_handed_back() -> None:
    """They are not used, and not forgotten."""
    table = caption_table({ID: ["one"], "masks/1": ["x"], 7: ["y"]}, "d")
    assert table.entries == {CLIP: ("one",)}
    assert table.strays == ("'masks/1'", "7")


def test_rows_may_name_the_series_or_not(tmp_path: Path) -> None:
    """PororoQA has the episode alone; a caption with quotes, commas and line ends is one field."""
    text = (
        "Pororo_Rescue_ep1,3,first\n"
        'Pororo_Rescue/Pororo_Rescue_ep1/, 3 ,"a ""b"",\nc"\n'
        "episode,n,caption\n"
    )
    table = caption_rows(rows(tmp_path, text))
    assert table.entries == {CLIP: ("first", 'a "b", c')}
    assert table.strays == ("'episode,n' in line 4",)


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.0", "99999", "²", "9" * 5000, ""])
def test_a_row_without_a_number_names_no_clip(tmp_path: Path, number: str) -> None:
    """Numbers are whole, from 1, and below 10,000."""
    text = f"Pororo_Rescue_ep1,3,good\nPororo_Rescue_ep1,{number},bad\n"
    table = caption_rows(rows(tmp_path, text))
    assert list(table.entries) == [CLIP]
    assert len(table.strays) == 1


def test_a_table_of_two_columns_is_refused_by_line(tmp_path: Path) -> None:
    """The kit's sentence names the line."""
    with pytest.raises(RawDataError, match=r"3 columns in .* at line 2, found 2"):
        caption_rows(rows(tmp_path, "Pororo_Rescue_ep1,3,good\nPororo_Rescue_ep1,4\n"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, 2], "a dictionary by clip in d, found a list of 2"),
        (
            {"s_01_e_01_shot_000055_000129": ["x"]},
            "keys like <series>/<episode>/<n> in d, .* 's_01",
        ),
        ({ID: ["x", 3]}, f"captions as a list of texts at '{ID}' in d, found 3"),
        ({ID: None}, "captions as a list of texts .* found None"),
        ({ID: ["\ud800"]}, "captions as a list of texts .* found "),
        ({ID: ["a"], f"/{ID}": ["b"]}, "every clip once in d, found .* under two keys"),
    ],
)
def test_other_captions_are_refused_by_name(value: Any, message: str) -> None:
    """A table of another kind, or an entry that is no text, is named."""
    with pytest.raises(RawDataError, match=message):
        caption_table(value, "d")


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.bool_])
def test_labels_of_any_number_type(tmp_path: Path, dtype: Any) -> None:
    """The type of the real ones is unknown: every number type that holds 0 and 1 will do."""
    save_object(tmp_path / "labels.npy", {clip_id("Pororo_Rescue_ep1", 4): labels(4, dtype)})
    table = read_labels(RawFile("labels.npy", str(tmp_path / "labels.npy")), 9)
    assert table.entries == {Clip("Pororo_Rescue_ep1", 4): (0, 0, 1, 0, 0, 0, 0, 0, 1)}


def test_labels_in_a_list() -> None:
    """As Flintstones has them."""
    assert label_table({ID: [0, 1, True]}, "l", 3).entries == {CLIP: (0, 1, 1)}


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(8),
        np.zeros((1, 9)),
        np.full(9, np.nan),
        np.full(9, 2),
        np.full(9, -1),
        np.full(9, 0.5),
        np.full(9, "1"),
        np.full(9, None),
        [0] * 8 + [1 << 99_999],
        [0] * 8 + [1j],
        "000000000",
        3,
        None,
    ],
    ids=kind,
)
def test_other_labels_are_refused_by_clip(value: Any) -> None:
    """Another number of labels, NaN, or what is neither 0 nor 1."""
    with pytest.raises(RawDataError, match=f"9 labels of 0 or 1 at '{ID}' in labels.npy, found"):
        label_table({ID: value}, "labels.npy", 9)


def test_counts_under_every_spelling() -> None:
    """The slash at the end of the key is there or not (P4)."""
    value = {"Pororo_A/Pororo_A_ep1/": 12, b"/Pororo_A/Pororo_A_ep2": np.int64(7)}
    assert counter_table(value, "c").entries == {"Pororo_A_ep1": 12, "Pororo_A_ep2": 7}


@pytest.mark.parametrize(
    "count", [-1, 10_000, 1 << 99_999, 1.5, True, "12", None, np.zeros(2)], ids=kind
)
def test_other_counts_are_refused_by_episode(count: Any) -> None:
    """A count that no episode can have would make stories of nothing."""
    with pytest.raises(RawDataError, match="a whole number of clips from 0 to 9,999 at 'Pororo_A"):
        counter_table({"Pororo_A/Pororo_A_ep1/": count}, "frames_counter.npy")
