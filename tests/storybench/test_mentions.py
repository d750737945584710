"""A caption names a character where the name stands as words of its own."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import InputError
from storybench.mentions import mentions

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PORORO = DATA / "pororoqa" / "descriptions.csv"
FLINTSTONES = DATA / "flintstones"

NAMES = ("Pororo", "Loopy", "Crong", "Eddy", "Poby", "Petty", "Tongtong", "Rody", "Harry")


def names_one(caption: str, name: str) -> bool:
    """Whether one caption names one character."""
    return mentions([caption], [name]) == (1,)


@pytest.mark.parametrize(
    "caption",
    ["Pororo runs", "pororo", "(PORORO)", "Pororo's ball", "the pororo-like bird", "a\nPororo"],
)
def test_a_word_in_any_case_names(caption: str) -> None:
    """Case, punctuation, possessives and line ends do not hide a name."""
    assert names_one(caption, "Pororo")


@pytest.mark.parametrize("caption", ["", "poporo", "Pororos", "_pororo_", "Popo", "He runs"])
def test_part_of_a_word_does_not(caption: str) -> None:
    """A longer word, an underscored one and a pronoun name nobody."""
    assert not names_one(caption, "Pororo")


@pytest.mark.parametrize("name", ["Mr Slate", "mr. slate", " Mr  Slate "])
@pytest.mark.parametrize(
    "caption",
    ["Mr Slate sits", "mr. slate", "MR.\n  SLATE'S office", "mr.slate", "with mr\tslate."],
)
def test_a_name_of_two_words_may_be_spaced_in_any_way(caption: str, name: str) -> None:
    """White space of any kind and the full stop of "mr." may stand or be left out."""
    assert names_one(caption, name)


@pytest.mark.parametrize("caption", ["mrslate", "mr and slate", "slate", "mr, slate", "mr slates"])
def test_two_words_are_two_words(caption: str) -> None:
    """One half of a name, or other words between, name nobody."""
    assert not names_one(caption, "Mr Slate")


def test_the_answer_is_over_all_captions_in_the_order_of_the_names() -> None:
    """One entry a character: 1 where any of the captions names it."""
    assert mentions(["Eddy waves.", "Poby and Loopy"], NAMES) == (0, 1, 0, 1, 1, 0, 0, 0, 0)
    assert mentions(iter(["Eddy", "Eddy"]), ["eddy", "EDDY", "Rody"]) == (1, 1, 0)
    assert mentions([], NAMES) == (0,) * 9
    assert mentions(["Eddy"], []) == ()


def test_a_name_is_text_and_no_pattern() -> None:
    """Signs in a name mean themselves."""
    assert names_one("meet C-3PO (again)", "C-3PO")
    assert names_one("a J.R. fan", "J.R.")
    assert not names_one("a JXR fan", "J.R")
    assert not names_one("anything", ".*x")


@pytest.mark.parametrize("name", ["", "  ", "...", "_", "Mr . Slate"])
def test_a_name_without_letters_is_refused(name: str) -> None:
    """A name that would match everywhere or nowhere is said to be none."""
    with pytest.raises(InputError, match="Expected the name of a character, found"):
        mentions(["a caption"], [name])


@given(st.text(), st.sampled_from(NAMES))
def test_any_caption_with_a_name_as_a_word_names_it(rest: str, name: str) -> None:
    """Whatever else the caption says."""
    assert names_one(f"{rest} {name.upper()}, {rest}", name)


@pytest.mark.skipif(not PORORO.is_file(), reason=f"no {PORORO}")
def test_pororo_oracle() -> None:
    """The real captions name each character in exactly the known number of clips.

    Measured on Kyung-Min/PororoQA@5599bd7:descriptions.csv.
    """
    clips: dict[tuple[str, str], list[str]] = defaultdict(list)
    with PORORO.open(newline="", encoding="utf-8") as file:
        for episode, number, caption in csv.reader(file):
            clips[episode, number].append(caption)
    found = {clip: mentions(captions, NAMES) for clip, captions in clips.items()}
    counts = [sum(column) for column in zip(*found.values(), strict=True)]
    assert counts == [6240, 3277, 4728, 4317, 3275, 2123, 958, 1469, 1992]
    assert sum(not any(labels) for labels in found.values()) == 1_754
    first = {clip: mentions(captions[:1], NAMES) for clip, captions in clips.items()}
    assert sum(first[clip] != found[clip] for clip in clips) == 172
    inside = {
        clip: tuple(int(name.lower() in " ".join(captions).lower()) for name in NAMES)
        for clip, captions in clips.items()
    }
    assert sum(inside[clip] != found[clip] for clip in clips) == 9


@pytest.mark.skipif(not FLINTSTONES.is_dir(), reason=f"no {FLINTSTONES}")
@pytest.mark.parametrize(("split", "expected"), [("val", 62), ("test", 47)])
def test_mr_slate_oracle(split: str, expected: int) -> None:
    """Both spellings of Mr Slate are one man; a piece of slate is none.

    The captions of FlintstonesSV_Plus_Plus@ffc9091; 63 and 49 of them say "slate".
    """
    captions = [row["text"] for row in json.loads((FLINTSTONES / f"{split}.json").read_bytes())]
    assert sum(names_one(caption, "Mr Slate") for caption in captions) == expected
    assert sum("slate" in caption.lower() for caption in captions) > expected
