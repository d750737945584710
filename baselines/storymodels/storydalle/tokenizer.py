"""Captions to tokens: the byte-pair encoding of minDALL-E, read from its files or trained anew.

What `CharBPETokenizer` of the `tokenizers` package does with `lowercase=True`, put together here
from that package's parts (adymaharana/storydalle@132dd19:story-dalle/dalle/models/tokenizer.py). A
caption is cleaned as BERT does (control characters out, accents kept), lower-cased and cut at
spaces and punctuation; characters of a word are merged by rank, its last one ending in `</w>`.

Names of characters can be added. They are found inside words too, so with "eddy" the word "teddy"
becomes "t</w>" and "eddy": that is how the public checkpoints were trained. The files hold no added
words; whoever saves a model keeps `added` beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer as Pipeline
from tokenizers import models, normalizers, pre_tokenizers, trainers
from torch import Tensor

from storybench.errors import InputError, MissingError
from storybench.files import read_json, sha256_json, write_atomic

PAD, UNKNOWN, END_OF_WORD = "[PAD]", "[UNK]", "</w>"

FILES = (("bpe-16k-vocab.json", "bpe-16k-merges.txt"), ("vocab.json", "merges.txt"))
"""What a folder calls vocabulary and merges: minDALL-E's release, and what training writes."""

HEAD = "#version: 0.2"
"""First line of a file of merges."""

Merges = list[tuple[str, str]]


class Tokenizer:
    """A vocabulary with its merges, and words that were added to it.

    `read`, `in_folder` and `train` make one. Safe to pickle.

    Attributes:
        added: the words that were added, in the order of their tokens.
        pad: the token that fills a caption up.
    """

    def __init__(self, vocabulary: dict[str, int], merges: Merges) -> None:
        self._vocabulary, self._merges = vocabulary, merges
        self.added: tuple[str, ...] = ()
        self.pad = vocabulary[PAD]
        model = models.BPE(
            vocabulary, merges, unk_token=UNKNOWN, end_of_word_suffix=END_OF_WORD, fuse_unk=False
        )
        self._pipeline = _pipeline(model)

    @classmethod
    def read(cls, vocab: Path, merges: Path, *, added: Iterable[str] = ()) -> Tokenizer:
        """The tokenizer of a vocabulary (JSON) and its merges (text), with words added to it.

        Raises:
            MissingError: a file is not there.
            InputError: one is damaged, or they don't belong together.
        """
        vocabulary = _checked_vocabulary(read_json(vocab), vocab)
        tokenizer = cls(vocabulary, _read_merges(merges, vocabulary))
        tokenizer.add(added)
        return tokenizer

    @classmethod
    def in_folder(cls, folder: Path, *, added: Iterable[str] = ()) -> Tokenizer:
        """As `read`, of the files that a folder holds under one of the names in `FILES`.

        Raises:
            MissingError: it holds none.
            InputError: as for `read`.
        """
        for names in FILES:
            vocab, merges = (folder / name for name in names)
            if vocab.exists() or merges.exists():
                return cls.read(vocab, merges, added=added)
        known = " or ".join(" and ".join(names) for names in FILES)
        raise MissingError(f"Expected the tokenizer's files {known} in {folder}, found neither.")

    @classmethod
    def train(cls, captions: Iterable[str], *, size: int, min_count: int = 2) -> Tokenizer:
        """Learn a vocabulary of at most `size` tokens, of pairs that occur `min_count` times.

        The same captions in the same order give the same tokenizer.

        Raises:
            InputError: `size` has no room for the characters of the captions.
        """
        captions = list(captions)
        pipeline = _pipeline(models.BPE(unk_token=UNKNOWN, end_of_word_suffix=END_OF_WORD))
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=min_count,
            special_tokens=[PAD, UNKNOWN, *_endings(pipeline, captions)],
            end_of_word_suffix=END_OF_WORD,
            show_progress=False,
        )
        pipeline.train_from_iterator(captions, trainer)
        learned: dict[str, Any] = json.loads(pipeline.to_str())["model"]
        if len(learned["vocab"]) > size:
            raise InputError(
                f"Expected a vocabulary of {size:,} tokens, found {len(learned['vocab']):,} needed "
                "for the characters of the captions alone. Ask for more."
            )
        return cls(learned["vocab"], [(a, b) for a, b in learned["merges"]])

    @property
    def n_tokens(self) -> int:
        """How many tokens there are, with those of added words."""
        return self._pipeline.get_vocab_size()

    @cached_property
    def _state(self) -> str:
        return sha256_json([self._vocabulary, self._merges])

    @property
    def digest(self) -> str:
        """SHA-256 of vocabulary, merges and added words: equal if captions become the same."""
        return sha256_json([self._state, self.added])

    def add(self, words: Iterable[str]) -> None:
        """Give words, such as names of characters, a token each, behind those there are.

        A word that is a token already keeps it.

        Raises:
            InputError: a word is empty.
        """
        words = tuple(words)
        if not all(word.strip() for word in words):
            raise InputError(f"Expected words to add to the tokenizer, found {list(words)}.")
        new = tuple(word for word in dict.fromkeys(words) if word not in self.added)
        self._pipeline.add_tokens(list(new))
        self.added += new

    def encode(self, captions: Sequence[str], length: int) -> Tensor:
        """The tokens of captions, int64 (n, length): cut to `length` or padded at the right."""
        rows = [self._ids(caption)[:length] for caption in captions]
        tokens = torch.full((len(rows), length), self.pad, dtype=torch.int64)
        for row, ids in zip(tokens, rows, strict=True):
            row[: len(ids)] = torch.tensor(ids, dtype=torch.int64)
        return tokens

    def pieces(self, caption: str) -> list[str]:
        """The tokens of a caption as text, neither cut nor padded."""
        return self._pipeline.encode(caption).tokens

    def write(self, folder: Path) -> None:
        """Write `vocab.json` and `merges.txt` as the `tokenizers` package does.

        Raises:
            NoSpaceError: the disk is full.
        """
        by_token = dict(sorted(self._vocabulary.items(), key=lambda item: item[1]))
        vocab = json.dumps(by_token, ensure_ascii=False, separators=(",", ":"))
        lines = [HEAD, *(f"{a} {b}" for a, b in self._merges)]
        write_atomic(folder / FILES[1][0], vocab.encode())
        write_atomic(folder / FILES[1][1], "".join(f"{line}\n" for line in lines).encode())

    def _ids(self, caption: str) -> list[int]:
        return self._pipeline.encode(caption).ids


