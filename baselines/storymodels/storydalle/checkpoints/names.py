"""Tensors under the names of the public checkpoints, and back.

Ours are called by what they do, and projections of the same rows are one matrix; a public
checkpoint has the names of adymaharana/storydalle@132dd19 (those of minDALL-E behind `stage1.` and
`stage2.`) and each projection on its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from storybench.errors import InputError

_ATTENTION = r"vqgan\.\w+\.(?:levels\.\d+\.attentions\.\d+|middle\.attention)"
_BLOCK = r"(?:transformer\.blocks\.\d+|story_encoder\.block)"

_PARTS = (
    (rf"({_ATTENTION})\.qkv", (r"\1.q", r"\1.k", r"\1.v")),
    (rf"({_BLOCK})\.attention\.qkv", (r"\1.attn.query", r"\1.attn.key", r"\1.attn.value")),
    (r"(retro\.layers\.\d+)\.keys_values", (r"\1.attn.key", r"\1.attn.value")),
)
"""One matrix of ours, and the public ones that it stacks."""

_RULES = (
    (rf"({_ATTENTION})\.out", r"\1.proj_out"),
    (rf"({_BLOCK})\.attention\.out", r"\1.attn.proj"),
    (rf"({_BLOCK})\.norm_attention", r"\1.ln1"),
    (rf"({_BLOCK})\.norm_mlp", r"\1.ln2"),
    (r"^retro\.layers\.(\d+)\.norm_rows", r"cross_attention_layers.\1.ln1"),
    (r"^retro\.layers\.(\d+)\.norm_source", r"cross_attention_layers.\1.ln2"),
    (r"^retro\.layers\.(\d+)\.out", r"cross_attention_layers.\1.attn.proj"),
    (r"^retro\.layers\.(\d+)\.query", r"cross_attention_layers.\1.attn.query"),
    (r"^retro\.layers\.(\d+)\.attn", r"cross_attention_layers.\1.attn"),
    (r"^(vqgan\..+)\.norm_in\.", r"\1.norm1."),
    (r"^(vqgan\..+)\.conv_in\.", r"\1.conv1."),
    (r"^(vqgan\..+)\.norm_out\.", r"\1.norm2."),
    (r"^(vqgan\..+)\.conv_out\.", r"\1.conv2."),
    (r"^(vqgan\..+)\.shortcut\.", r"\1.nin_shortcut."),
    (r"^vqgan\.(\w+)\.levels\.(\d+)\.blocks", r"vqgan.\1.levels.\2.block"),
    (r"^vqgan\.(\w+)\.levels\.(\d+)\.attentions", r"vqgan.\1.levels.\2.attn"),
    (r"^vqgan\.encoder\.levels\.(\d+)\.resample", r"vqgan.encoder.levels.\1.downsample"),
    (r"^vqgan\.decoder\.levels\.(\d+)\.resample", r"vqgan.decoder.levels.\1.upsample"),
    (r"^vqgan\.encoder\.levels", "vqgan.encoder.down"),
    (r"^vqgan\.decoder\.levels", "vqgan.decoder.up"),
    (r"\.middle\.before", ".mid.block_1"),
    (r"\.middle\.attention", ".mid.attn_1"),
    (r"\.middle\.after", ".mid.block_2"),
    (r"^vqgan\.(\w+)\.first\.", r"vqgan.\1.conv_in."),
    (r"^vqgan\.(\w+)\.norm\.", r"vqgan.\1.norm_out."),
    (r"^vqgan\.(\w+)\.last\.", r"vqgan.\1.conv_out."),
    (r"^vqgan\.to_code", "vqgan.quant_conv"),
    (r"^vqgan\.from_code", "vqgan.post_quant_conv"),
    (r"^vqgan\.codebook", "vqgan.quantize.embedding"),
    (r"^vqgan\.", "stage1."),
    (r"^transformer\.text_tokens", "transformer.tok_emb_txt"),
    (r"^transformer\.image_tokens", "transformer.tok_emb_img"),
    (r"^transformer\.text_positions", "transformer.pos_emb_txt"),
    (r"^transformer\.image_positions", "transformer.pos_emb_img"),
    (r"^transformer\.text_head", "transformer.head_txt"),
    (r"^transformer\.image_head", "transformer.head_img"),
    (r"^transformer\.norm", "transformer.ln_f"),
    (r"^transformer\.", "stage2."),
    (r"^story_encoder\.embed", "story_linear"),
    (r"^story_encoder\.block", "story_block"),
    (r"^prompt\.table", "wte"),
    (r"^prompt\.network", "control_trans"),
)
"""From our names to the public ones, one after the other."""

RETRO = "cross_attention_layers."
"""What the names of the retro cross-attention start with; public checkpoints have none of them."""

Retro = Literal["needed", "may be missing"]


def official(name: str) -> tuple[str, ...]:
    """What a tensor of ours is called in public checkpoints: several names if it stacks several.

    >>> official("transformer.blocks.3.attention.qkv.bias")[0]
    'stage2.blocks.3.attn.query.bias'
    >>> official("vqgan.decoder.levels.1.blocks.0.conv_in.weight")
    ('stage1.decoder.up.1.block.0.conv1.weight',)
    """
    for pattern, parts in _PARTS:
        if re.search(pattern, name):
            return tuple(_renamed(re.sub(pattern, part, name)) for part in parts)
    return (_renamed(name),)


def from_official(
    state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], *, retro: Retro = "needed"
) -> dict[str, Tensor]:
    """Tensors of a public checkpoint under our names.

    Args:
        state: the tensors of the checkpoint, by their public names.
        wanted: tensors of our model by our names, for their shapes; they may be on "meta".
        retro: whether the retro cross-attention must be there; where it is missing, so are its
            names in what is returned. Its layers past the depth of the model are left over.

    Raises:
        InputError: a tensor is missing, left over, or of another shape.
    """
    left, found = dict(state), {}
    for name, like in wanted.items():
        parts = official(name)
        missing = next((part for part in parts if part not in left), None)
        if missing is not None and retro == "may be missing" and missing.startswith(RETRO):
            continue
        if missing is not None:
            raise InputError(
                f"Expected the tensor {missing} in the checkpoint, found none of that name among "
                f"{len(state):,}. Is it a checkpoint of this model, of this size?"
            )
        for part, of_part in zip(parts, like.chunk(len(parts)), strict=True):
            if left[part].shape != of_part.shape:
                raise InputError(
                    f"Expected {_shape(of_part)} in {part}, found {_shape(left[part])}. Is it a "
                    "checkpoint of a model of this size?"
                )
        found[name] = torch.cat([left.pop(part) for part in parts])
    over = [name for name in left if not name.startswith(RETRO)]
    if over:
        raise InputError(
            f"Expected tensors of this model alone in the checkpoint, found {over[0]} and "
            f"{len(over) - 1:,} more. Has it parts that this model was built without?"
        )
    return found


def to_official(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our tensors as a public checkpoint has them."""
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        parts = official(name)
        found.update(zip(parts, tensor.chunk(len(parts)), strict=True))
    return found


def _renamed(name: str) -> str:
    for pattern, replacement in _RULES:
        name = re.sub(pattern, replacement, name)
    return name


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"
