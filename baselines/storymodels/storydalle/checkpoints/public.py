"""A file of the public training script, with what it needs beside its weights.

The tokenizer is looked for beside it, with the names of characters that its vocabulary has room
for; what the sentence embeddings were no tensor tells, so that is asked for. The file lacks the
retro cross-attention: as the paper has it the model then draws without one, which is untrained
anyway; as the public code has it one is drawn from the seed of that code (`replay`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storybench.errors import InputError, MissingError
from storymodels.storydalle.checkpoints.replay import SEED, replayed
from storymodels.storydalle.checkpoints.upstream import load_storydalle
from storymodels.storydalle.inputs.reading import check_fit
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.presets import WORDS
from storymodels.storydalle.sentences.encoder import SentenceEncoder
from storymodels.storydalle.sentences.opening import encoder_of, expect_none
from storymodels.storydalle.switches import PAPER, RELEASED
from storymodels.storydalle.tokenizer import Tokenizer

MODES = {"paper": PAPER, "released": RELEASED}
"""How such a file is taken."""

CHARACTERS = {len(words): words for words in ((), *WORDS.values())}
"""The words that public training added to the tokenizer, by how many they are."""


@dataclass(frozen=True)
class Public:
    """A public model ready to draw, on the processor.

    `retro` says what its retro cross-attention is, in words; `is_whole` whether the file had it.
    """

    model: StoryDalle
    tokenizer: Tokenizer
    sentences: SentenceEncoder | None
    retro: str
    is_whole: bool


def read_public(
    path: Path,
    *,
    mode: str = "paper",
    tokenizer: Path | None = None,
    sentences: str | None = None,
    data: Path | None = None,
) -> Public:
    """Read a file of the public training script.

    Args:
        path: the file.
        mode: "paper" or "released".
        tokenizer: the folder of the tokenizer's files, if it is not that of the file.
        sentences: as `sentences.opening.encoder_of` takes it.
        data: the build that vectors of a release are of.

    Raises:
        MissingError: the file, its tokenizer or its sentence embeddings are not there.
        InputError: it is damaged, or they don't fit it.
    """
    loaded = load_storydalle(path, switches=MODES[mode])
    model, size, retro = loaded.model.eval(), loaded.model.size, "of the file"
    if not loaded.has_retro and mode == "paper":
        model.retro, retro = None, "none: the file has none"
    elif not loaded.has_retro:
        assert model.retro is not None
        model.retro.load_state_dict(replayed(size))
        retro = f"drawn from seed {SEED}, as the public code does"
    words = _tokenizer(path, tokenizer or path.parent, size.transformer.text_vocabulary)
    encoder = None
    if size.story.sentence_width:
        encoder = encoder_of(_named(path, sentences, size.story.sentence_width), data)
    else:
        expect_none(sentences, str(path))
    check_fit(size, words, encoder)
    return Public(model, words, encoder, retro, is_whole=loaded.has_retro)


def add_trained(tokenizer: Tokenizer, n_tokens: int, folder: Path) -> None:
    """Add the names of characters that public training added, told by how many tokens there are.

    Args:
        tokenizer: as its files have it, without added words.
        n_tokens: that the model has.
        folder: where the tokenizer was read, for the error.

    Raises:
        InputError: no public training added so many.
    """
    n_added = n_tokens - tokenizer.n_tokens
    if n_added not in CHARACTERS:
        raise InputError(
            f"Expected a tokenizer of {n_tokens:,} tokens in {folder}, or fewer by the names of "
            f"characters ({' or '.join(map(str, CHARACTERS))}), found one of "
            f"{tokenizer.n_tokens:,}. Is it that of another model?"
        )
    tokenizer.add(CHARACTERS[n_added])


def _tokenizer(path: Path, folder: Path, n_tokens: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.in_folder(folder)
    except MissingError as error:
        raise MissingError(
            f"{error} {path.name} needs the tokenizer of minDALL-E's release: say where with "
            "--tokenizer FOLDER."
        ) from error
    add_trained(tokenizer, n_tokens, folder)
    return tokenizer


def _named(path: Path, sentences: str | None, width: int) -> str:
    if sentences is None:
        raise MissingError(
            f"Expected the sentence embeddings that {path.name} was trained with ({width} numbers "
            "a caption), found none named. Say where the vectors of the release lie, with "
            "--sentences."
        )
    return sentences
