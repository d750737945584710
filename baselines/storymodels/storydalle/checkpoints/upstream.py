"""Public checkpoints: minDALL-E's release, and the files of StoryDALL-E's training script.

Both are torch files. They are read with `weights_only=True`, so nothing in them runs; what a size
can be told from is told from the tensors, never from a path, and every tensor must find its place.
Formats: kakaobrain/minDALL-E@e548007:dalle/models/__init__.py and
adymaharana/storydalle@132dd19:story-dalle/train_t2i.py:454-461.
"""

from __future__ import annotations

import argparse
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isqrt
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from storybench.errors import InputError, MissingError
from storymodels.storydalle.checkpoints.names import RETRO, Retro, from_official, official
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sizes import MINDALLE, Size, StorySize, TransformerSize, VqganSize
from storymodels.storydalle.switches import PAPER, Switches
from storymodels.storydalle.transformer import STD
from storymodels.training.state import diverged

STAGES = {"stage1.": "stage1_last.ckpt", "stage2.": "stage2_last.ckpt"}
"""The files of minDALL-E's release, and what their tensors are called in a whole model."""

POSITIONS = "stage2.pos_emb_img.weight"
"""A row for each code of a picture."""

STATES = ("model_state_dict", "state_dict")
"""Where the tensors stand in a file: of the training script, of Lightning."""

ALLOWED = (argparse.Namespace,)
"""Beside tensors and plain containers, what a file may hold: Lightning keeps its options so."""

BEGINNING = b"PK\x03\x04"
"""Of a torch file, which is a ZIP archive since version 1.6."""

HEAD_WIDTH = 64
"""Of the published sizes; no tensor tells it."""

N_GROUPS = MINDALLE.vqgan.n_groups
"""That a VQGAN's channels are normalised in; no tensor tells it either."""


@dataclass(frozen=True)
class Loaded:
    """A model with the weights of a checkpoint; `has_retro` says whether these were among them."""

    model: StoryDalle
    has_retro: bool


def is_release(path: Path) -> bool:
    """Whether a folder holds minDALL-E's release."""
    return all((path / name).is_file() for name in STAGES.values())


def load_mindalle(
    folder: Path,
    story: StorySize,
    *,
    n_words: int = 0,
    switches: Switches = PAPER,
    head_width: int = HEAD_WIDTH,
) -> StoryDalle:
    """The pretrained transformer and VQGAN, with new parts for stories and `n_words` new words.

    Args:
        folder: with `stage1_last.ckpt` and `stage2_last.ckpt`.
        story: what is added.
        n_words: rows added to the text embedding and the text head, for names of characters.
        switches: where to differ from the paper.
        head_width: of the attention heads.

    Raises:
        MissingError: a file is not there.
        InputError: a file is no torch file, holds something else, or tensors don't fit together or
            are no numbers.
    """
    public = {
        f"{stage}{name}": tensor
        for stage, file in STAGES.items()
        for name, tensor in read_tensors(folder / file).items()
    }
    size = replace(size_of(public, name=str(folder), head_width=head_width), story=story)
    model = StoryDalle(size, switches)
    parts = ("vqgan.", "transformer.")
    wanted = {name: t for name, t in model.state_dict().items() if name.startswith(parts)}
    model.load_state_dict(_ours(public, wanted, name=str(folder)), strict=False)
    if n_words:
        add_words(model, n_words)
    return model


