"""A small text-to-image model, and the toy build that it is made of."""

from __future__ import annotations

from pathlib import Path

from storybench import registry
from storymodels.storydalle.sizes import Size, TransformerSize, VqganSize
from storymodels.storydalle.twin import NO_STORY

SIZE = Size(
    vqgan=VqganSize(
        side=16,
        channels=32,
        widths=(1, 1, 1),
        n_blocks=1,
        attention_side=4,
        latent_width=8,
        code_width=4,
        n_codes=32,
    ),
    transformer=TransformerSize(
        width=32,
        n_layers=3,
        n_heads=2,
        n_text=16,
        n_codes=16,
        text_vocabulary=96,
        image_vocabulary=32,
    ),
    story=NO_STORY,
)


def build(folder: Path) -> Path:
    """A toy build that keeps its clips."""
    registry.load("twins", "flintstones")(folder / "raw", stories=12, seed=5)
    registry.load("datasets", "flintstonessv").build(folder / "raw", folder / "shards", options={})
    return folder / "shards"
