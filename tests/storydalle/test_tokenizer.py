"""Do captions become the tokens that minDALL-E was trained with, and are broken files refused?"""

from __future__ import annotations

import json
import pickle
import re
import string
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers.implementations.char_level_bpe import CharBPETokenizer

from storybench.errors import InputError, MissingError
from storymodels.storydalle.tokenizer import END_OF_WORD, FILES, PAD, UNKNOWN, Tokenizer

CAPTIONS = (
    "Pororo and Eddy play with a teddy bear, in the snow.",
    "Fred's car has 2 doors; Barney translates the late slate.",
    'Crong tells Harry a long story about the naïve fox – "really"?',
    "The woman starts to speak, then everybody eats bread and apples.",
) * 3

CHARACTERS = ("pororo", "loopy", "eddy", "harry", "poby", "tongtong", "crong", "rody", "petty")

LETTERS = st.sampled_from("aeiodrtylspPEDY '.,-!\t\n\u00a0\u200b\u0000é–中[]UNK")
WORDS = (*" ".join(CAPTIONS).split(), *CHARACTERS, "teddy", "EDDY", "[PAD]", "[UNK]")
TEXTS = st.text(LETTERS | st.characters(max_codepoint=255), max_size=40) | st.lists(
    st.sampled_from(WORDS)
).map(" ".join)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """One that knows a few words."""
    return Tokenizer.train(CAPTIONS, size=200)


@pytest.fixture(scope="module")
def folder(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files."""
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer.write(folder)
    return folder


def plain(caption: str, folder: Path, added: tuple[str, ...]) -> list[str]:
    """The pieces of a caption by the rules alone: nothing of the `tokenizers` package."""
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
    lines = (folder / "merges.txt").read_text("utf-8").splitlines()[1:]
    ranks = {tuple(line.split(" ")): rank for rank, line in enumerate(lines)}
    pieces: list[str] = []
    for segment in re.split(r"(\[PAD\]|\[UNK\])", caption):
        if segment in (PAD, UNKNOWN):
            pieces.append(segment)
            continue
        longest_first = sorted(added, key=len, reverse=True)
        for text in re.split(f"({'|'.join(longest_first)})" if added else "$^", cleaned(segment)):
            if text in added:
                pieces.append(text)
                continue
            pieces += [p for word in words(text) for p in merged(word, vocabulary, ranks)]
    return pieces


def cleaned(text: str) -> str:
    """Without control characters, every space plain, spaces around ideographs, lower case."""
    kept = [
        c
        for c in text
        if c in "\t\n\r" or not (c == "\ufffd" or unicodedata.category(c).startswith("C"))
    ]
    spaced = "".join(" " if c.isspace() else f" {c} " if "一" <= c <= "鿿" else c for c in kept)
    return "".join(c.lower() for c in spaced)


def words(text: str) -> list[str]:
    """Cut at spaces, with each punctuation mark on its own."""
    apart = "".join(
        f" {c} " if c in string.punctuation or unicodedata.category(c).startswith("P") else c
        for c in text
    )
    return apart.split()


def merged(word: str, vocabulary: dict[str, int], ranks: dict[tuple[str, ...], int]) -> list[str]:
    """The pair of lowest rank first, the leftmost of those; what is not known cannot merge."""
    parts = [*word[:-1], word[-1] + END_OF_WORD]
    parts = [part if part in vocabulary else UNKNOWN for part in parts]
    while True:
        pairs = [(ranks.get(pair, 10**9), k) for k, pair in enumerate(pairwise(parts))]
        rank, k = min(pairs, default=(10**9, 0))
        if rank == 10**9:
            return parts
        parts[k : k + 2] = [parts[k] + parts[k + 1]]


@settings(max_examples=150, deadline=None)
@given(caption=TEXTS, added=st.sampled_from([(), CHARACTERS, ("slate", "late", "fred")]))
def test_captions_are_cut_as_the_rules_say(
    folder: Path, caption: str, added: tuple[str, ...]
) -> None:
    """Written out in plain Python, without the package that does it here."""
    tokenizer = Tokenizer.in_folder(folder, added=added)
    assert tokenizer.pieces(caption) == plain(caption, folder, added)


@settings(max_examples=150, deadline=None)
@given(captions=st.lists(TEXTS, min_size=1, max_size=4), length=st.integers(1, 20))
def test_tokens_are_those_of_the_public_code(
    folder: Path, captions: list[str], length: int
) -> None:
    """As its lines set up the package's own `CharBPETokenizer`, padding and truncation."""
    theirs = CharBPETokenizer.from_file(
        str(folder / "vocab.json"), str(folder / "merges.txt"), unk_token=UNKNOWN, lowercase=True
    )
    theirs.add_special_tokens([PAD])
    pad = theirs.token_to_id(PAD)
    assert pad is not None
    theirs.enable_padding(length=length, pad_id=pad, pad_token=PAD)
    theirs.enable_truncation(max_length=length)
    theirs.add_tokens(list(CHARACTERS))
    ours = Tokenizer.in_folder(folder, added=CHARACTERS)
    found = ours.encode(captions, length)
    assert found.tolist() == [theirs.encode(caption).ids for caption in captions]
    assert ours.n_tokens == theirs.get_vocab_size()


def test_added_words_are_found_inside_others(tokenizer: Tokenizer, folder: Path) -> None:
    """They take the tokens behind the vocabulary, in their order."""
    with_names = Tokenizer.in_folder(folder, added=("eddy", "slate"))
    assert with_names.pieces("Teddy")[-1] == "eddy"
    assert with_names.pieces("translate")[-1] == "slate"
    n = tokenizer.n_tokens
    assert with_names.n_tokens == n + 2
    assert with_names.encode(["slate eddy"], 2).tolist() == [[n + 1, n]]
    assert with_names.added == ("eddy", "slate")
    assert with_names.digest != tokenizer.digest


def test_files_hold_no_added_words_and_are_what_the_package_writes(
    tokenizer: Tokenizer, folder: Path, tmp_path: Path
) -> None:
    """So whoever reads them adds the words again."""
    with_names = Tokenizer.in_folder(folder, added=CHARACTERS)
    with_names.write(tmp_path / "ours")
    CharBPETokenizer.from_file(
        str(folder / "vocab.json"), str(folder / "merges.txt"), unk_token=UNKNOWN, lowercase=True
    ).save_model(str(tmp_path))
    for name in FILES[1]:
        assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / name).read_bytes()
    again = Tokenizer.in_folder(tmp_path / "ours")
    assert again.digest == tokenizer.digest
    again.add(CHARACTERS)
    assert again.digest == with_names.digest


