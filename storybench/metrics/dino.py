"""DINO: a vision transformer that learnt without labels to see what is where (Caron et al., 2021).

The extractor `dino` is ViT-B/16, the network of VBench's subject consistency
(Vchitect/VBench@45e79ec:vbench/subject_consistency.py), unless another file is named. Features are
the class token after the last norm. The graph is timm's; its sizes are read off the parameters, so
ViT-S/16 loads as well, strictly.
"""

from __future__ import annotations

from pathlib import Path

import torch
from timm.models.vision_transformer import VisionTransformer

from storybench.errors import InputError
from storybench.metrics import parameters
from storybench.metrics.extractor import Extractor
from storybench.metrics.network_pixels import dino_pixels
from storybench.metrics.runner import Runner
from storybench.weights.known import DINO_B
from storybench.weights.place import require

WHAT = "the parameters of a DINO vision transformer"
ADVICE = "Without it the DINO scores are left out."
BATCH = 32
HEAD = 64
"""Width of an attention head in every DINO."""

SIZES = {192: "t", 384: "s", 768: "b", 1024: "l"}


def load(weights: Path | None = None) -> Extractor:
    """The extractor `dino`.

    Raises:
        MissingError: there is no such file; names it and its place.
        InputError: the file does not hold the parameters of such a network.
    """
    path, sha256 = require(DINO_B, weights, advice=ADVICE)
    state = parameters.read(path, what=WHAT)
    network = build(state, path)
    parameters.fill(network, state, path=path, what=WHAT)
    runner = Runner(network.eval().requires_grad_(False))
    patch, width = network.patch_embed.patch_size[0], network.embed_dim
    return Extractor(
        arch=f"dino-vit{SIZES.get(width, f'{width}-')}{patch}",
        layer=f"class token-{width}",
        weights_sha256=sha256,
        dim=width,
        pixels=dino_pixels(network.patch_embed.img_size[0]),  # pyright: ignore[reportOptionalSubscript]
        network=runner,
        batch=BATCH,
    )


def build(state: dict[str, torch.Tensor], path: Path) -> VisionTransformer:
    """An empty network of the sizes that parameters have.

    Raises:
        InputError: a parameter that says a size is not there, or says nonsense.
    """
    try:
        width, _, patch, _ = state["patch_embed.proj.weight"].shape
        grid = round((state["pos_embed"].shape[1] - 1) ** 0.5)
        depth = len({key.split(".")[1] for key in state if key.startswith("blocks.")})
        return VisionTransformer(
            img_size=patch * grid,
            patch_size=patch,
            embed_dim=width,
            depth=depth,
            num_heads=width // HEAD,
            num_classes=0,
            global_pool="token",
        )
    except (LookupError, ValueError, ZeroDivisionError, RuntimeError, AssertionError) as error:
        raise InputError(f"Expected {WHAT} in {path}, found none of {error}.") from error
