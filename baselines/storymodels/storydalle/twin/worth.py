"""What the pretrained parts are worth, on frames that none of them learned from."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from storymodels.storydalle.model import StoryDalle, losses
from storymodels.storydalle.pretraining.captions import without_story
from storymodels.storydalle.pretraining.codebook import perplexity
from storymodels.storydalle.pretraining.singles import Singles
from storymodels.storydalle.pretraining.stage1 import edge_distance, psnr
from storymodels.storydalle.tokenizer import Tokenizer

AT_A_TIME = 32


@torch.inference_mode()
def of_pictures(model: StoryDalle, held: Singles) -> dict[str, float]:
    """How near frames come back, in decibels, how sharp, and how many codes that takes.

    `outlines` is how much neighbouring pixels differ in what comes back, as a share of how much
    they do in the frames: less where it is blurred. `perplexity` counts codes by how often they are
    used; `used` are all that occur.
    """
    found, near, edges = [], [], []
    device = model.vqgan.codebook.weight.device
    for rows in _groups(len(held)):
        images = held.floats(rows).to(device)
        codes = model.vqgan.encode(images)
        drawn = model.vqgan.decode(codes)
        near.append(psnr(drawn, images))
        edges.append(torch.stack([_edges(drawn.clamp(-1, 1)), _edges(images)]) * len(rows))
        found.append(codes)
    sharpness = torch.stack(edges).sum(0)
    codes = torch.cat(found)
    return {
        "psnr": round(float(torch.cat(near).mean()), 2),
        "outlines": round(float(sharpness[0] / sharpness[1]), 3),
        "perplexity": round(perplexity(codes, model.size.vqgan.n_codes), 1),
        "used": len(codes.unique()),
    }


@torch.inference_mode()
def of_captions(model: StoryDalle, tokenizer: Tokenizer, held: Singles) -> dict[str, float]:
    """Nats a code, with each frame's own caption and with that of another frame.

    The difference is what the model takes from captions.
    """
    texts = tokenizer.encode([of[0] for of in held.captions], model.size.transformer.n_text)
    device = model.vqgan.codebook.weight.device
    own = texts[held.scenes].to(device)
    others = own.roll(len(own) // 2, dims=0)
    images = (held.floats(rows).to(device) for rows in _groups(len(held)))
    codes = torch.cat([model.vqgan.encode(some) for some in images])
    return {
        "nats_a_code": _nats(model, own, codes),
        "nats_a_code_of_another_caption": _nats(model, others, codes),
    }


def _edges(images: Tensor) -> Tensor:
    """How much neighbours differ, on average."""
    return edge_distance(images, torch.zeros_like(images))


def _nats(model: StoryDalle, texts: Tensor, codes: Tensor) -> float:
    total = 0.0
    for rows in _groups(len(codes)):
        logits = model(without_story(texts[rows][:, None]), codes[rows][:, None])
        total += float(losses(logits, texts[rows], codes[rows])[0]) * len(rows)
    return round(total / len(codes), 4)


def _groups(n: int) -> Iterator[Tensor]:
    yield from torch.arange(n).split(AT_A_TIME)