def load_storydalle(
    path: Path, *, switches: Switches = PAPER, head_width: int = HEAD_WIDTH
) -> Loaded:
    """A StoryDALL-E as its training script saves it.

    The public ones have no retro cross-attention; then it is built new. One that has any of it must
    have all of it.

    Raises:
        MissingError: the file is not there.
        InputError: it is no torch file, holds something else, or tensors don't fit together or are
            no numbers.
    """
    public = read_tensors(path)
    has_retro = any(name.startswith(RETRO) for name in public)
    size = size_of(public, name=str(path), head_width=head_width)
    model = StoryDalle(size, switches)
    retro: Retro = "needed" if has_retro else "may be missing"
    found = _ours(public, model.state_dict(), name=str(path), retro=retro)
    model.load_state_dict(found, strict=has_retro)
    return Loaded(model, has_retro)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name, left on the disk until they are used.

    Raises:
        MissingError: the file is not there.
        InputError: it is no torch file, or holds things beside tensors that are not in `ALLOWED`.
    """
    try:
        with torch.serialization.safe_globals(list(ALLOWED)):
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except FileNotFoundError as error:
        raise MissingError(f"Expected the checkpoint {path}, found none.") from error
    except pickle.UnpicklingError as error:
        raise InputError(_refused(path, str(error))) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise InputError(_unread(path)) from error
    for key in STATES:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not _is_state(found):
        raise InputError(
            f"Expected dense tensors by name in {path}, bare or under {' or '.join(STATES)}, found "
            "something else."
        )
    return dict(found)


def size_of(public: Mapping[str, Tensor], *, name: str, head_width: int = HEAD_WIDTH) -> Size:
    """The size that the tensors of a checkpoint were made for.

    Raises:
        InputError: a tensor that tells it is missing, or of a shape that tells none; `name` is that
            of the checkpoint.
    """
    found = _Named(public, name)
    return Size(_vqgan_size(found), _transformer_size(found, head_width), _story_size(found))


def add_words(model: StoryDalle, n_words: int) -> None:
    """Give the text vocabulary new rows at its end; the others stay as they are."""
    transformer = model.transformer
    n_before, width = transformer.text_tokens.weight.shape
    embedding = nn.Embedding(n_before + n_words, width)
    head = nn.Linear(width, n_before + n_words, bias=False)
    with torch.no_grad():
        for new, old in ((embedding, transformer.text_tokens), (head, transformer.text_head)):
            nn.init.normal_(new.weight, std=STD)
            new.weight[:n_before] = old.weight
    transformer.text_tokens, transformer.text_head = embedding, head
    transformer.size = replace(transformer.size, text_vocabulary=n_before + n_words)
    model.size = replace(model.size, transformer=transformer.size)


class _Named:
    """The shapes of a checkpoint's tensors.

    Raises:
        InputError: there is no tensor of the name that is asked for, or it has another shape.
    """

    def __init__(self, public: Mapping[str, Tensor], name: str) -> None:
        self._public, self._name = public, name

    def __contains__(self, tensor: str) -> bool:
        return tensor in self._public

    def matrix(self, tensor: str, *, of: int = 1) -> tuple[int, int]:
        """Rows and columns of a matrix; the columns come in groups of `of`."""
        n_rows, n_columns = self._shape(tensor, 2, "a matrix that is not empty")
        if n_columns % of:
            raise self.odd(tensor, f"a matrix with a multiple of {of} columns")
        return n_rows, n_columns

    def channels(self, convolution: str, *, of: int = 1) -> int:
        """What a convolution gives, in groups of `of`."""
        n_channels = self._shape(convolution, 4, "a convolution that is not empty")[0]
        if n_channels % of:
            raise self.odd(convolution, f"a convolution to a multiple of {of} channels")
        return n_channels

    def odd(self, tensor: str, wanted: str) -> InputError:
        """What says that a tensor has another shape than was wanted."""
        found = " x ".join(map(str, self._public[tensor].shape)) or "a single number"
        return self._lacking(f"{wanted} as the tensor {tensor}", found)

    def _shape(self, tensor: str, rank: int, wanted: str) -> torch.Size:
        if tensor not in self._public:
            raise self._lacking(f"the tensor {tensor}", "none of that name")
        shape = self._public[tensor].shape
        if len(shape) != rank or 0 in shape:
            raise self.odd(tensor, wanted)
        return shape

    def highest(self, begins: str, ends: str = ".") -> int:
        """The highest number that stands between these in the names of tensors."""
        pattern = re.compile(rf"{re.escape(begins)}(\d+){re.escape(ends)}")
        numbers = [int(match[1]) for name in self._public if (match := pattern.match(name))]
        if not numbers:
            raise self._lacking(f"tensors with names like {begins}0{ends}…", "none")
        return max(numbers)

    def _lacking(self, what: str, found: str) -> InputError:
        return InputError(
            f"Expected {what} in {self._name}, found {found}. Is it a checkpoint of minDALL-E or "
            "StoryDALL-E?"
        )


def _ours(
    public: Mapping[str, Tensor],
    wanted: Mapping[str, Tensor],
    *,
    name: str,
    retro: Retro = "needed",
) -> dict[str, Tensor]:
    """The tensors of a checkpoint under our names, see `from_official`; those used are numbers."""
    found = from_official(public, wanted, retro=retro)
    used = {part: public[part] for ours in found for part in official(ours)}
    if (bad := diverged(used)) is not None:
        raise InputError(
            f"Expected weights that are numbers in {name}, found {bad} diverged. Fetch it again, "
            "or choose another checkpoint."
        )
    return found


def _vqgan_size(public: _Named) -> VqganSize:
    channels = public.channels("stage1.encoder.conv_in.weight", of=N_GROUPS)
    n_levels = 1 + public.highest("stage1.encoder.down.")
    blocks = [f"stage1.encoder.down.{k}.block.0.conv2.weight" for k in range(n_levels)]
    side = _grid(public) << (n_levels - 1)
    attended = public.highest("stage1.encoder.down.", ".attn.")
    n_codes, code_width = public.matrix("stage1.quantize.embedding.weight")
    return VqganSize(
        side=side,
        channels=channels,
        widths=tuple(public.channels(block, of=channels) // channels for block in blocks),
        n_blocks=1 + public.highest("stage1.encoder.down.0.block."),
        attention_side=side >> attended,
        latent_width=public.channels("stage1.encoder.conv_out.weight"),
        code_width=code_width,
        n_codes=n_codes,
    )


def _grid(public: _Named) -> int:
    """Codes along a side of the picture, each of which has a position."""
    n_positions, _ = public.matrix(POSITIONS)
    grid = isqrt(n_positions)
    if grid * grid != n_positions:
        raise public.odd(POSITIONS, "a matrix with n x n rows, one for each code of a picture,")
    return grid


def _transformer_size(public: _Named, head_width: int) -> TransformerSize:
    text_vocabulary, width = public.matrix("stage2.tok_emb_txt.weight", of=head_width)
    return TransformerSize(
        width=width,
        n_layers=1 + public.highest("stage2.blocks."),
        n_heads=width // head_width,
        n_text=public.matrix("stage2.pos_emb_txt.weight")[0],
        n_codes=public.matrix(POSITIONS)[0],
        text_vocabulary=text_vocabulary,
        image_vocabulary=public.matrix("stage2.tok_emb_img.weight")[0],
    )


def _story_size(public: _Named) -> StorySize:
    """What was added; the number of target frames is no size of a tensor, and stays 4."""
    sentences, prompts = "story_linear.weight", "wte.weight"
    return StorySize(
        n_targets=4,
        sentence_width=public.matrix(sentences)[1] if sentences in public else 0,
        n_prompts=public.matrix(prompts)[0] if prompts in public else 0,
        has_retro=True,
    )


def _is_state(found: Any) -> bool:
    return isinstance(found, Mapping) and all(
        isinstance(name, str) and isinstance(tensor, Tensor) and tensor.layout == torch.strided
        for name, tensor in found.items()
    )


def _unread(path: Path) -> str:
    if path.is_dir():
        return f"Expected a torch file, such as 20.pth, at {path}, found a folder."
    with path.open("rb") as file:
        is_torch = file.read(len(BEGINNING)) == BEGINNING
    if not is_torch:
        return f"Expected a torch file, such as 20.pth, at {path}, found another kind of file."
    return f"Expected a whole torch file at {path}, found a damaged one. Fetch it again."


def _refused(path: Path, why: str) -> str:
    named = re.search(r"GLOBAL ([\w.]+)", why)
    what = f"{named[1]}, which is no tensor" if named else "what is no tensor"
    return (
        f"Expected tensors and plain containers alone in {path}, found {what}: it was not read, "
        "since opening it could run code. Save its state_dict by itself where you trust it."
    )
