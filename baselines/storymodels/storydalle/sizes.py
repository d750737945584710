"""How large every part of a StoryDALL-E is: the published size, and a small one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VqganSize:
    """A VQGAN of square pictures.

    Each entry of `widths` is a level, halving the picture, that many times `channels` wide, with
    `n_blocks` residual blocks (one more in the decoder); levels of `attention_side` pixels have
    attention too. `n_codes` codes have `code_width` numbers; `latent_width` is what the encoder
    gives. Every width is divided into `n_groups` that are normalised together.
    """

    side: int
    channels: int
    widths: tuple[int, ...]
    n_blocks: int
    attention_side: int
    latent_width: int
    code_width: int
    n_codes: int
    n_groups: int = 32

    @property
    def grid(self) -> int:
        """Codes along a side of the picture.

        >>> MINDALLE.vqgan.grid
        16
        """
        return self.side >> (len(self.widths) - 1)


@dataclass(frozen=True, slots=True)
class TransformerSize:
    """A transformer over `n_text` tokens of a caption and the `n_codes` codes of a picture."""

    width: int
    n_layers: int
    n_heads: int
    n_text: int
    n_codes: int
    text_vocabulary: int
    image_vocabulary: int


@dataclass(frozen=True, slots=True)
class StorySize:
    """What is added to the transformer, each part of which can be left out.

    `sentence_width` is that of a caption's sentence embedding, 0 without a story encoder;
    `n_prompts` is 0 without prompts; `has_retro` says whether there is a part that looks at the
    source frame, `sees_source` whether that is shown the story's own or, as in story visualization,
    an empty one that is the same for all.
    """

    n_targets: int
    sentence_width: int
    n_prompts: int = 0
    prompt_dropout: float = 0.2
    has_retro: bool = True
    sees_source: bool = True


@dataclass(frozen=True, slots=True)
class Size:
    """A whole StoryDALL-E."""

    vqgan: VqganSize
    transformer: TransformerSize
    story: StorySize

    @property
    def n_prefix(self) -> int:
        """Rows before the text: the prompts and the story vector.

        >>> MINDALLE.n_prefix
        1
        """
        return self.story.n_prompts + (self.story.sentence_width > 0)


MINDALLE = Size(
    vqgan=VqganSize(
        side=256,
        channels=128,
        widths=(1, 1, 2, 2, 4),
        n_blocks=2,
        attention_side=16,
        latent_width=256,
        code_width=256,
        n_codes=16_384,
    ),
    transformer=TransformerSize(
        width=1536,
        n_layers=42,
        n_heads=24,
        n_text=64,
        n_codes=256,
        text_vocabulary=16_384,
        image_vocabulary=16_384,
    ),
    story=StorySize(n_targets=4, sentence_width=512),
)
"""minDALL-E 1.3B (kakaobrain/minDALL-E@e548007:configs/dalle-1.3B.yaml), with a story of four."""

TWIN = Size(
    vqgan=VqganSize(
        side=64,
        channels=16,
        widths=(1, 2, 4, 6),
        n_blocks=1,
        attention_side=8,
        latent_width=64,
        code_width=16,
        n_codes=1024,
        n_groups=4,
    ),
    transformer=TransformerSize(
        width=160,
        n_layers=6,
        n_heads=5,
        n_text=32,
        n_codes=64,
        text_vocabulary=448,
        image_vocabulary=1024,
    ),
    story=StorySize(n_targets=4, sentence_width=128),
)
"""Of the toy world: small enough to be pretrained, tuned and drawn with on two processor cores."""
