"""A model on disk, in a folder of its own: what it is as JSON, its weights, its tokenizer.

::

    model.json               size, switches, preset, sentence encoder, data digest, step
    model.safetensors        the weights, by our names
    vocab.json merges.txt    the tokenizer; words that were added stand in model.json

A folder appears by rename, so it is whole or absent, and nothing in it is ever run. Training writes
the same files beside its own: `write_about` is for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from pydantic import AfterValidator, BaseModel, ConfigDict, NonNegativeInt, TypeAdapter
from safetensors import SafetensorError, safe_open
from torch import Tensor

from storybench.errors import InputError, MissingError
from storybench.files import space_guard, write_json
from storybench.schema import validated_json
from storybench.staging import appearing
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sentences.encoder import SentenceEncoder
from storymodels.storydalle.sizes import Size
from storymodels.storydalle.switches import Switches
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.training.folder import CHECKPOINTS, WEIGHTS, expect_as_written, newest
from storymodels.training.state import diverged, expect_shapes, gathered, shapes_of, write_tensors

ABOUT, VOCAB, MERGES = "model.json", "vocab.json", "merges.txt"

ANOTHER = f"Is {ABOUT} beside it that of another model?"
"""What to ask where weights are not those of the size that is said."""

MOST = 1_000_000
"""No number of a size is larger; a file that says otherwise is not tried."""

DEEPEST = 1_000
"""Nor has any network more layers."""


def _sensible(size: Size) -> Size:
    """A size that can be built.

    Raises:
        ValueError: it cannot.
    """
    vqgan, transformer, story = size.vqgan, size.transformer, size.story
    counts = [
        *(getattr(vqgan, name) for name in vqgan.__slots__ if name != "widths"),
        *vqgan.widths,
        *(getattr(transformer, name) for name in transformer.__slots__),
        story.n_targets,
    ]
    others = (story.sentence_width, story.n_prompts)
    if not all(0 < n <= MOST for n in counts) or not all(0 <= n <= MOST for n in others):
        raise ValueError(f"should have every number above 0 and at most {MOST:,}")
    if max(transformer.n_layers, vqgan.n_blocks, len(vqgan.widths)) > DEEPEST:
        raise ValueError(f"should have no network of more than {DEEPEST:,} layers")
    if transformer.width % transformer.n_heads:
        raise ValueError("should have a width of the transformer that its heads divide")
    if vqgan.channels % vqgan.n_groups:
        raise ValueError("should have channels of the VQGAN that its groups divide")
    if transformer.n_codes != vqgan.grid**2:
        raise ValueError("should have as many codes in the transformer as in the VQGAN's grid")
    return size


class About(BaseModel):
    """`model.json`.

    `preset` is what the model was made as. `sentences` is the record of the sentence encoder, None
    without a story encoder; `added` are the words that the tokenizer's files lack. `data_digest` is
    that of the shards that it learned from, None where it learned from none; `step` counts steps.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_version: Literal[1] = 1
    model: Literal["storydalle"] = "storydalle"
    size: Annotated[Size, AfterValidator(_sensible)]
    switches: Switches
    preset: str
    sentences: dict[str, Any] | None
    added: tuple[str, ...] = ()
    data_digest: str | None
    step: NonNegativeInt


@dataclass(frozen=True)
class Saved:
    """A model that was read, on the processor and in evaluation mode, and where it was read."""

    folder: Path
    about: About
    model: StoryDalle

    @property
    def vocab(self) -> Path:
        """The tokenizer's words."""
        return self.folder / VOCAB

    @property
    def merges(self) -> Path:
        """The tokenizer's merges."""
        return self.folder / MERGES


def expect_new(folder: Path) -> None:
    """See that a model can be written into a folder.

    Raises:
        InputError: something is there already.
    """
    if folder.exists():
        raise InputError(f"Expected a new folder for the model, found something at {folder}.")


