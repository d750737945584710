"""Checkpoints on the disk to models that draw: the kind `storydalle` of `storybench.checkpoints`.

Three things are recognised: a folder that training wrote (or a run with such folders), a file of
the public training script, and minDALL-E's release, which has nothing for stories yet and is
refused with advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storymodels.storydalle.checkpoints.public import read_public
from storymodels.storydalle.checkpoints.saved import WEIGHTS, Saved, is_saved, read_model
from storymodels.storydalle.checkpoints.upstream import is_release, read_tensors
from storymodels.storydalle.drawing.generating import Generating, Settings
from storymodels.storydalle.drawing.options import DrawOptions
from storymodels.storydalle.inputs.codes import Codes
from storymodels.storydalle.inputs.reading import check_fit, given
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sentences.encoder import SentenceEncoder
from storymodels.storydalle.sentences.opening import expect_none, from_record
from storymodels.storydalle.tokenizer import Tokenizer

FILES = (".pth", ".pt", ".ckpt")
"""What files of the public training script end in."""

MARK = "stage2.tok_emb_txt.weight"
"""A tensor that every one of them has."""


class Checkpoints:
    """The kind of checkpoint that StoryDALL-E has."""

    def recognise(self, path: Path) -> str | None:
        """Why this is one, in half a sentence; None if it is not.

        Raises:
            InputError: a file that could be one is damaged or holds what is no tensor.
        """
        if path.is_dir():
            if is_saved(path):
                return "a StoryDALL-E as training writes it"
            return "minDALL-E's release" if is_release(path) else None
        if path.suffix in FILES and MARK in read_tensors(path):
            return "a StoryDALL-E of the public training script"
        return None

    def open(
        self, path: Path, options: Mapping[str, Any], *, data: Path | None = None
    ) -> Generating:
        """The model, ready to draw.

        Args:
            path: that was recognised.
            options: the fields of `DrawOptions` that were given.
            data: the build whose stories are drawn; sentence vectors of a release need it.

        Raises:
            MissingError: the tokenizer, the sentence encoder or the device is not there.
            InputError: an option does not fit, a file is damaged, or it has nothing for stories.
        """
        asked = DrawOptions.of(options)
        settings = asked.settings()
        return _generating(parts_of(path, asked, data), settings)


@dataclass(frozen=True)
class Parts:
    """A checkpoint that was read: its model, on the processor, and what reads captions for it.

    `described` says what it is, as JSON values.
    """

    model: StoryDalle
    tokenizer: Tokenizer
    sentences: SentenceEncoder | None
    described: Mapping[str, Any]


def parts_of(path: Path, asked: DrawOptions, data: Path | None) -> Parts:
    """Read a checkpoint; as `Checkpoints.open`, which makes it draw."""
    if is_release(path):
        raise _no_story("minDALL-E's release", path)
    if path.is_file():
        parts = _of_public(path, asked, data)
    elif is_saved(path):
        parts = _of_saved(read_model(path), asked, data)
    else:
        raise MissingError(
            f"Expected a StoryDALL-E in {path}: a training run, one of its checkpoints, or a file "
            "of the public training script; found none of them."
        )
    if parts.model.story_encoder is None and parts.model.retro is None:
        raise _no_story("one without story encoder and retro cross-attention", path)
    return parts


def _no_story(found: str, path: Path) -> InputError:
    return InputError(
        f"Expected a model that continues stories, found {found} in {path}, which draws single "
        "pictures. Tune it first: storybench train storydalle --help."
    )


def _of_saved(saved: Saved, asked: DrawOptions, data: Path | None) -> Parts:
    about = saved.about
    for name in ("mode", "tokenizer"):
        if getattr(asked, name) is not None:
            raise InputError(
                f"Expected --{name} with a file of the public training script alone, found it with "
                f"{saved.folder}, which has its own."
            )
    tokenizer = Tokenizer.read(saved.vocab, saved.merges, added=about.added)
    sentences = None
    if about.sentences is None:
        expect_none(asked.sentences, str(saved.folder))
    else:
        sentences = from_record(about.sentences, source=asked.sentences, stories=data)
    check_fit(about.size, tokenizer, sentences)
    described = {
        "checkpoint": "storybench",
        "preset": about.preset,
        "step": about.step,
        "data_digest": about.data_digest,
        "weights_sha256": sha256_file(saved.folder / WEIGHTS),
    }
    return Parts(saved.model, tokenizer, sentences, described)


def _of_public(path: Path, asked: DrawOptions, data: Path | None) -> Parts:
    mode = asked.mode or "paper"
    public = read_public(
        path, mode=mode, tokenizer=asked.tokenizer, sentences=asked.sentences, data=data
    )
    described = {
        "checkpoint": "public",
        "mode": mode,
        "retro": public.retro,
        "weights_sha256": sha256_file(path),
    }
    return Parts(public.model, public.tokenizer, public.sentences, described)


def _generating(parts: Parts, settings: Settings) -> Generating:
    model, tokenizer, sentences = parts.model, parts.tokenizer, parts.sentences
    give = partial(
        given,
        tokenizer=tokenizer,
        sentences=sentences,
        codes=Codes(model.vqgan.float(), batch=1),
        n_text=model.size.transformer.n_text,
        side=model.size.vqgan.side,
    )
    about = {
        **parts.described,
        "tokenizer_sha256": tokenizer.digest,
        "sentences": None if sentences is None else sentences.record(),
    }
    return Generating(model, give, settings, about)


CHECKPOINTS = Checkpoints()