def _pipeline(model: models.BPE) -> Pipeline:
    """Cleaning, cutting and merging; one caption at a time it starts no threads."""
    pipeline = Pipeline(model)
    pipeline.normalizer = normalizers.Sequence(
        [normalizers.BertNormalizer(lowercase=False), normalizers.Lowercase()]
    )
    pipeline.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = [token for token in (UNKNOWN, PAD) if model.token_to_id(token) is not None]
    pipeline.add_special_tokens(special)
    return pipeline


def _endings(pipeline: Pipeline, captions: Iterable[str]) -> list[str]:
    """The last characters of all words, sorted; left to itself the trainer numbers them by chance.

    Numbers decide between pairs that are equally frequent.
    """
    normalizer, cutter = pipeline.normalizer, pipeline.pre_tokenizer
    assert normalizer is not None
    assert cutter is not None
    cleaned = map(normalizer.normalize_str, captions)
    return sorted(
        {word[-1] + END_OF_WORD for text in cleaned for word, _ in cutter.pre_tokenize_str(text)}
    )


def _checked_vocabulary(found: Any, path: Path) -> dict[str, int]:
    """A vocabulary as it was read, if its tokens are numbered and fill up captions."""
    if not isinstance(found, dict) or not all(type(token) is int for token in found.values()):
        raise InputError(f"Expected a number for each token in {path}, found something else.")
    if sorted(found.values()) != list(range(len(found))):
        raise InputError(
            f"Expected the tokens in {path} to be numbered 0 to {len(found) - 1:,}, found gaps or "
            "repeats. Is it a whole vocabulary?"
        )
    missing = [token for token in (PAD, UNKNOWN) if token not in found]
    if missing:
        raise InputError(
            f"Expected the tokens {PAD} and {UNKNOWN} in {path}, found no "
            f"{' and no '.join(missing)}. Is it the vocabulary of a StoryDALL-E or minDALL-E?"
        )
    return found


def _read_merges(path: Path, vocabulary: dict[str, int]) -> Merges:
    try:
        lines = path.read_text("utf-8").removesuffix("\n").split("\n")
    except FileNotFoundError as error:
        raise MissingError(f"Expected the merges {path}, found none.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"Expected text in UTF-8 in {path}, found other bytes.") from error
    return [
        _pair(line, vocabulary, f"line {number} of {path}")
        for number, line in enumerate(lines, start=1)
        if not line.startswith("#version")
    ]


def _pair(line: str, vocabulary: dict[str, int], where: str) -> tuple[str, str]:
    a, *others = line.split(" ")
    if len(others) != 1:
        raise InputError(f"Expected two tokens to merge in {where}, found {line[:60]!r}.")
    (b,) = others
    for token in (a, b, a + b):
        if token not in vocabulary:
            raise InputError(
                f"Expected {token[:60]!r} of {where} in the vocabulary, found no such token. Do "
                "vocabulary and merges come from the same folder?"
            )
    return a, b