def write_model(
    folder: Path,
    model: StoryDalle,
    *,
    tokenizer: Tokenizer,
    sentences: SentenceEncoder | None,
    preset: str,
    data_digest: str | None,
    step: int = 0,
) -> None:
    """Write a model into a new folder, whole or not at all; the fields are those of `About`.

    Raises:
        InputError: something is there already.
        NoSpaceError: the disk is full; nothing was kept.
    """
    expect_new(folder)
    with appearing(folder) as partial:
        write_about(
            partial,
            model,
            tokenizer=tokenizer,
            sentences=sentences,
            preset=preset,
            data_digest=data_digest,
            step=step,
        )
        weights = gathered(model.state_dict().items(), is_wanted=True)
        write_tensors(partial / WEIGHTS, weights)


def write_about(
    folder: Path,
    model: StoryDalle,
    *,
    tokenizer: Tokenizer,
    sentences: SentenceEncoder | None,
    preset: str,
    data_digest: str | None,
    step: int,
) -> None:
    """Write everything but the weights into a folder that is there."""
    about = About(
        size=model.size,
        switches=model.switches,
        preset=preset,
        sentences=None if sentences is None else dict(sentences.record()),
        added=tuple(tokenizer.added),
        data_digest=data_digest,
        step=step,
    )
    with space_guard(folder):
        tokenizer.write(folder)
    write_json(folder / ABOUT, about.model_dump(mode="json"))


def is_saved(path: Path) -> bool:
    """Whether this is a folder of a model, or of a training run that has checkpoints."""
    return (path / ABOUT).is_file() or newest(path) is not None


def read_about(path: Path) -> tuple[Path, About]:
    """The folder that `path` means, itself or the newest checkpoint of a run, and what it says.

    Raises:
        MissingError: no model is there, or the newest checkpoint has lost its `model.json`.
        InputError: `model.json` is not of this schema.
    """
    folder = path if (path / ABOUT).is_file() else newest(path)
    if folder is None:
        raise MissingError(
            f"Expected a model ({ABOUT}) or a training run ({CHECKPOINTS}/step-*) in {path}, found "
            "neither. Has the training written its first checkpoint?"
        )
    about = folder / ABOUT
    if not about.is_file():
        raise MissingError(
            f"Expected the file {about}, found none. Copy the checkpoint again, or delete "
            f"{folder} to use the one before."
        )
    return folder, validated_json(TypeAdapter(About), about.read_bytes(), name=str(about))


def read_model(path: Path) -> Saved:
    """Read a model from its folder, or the newest one of a training run.

    Raises:
        MissingError: no model is there, or a file of it is missing.
        InputError: a file is damaged, another than the training wrote, or has weights that are no
            numbers; or they do not fit together.
    """
    folder, about = read_about(path)
    for name in (WEIGHTS, VOCAB, MERGES):
        if not (folder / name).is_file():
            raise MissingError(
                f"Expected {name} beside {folder / ABOUT}, found none. Copy the folder as a whole."
            )
    expect_as_written(folder)
    with torch.device("meta"):
        model = StoryDalle(about.size, about.switches)
    state = _read_weights(folder / WEIGHTS, model.state_dict())
    model.load_state_dict(state, assign=True)
    return Saved(folder, about, model.eval())


def _read_weights(path: Path, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a file, exactly those that are wanted; their shapes are seen before they."""
    try:
        with safe_open(path, "pt") as file:
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
            expect_shapes(path, shapes, shapes_of(wanted), advice=ANOTHER)
            state = {name: file.get_tensor(name) for name in shapes}
    except SafetensorError as error:
        raise InputError(
            f"Expected weights in {path}, found a file that is no whole safetensors file "
            f"({error}). Copy it again."
        ) from error
    if (name := diverged(state)) is not None:
        raise InputError(
            f"Expected weights that are numbers in {path}, found {name} diverged. Choose a model "
            "of an earlier checkpoint, or train it again with a lower --lr."
        )
    return state
