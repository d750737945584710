"""Is the published size the published size? Counted on the meta device, without memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from storymodels.storydalle.checkpoints.names import RETRO, official
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sizes import MINDALLE, TWIN, Size


def built(size: Size) -> StoryDalle:
    """A model without memory."""
    with torch.device("meta"):
        return StoryDalle(size)


def resized(*, vocabulary: int = 16_384, n_prompts: int = 0, has_retro: bool = True) -> Size:
    """The published size with characters in its vocabulary, and prompts."""
    transformer = replace(MINDALLE.transformer, text_vocabulary=vocabulary)
    story = replace(MINDALLE.story, n_prompts=n_prompts, has_retro=has_retro)
    return replace(MINDALLE, transformer=transformer, story=story)


def n_parameters(module: torch.nn.Module | None) -> int:
    """How many numbers are learned."""
    assert module is not None
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_parts_have_the_published_numbers_of_parameters() -> None:
    """VQGAN, transformer, story encoder, fourteen layers of retro cross-attention."""
    model = built(MINDALLE)
    assert n_parameters(model.vqgan) == 76_073_859
    assert n_parameters(model.vqgan.encoder) == 29_298_176
    assert n_parameters(model.vqgan.decoder) == 42_449_795
    assert n_parameters(model.transformer) == 1_291_081_728
    assert n_parameters(model.story_encoder) == 29_119_488
    assert n_parameters(model.retro) == 132_292_608
    assert model.retro is not None
    assert len(model.retro.layers) == 14


@pytest.mark.parametrize(
    ("vocabulary", "n_prompts", "count"),
    [
        (16_384, 0, 1_396_275_075),
        (16_393, 0, 1_396_302_723),
        (16_391, 0, 1_396_296_579),
        (16_384, 32, 1_396_275_075 + 4_770_816),
    ],
    ids=["didemo", "pororo", "flintstones", "prompts"],
)
def test_the_whole_has_the_published_number(vocabulary: int, n_prompts: int, count: int) -> None:
    """Nine and seven characters are new words; the retro cross-attention was never counted."""
    model = built(resized(vocabulary=vocabulary, n_prompts=n_prompts, has_retro=False))
    assert n_parameters(model) == count


def test_public_checkpoints_have_the_published_number_of_tensors() -> None:
    """343 of the VQGAN, 680 of the transformer, 1041 in all, 1046 with prompts."""
    names = [part for name in built(MINDALLE).state_dict() for part in official(name)]
    assert len(names) == len(set(names))
    assert sum(name.startswith("stage1.") for name in names) == 343
    assert sum(name.startswith("stage2.") for name in names) == 680
    assert sum(not name.startswith(RETRO) for name in names) == 1041
    prompted = built(resized(n_prompts=32, has_retro=False)).state_dict()
    assert sum(len(official(name)) for name in prompted) == 1046


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("stage1.encoder.down.2.block.0.nin_shortcut.weight", (256, 128, 1, 1)),
        ("stage1.encoder.down.4.attn.1.proj_out.weight", (512, 512, 1, 1)),
        ("stage1.decoder.up.4.attn.2.q.weight", (512, 512, 1, 1)),
        ("stage1.decoder.up.1.upsample.conv.weight", (128, 128, 3, 3)),
        ("stage1.quantize.embedding.weight", (16_384, 256)),
        ("stage2.blocks.41.attn.key.weight", (1536, 1536)),
        ("stage2.blocks.41.mlp.0.weight", (6144, 1536)),
        ("stage2.pos_emb_txt.weight", (64, 1536)),
        ("story_linear.weight", (1536, 512)),
        ("cross_attention_layers.13.attn.value.bias", (1536,)),
    ],
)
def test_tensors_of_public_checkpoints_have_their_shapes(name: str, shape: tuple[int, ...]) -> None:
    """A few of every kind, by their public names."""
    shapes = {
        part: torch.Size((tensor.shape[0] // len(parts), *tensor.shape[1:]))
        for ours, tensor in built(MINDALLE).state_dict().items()
        for parts in [official(ours)]
        for part in parts
    }
    assert tuple(shapes[name]) == shape


def test_the_small_size_fits_together_and_into_ten_megabytes() -> None:
    """Codes fill the grid, and what is pretrained is under 5 million numbers of two bytes."""
    assert TWIN.transformer.n_codes == TWIN.vqgan.grid**2 == 64
    assert TWIN.transformer.image_vocabulary == TWIN.vqgan.n_codes
    assert TWIN.vqgan.attention_side == TWIN.vqgan.grid
    model = built(TWIN)
    assert n_parameters(model.vqgan) + n_parameters(model.transformer) < 4_900_000
    assert model.retro is not None
    assert len(model.retro.layers) == 2
