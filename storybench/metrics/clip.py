"""CLIP: pictures and captions as vectors of one space, through open_clip.

The extractor `clip` is the image tower of OpenAI's CLIP (Radford et al., 2021; ViT-B/32 unless
another file is named), with the model's own preprocessing; `text` is the text tower. Features are
the projected embeddings, not normalised. The graph is open_clip's; its sizes are read off the
parameters, so any vision transformer of OpenAI's family loads, strictly.

OpenAI publishes TorchScript, which is a program: such a file is opened only if its SHA-256 is that
of the published one. State dicts (torch or safetensors) with the same names may be any.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from torch import Tensor, nn

from storybench.errors import InputError
from storybench.metrics import parameters
from storybench.metrics.extractor import Extractor, Features
from storybench.metrics.network_pixels import clip_pixels
from storybench.metrics.runner import Runner, chosen_device, exact_float32
from storybench.weights.known import CLIP_B, CLIP_L
from storybench.weights.place import require

WHAT = "the parameters of a CLIP with a vision transformer"
ADVICE = "Without it the CLIP scores are left out."
BATCH = 32
HEAD = 64
"""Width of an attention head in every CLIP of OpenAI's."""

SPARE = ("input_resolution", "context_length", "vocab_size")
"""What OpenAI's files hold beside parameters."""

SIZES = {512: "s", 768: "b", 1024: "l", 1280: "h"}


def load(weights: Path | None = None, *, advice: str = ADVICE) -> Extractor:
    """The image tower, as the extractor `clip`; `advice` says what becomes of the asker without it.

    Raises:
        MissingError: there is no such file; names it, its SHA-256 and its place.
        VerificationError: the file in the published one's place is another.
        InputError: the file does not hold the parameters of a CLIP.
    """
    path, sha256 = require(CLIP_B, weights, advice=advice)
    model = _model(path, sha256)
    side = model.visual.image_size[0]
    runner = Runner(ImageTower(model))
    return Extractor(
        arch=f"clip-{name_of(model)}",
        layer=f"image embedding-{model.visual.output_dim}",
        weights_sha256=sha256,
        dim=model.visual.output_dim,
        pixels=clip_pixels(side),
        network=runner,
        batch=BATCH,
    )


def text(weights: Path | None, captions: Sequence[str]) -> Features:
    """The embeddings (n, d) of captions, each cut at the model's 77 tokens; not normalised.

    Raises:
        MissingError, VerificationError, InputError: as `load`.
    """
    path, sha256 = require(CLIP_B, weights, advice=ADVICE)
    model, device = _model(path, sha256), chosen_device()
    model.to(device)
    rows = [np.zeros((0, model.visual.output_dim), np.float32)]
    for at in range(0, len(captions), BATCH):
        tokens = open_clip.tokenize(list(captions[at : at + BATCH]), model.context_length)
        with torch.inference_mode(), exact_float32():
            rows.append(model.encode_text(tokens.to(device)).float().cpu().numpy())
    return np.concatenate(rows)


class ImageTower(nn.Module):
    """Pixels (b, 3, s, s), normalised as the model was trained, to embeddings (b, d)."""

    def __init__(self, model: CLIP) -> None:
        super().__init__()
        self.visual = model.visual

    def forward(self, x: Tensor) -> Tensor:
        """The projected class token, not normalised."""
        return self.visual(x)


def name_of(model: Any) -> str:
    """The name in metric ids: size and patch, and the input where it is not 224 pixels.

    ViT-B/32 is `vitb32`, ViT-L/14 at 336 pixels `vitl14-336`.
    """
    patch, width = model.visual.conv1.kernel_size[0], model.visual.conv1.out_channels
    side = model.visual.image_size[0]
    size = SIZES.get(width, f"{width}-")
    return f"vit{size}{patch}" + ("" if side == 224 else f"-{side}")


@lru_cache(maxsize=1)
def _model(path: Path, sha256: str) -> Any:
    """The model in eval mode; the last one is kept, since both towers are asked for in turn."""
    is_published = sha256 in (CLIP_B.sha256, CLIP_L.sha256)
    state = parameters.read(path, what=WHAT, script=is_published)
    model = build(state, path)
    parameters.fill(model, state, path=path, what=WHAT, spare=SPARE)
    return model.eval().requires_grad_(False)


def build(state: dict[str, Tensor], path: Path) -> CLIP:
    """An empty model of the sizes that parameters have.

    Raises:
        InputError: a parameter that says a size is not there, or says nonsense.
    """
    try:
        patches = state["visual.conv1.weight"]
        grid = round((len(state["visual.positional_embedding"]) - 1) ** 0.5)
        n_tokens, text_width = state["positional_embedding"].shape
        vision = CLIPVisionCfg(
            layers=_layers(state, "visual.transformer.resblocks."),
            width=patches.shape[0],
            patch_size=patches.shape[-1],
            image_size=patches.shape[-1] * grid,
        )
        words = CLIPTextCfg(
            context_length=n_tokens,
            vocab_size=len(state["token_embedding.weight"]),
            width=text_width,
            heads=text_width // HEAD,
            layers=_layers(state, "transformer.resblocks."),
        )
        return CLIP(state["text_projection"].shape[1], vision, words, quick_gelu=True)
    except (LookupError, ValueError, ZeroDivisionError, RuntimeError, AssertionError) as error:
        raise InputError(f"Expected {WHAT} in {path}, found none of {error}.") from error


def _layers(state: dict[str, Tensor], prefix: str) -> int:
    """How many blocks of that name there are."""
    return len({key[len(prefix) :].split(".")[0] for key in state if key.startswith(prefix)})