def test_a_released_folder_is_read_by_its_own_names(folder: Path, tmp_path: Path) -> None:
    """They go before those that training writes."""
    for ours, released in zip(FILES[1], FILES[0], strict=True):
        (tmp_path / released).write_bytes((folder / ours).read_bytes())
        (tmp_path / ours).write_text("damage")
    assert Tokenizer.in_folder(tmp_path).digest == Tokenizer.in_folder(folder).digest


def test_padding_is_read_from_the_vocabulary(folder: Path, tmp_path: Path) -> None:
    """Wherever its token stands."""
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
    last = len(vocabulary) - 1
    other = next(token for token, number in vocabulary.items() if number == last)
    vocabulary[other], vocabulary[PAD] = vocabulary[PAD], last
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_bytes((folder / "merges.txt").read_bytes())
    moved = Tokenizer.in_folder(tmp_path)
    assert moved.pad == last
    assert moved.encode(["", "snow snow snow"], 3)[0].tolist() == [last] * 3
    assert (moved.encode(["snow"], 70)[0, -60:] == last).all()


def test_training_is_deterministic_and_learns_frequent_words(tokenizer: Tokenizer) -> None:
    """A word that is in every caption is one token; the vocabulary keeps its bound."""
    assert {Tokenizer.train(CAPTIONS, size=200).digest for _ in range(5)} == {tokenizer.digest}
    assert tokenizer.n_tokens <= 200
    assert tokenizer.pieces("the") == ["the</w>"]
    small = Tokenizer.train(CAPTIONS, size=80)
    assert small.n_tokens == 80
    assert len(small.pieces(CAPTIONS[0])) > len(tokenizer.pieces(CAPTIONS[0]))
    with pytest.raises(InputError, match=r"vocabulary of 9 tokens, found \d+ needed"):
        Tokenizer.train(CAPTIONS, size=9)


def test_a_copy_in_another_process_is_the_same(folder: Path) -> None:
    """Loaders send it to their workers."""
    tokenizer = Tokenizer.in_folder(folder, added=CHARACTERS)
    copy = pickle.loads(pickle.dumps(tokenizer))
    assert torch.equal(copy.encode(CAPTIONS, 12), tokenizer.encode(CAPTIONS, 12))
    assert (copy.added, copy.digest) == (tokenizer.added, tokenizer.digest)


def test_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    """All, or one of the two."""
    with pytest.raises(MissingError, match=r"bpe-16k-vocab\.json and .* or vocab\.json and"):
        Tokenizer.in_folder(tmp_path)
    (tmp_path / "vocab.json").write_bytes((folder / "vocab.json").read_bytes())
    with pytest.raises(MissingError, match=r"merges .*merges\.txt, found none"):
        Tokenizer.in_folder(tmp_path)
    with pytest.raises(MissingError, match=r"none\.json, found none"):
        Tokenizer.read(tmp_path / "none.json", tmp_path / "merges.txt")


@pytest.mark.parametrize(
    ("vocab", "merges", "message"),
    [
        ("{", "", "Expected JSON"),
        ("[1]", "", "number for each token"),
        ('{"[PAD]": 0, "[UNK]": true}', "", "number for each token"),
        ('{"[PAD]": 0, "[UNK]": 2}', "", "numbered 0 to 1, found gaps"),
        ('{"[PAD]": 0, "a": 1}', "", r"found no \[UNK\]"),
        ('{"a": 0, "b": 1}', "", r"found no \[PAD\] and no \[UNK\]"),
        ('{"[PAD]": 0, "[UNK]": 1, "a": 2}', "a", r"two tokens to merge in line 2 .* 'a'"),
        ('{"[PAD]": 0, "[UNK]": 1, "a": 2}', "a a", r"Expected 'aa' of line 2 .* same folder"),
        ('{"[PAD]": 0, "[UNK]": 1, "a": 2}', "\udcff", "UTF-8"),
    ],
)  # fmt: skip
def test_damaged_files_are_refused_in_a_sentence(
    tmp_path: Path, vocab: str, merges: str, message: str
) -> None:
    """With what was expected and where."""
    (tmp_path / "vocab.json").write_text(vocab)
    data = f"#version: 0.2\n{merges}\n" if merges else "#version: 0.2\n"
    (tmp_path / "merges.txt").write_bytes(data.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=message):
        Tokenizer.in_folder(tmp_path)


def test_an_empty_word_cannot_be_added(folder: Path) -> None:
    """It would be found everywhere."""
    with pytest.raises(InputError, match="words to add"):
        Tokenizer.in_folder(folder, added=["eddy", " "])
