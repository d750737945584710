from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from PIL import Image
from torchmetrics.functional.multimodal.clip_score import clip_score

from storybench.errors import MissingError
from storybench.metrics import clip
from storybench.metrics.clip_score import ClipScore
from storybench.metrics.evidence import Evidence, Options, lone_slots
from storybench.metrics.metric import Absent, Estimate
from storybench.stats import bootstrap
from tests.factories import picture
from tests.metrics.fakes import extractor, table

CAPTIONS = tuple(f"Pororo finds {thing}." for thing in ("a fish", "a sledge", "a kite")) * 4
GROUPS = np.arange(12) // 3


def rows(n, *, seed):
    """Embeddings of n things."""
    return np.random.default_rng(seed).normal(size=(n, 8)).astype(np.float32)


PICTURES = replace(extractor(sha256="c" * 64), arch="clip-vitb32")
MADE, REAL = rows(12, seed=1), rows(12, seed=2)


class FakeText:
    """Embeddings of captions that depend on nothing but the caption; counts those it computed."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, weights, captions):
        """Captions to (n, 8)."""
        self.n += len(captions)
        seeds = (int.from_bytes(caption.encode()[-6:], "big") for caption in captions)
        return np.concatenate([rows(1, seed=seed) for seed in seeds])


@pytest.fixture
def text(monkeypatch):
    """A CLIP that needs no weights."""
    fake = FakeText()
    monkeypatch.setattr(clip, "load", lambda weights=None: PICTURES)
    monkeypatch.setattr(clip, "text", fake)
    return fake


def evidence(options=None):
    """Twelve slots in four episodes."""
    return Evidence.of(
        table(MADE),
        table(REAL),
        GROUPS,
        extractor=PICTURES,
        slots=lone_slots(GROUPS, CAPTIONS),
        options=options,
    )


def estimates():
    """CLIP-T and CLIP-I of the twelve slots."""
    found = ClipScore().estimate(evidence())
    return [one for one in found if isinstance(one, Estimate)]


def plain(first, second):
    """Cosine of each pair of rows, by torch."""
    return torch.cosine_similarity(torch.from_numpy(first), torch.from_numpy(second)).numpy()


def test_they_are_means_of_raw_cosines(text):
    """CLIP-T with the caption of the slot, CLIP-I with its real frame; no scale, no cut at 0."""
    clip_t, clip_i = estimates()
    of_text = plain(MADE, FakeText()(None, CAPTIONS))
    of_image = plain(MADE, REAL)
    assert clip_t.per_story == pytest.approx(of_text, abs=1e-6)
    assert clip_t.value == pytest.approx(of_text.mean(), abs=1e-6)
    assert clip_i.value == pytest.approx(of_image.mean(), abs=1e-6)
    assert min(of_image) < 0


def test_ids_name_the_weights(text):
    """The first eight digits of the hash of the weights are part of both ids."""
    assert [one.metric for one in estimates()] == [
        "clip_t.vitb32.cccccccc.targets.v1",
        "clip_i.vitb32.cccccccc.targets.v1",
    ]


def test_the_score_of_the_real_frames_stands_beside(text):
    """The real frames against the same captions; against themselves they score 1."""
    clip_t, clip_i = estimates()
    expected = plain(REAL, FakeText()(None, CAPTIONS)).mean()
    assert clip_t.settings["real_frames"] == pytest.approx(expected, abs=1e-6)
    assert clip_i.settings["real_frames"] == 1


def test_draws_take_whole_episodes(text):
    """Each draw is the mean over the slots of the drawn episodes."""
    clip_t, _ = estimates()
    by_group = np.reshape(clip_t.per_story or (), (4, 3)).mean(axis=1)
    assert clip_t.replicates == pytest.approx(bootstrap.weights(4) @ by_group / 4)
    assert (clip_t.spread, clip_t.bounds) == ("bootstrap", (-1, 1))


def test_a_caption_runs_once_ever(text):
    """Captions that stand in several slots run once, and a repeat runs none."""
    first = estimates()
    assert text.n == 3
    assert [one.value for one in estimates()] == [one.value for one in first]
    assert text.n == 3


def test_without_weights_both_are_absent():
    """The reason names the file and where to put it."""
    found = ClipScore().estimate(evidence())
    assert [one.metric for one in found] == ["clip_t", "clip_i"]
    for one in found:
        assert isinstance(one, Absent)
        assert "weights" in one.reason


def test_weights_that_were_named_must_be_there(tmp_path):
    """A file that the user named and that is not there is an error, not an absence."""
    with pytest.raises(MissingError, match=r"nowhere\.pt"):
        ClipScore().estimate(evidence(Options(clip=tmp_path / "nowhere.pt")))


@dataclass
class Shown:
    """Pictures of an evaluation without predictions on disk."""

    made: list[np.ndarray]
    real: list[np.ndarray]

    def of(self, side):
        """Generated or real ones."""
        return self.made if side == "generated" else self.real

    def train(self):
        """No training split."""


class AsTransformers:
    """open_clip's model in the clothes of a transformers model and its processor."""

    def __init__(self, model: CLIP) -> None:
        self.model = model
        self.config = SimpleNamespace()
        self.transform: Any = open_clip.image_transform(32, is_train=False)

    def to(self, device):
        """Stay."""
        return self

    def __call__(self, *, text=None, images=None, **_):
        """What a processor makes of texts or uint8 pictures (3, h, w)."""
        if text is not None:
            tokens = open_clip.tokenize(text)
            return {"input_ids": tokens, "attention_mask": tokens > 0}
        pictures = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images or ()]
        return {"pixel_values": torch.stack([self.transform(picture) for picture in pictures])}

    def get_image_features(self, pixels):
        """Embeddings of pictures."""
        return self.model.encode_image(pixels).detach()

    def get_text_features(self, tokens, mask):
        """Embeddings of captions."""
        return self.model.encode_text(tokens).detach()


def test_they_equal_torchmetrics_through_open_clip(tmp_path):
    """Random weights in OpenAI's format: 100 times our cosine is torchmetrics' score, to 1e-3.

    Both run open_clip's graph; torchmetrics gives 0 for a negative cosine, we keep it.
    """
    torch.manual_seed(0)
    vision = CLIPVisionCfg(layers=2, width=64, patch_size=16, image_size=32)
    model = CLIP(24, vision, CLIPTextCfg(width=64, heads=1, layers=2), quick_gelu=True).eval()
    torch.save(model.state_dict(), tmp_path / "clip.pt")
    made = [picture((64, 64), seed=seed) for seed in range(4)]
    real = [picture((64, 64), seed=seed) for seed in range(10, 14)]
    captions = ("Pororo sleds.", "a long caption " * 60, "Loopy cooks, and Eddy eats.", "")
    groups = np.arange(4)
    slots = lone_slots(groups, captions)
    of = Evidence(slots, extractor(), options=Options(clip=tmp_path / "clip.pt"))
    found = ClipScore().estimate(replace(of, pictures=Shown(made, real)))
    clothed = AsTransformers(model)

    def theirs(image, other):
        pixels = torch.from_numpy(image).permute(2, 0, 1)
        return clip_score(pixels, other, model_name_or_path=lambda: (clothed, clothed)).item()

    others = [torch.from_numpy(image).permute(2, 0, 1) for image in real]
    for one, pairs in zip(found, (captions, others), strict=True):
        assert isinstance(one, Estimate)
        expected = [theirs(*pair) for pair in zip(made, pairs, strict=True)]
        assert max(expected) > 0
        ours = 100 * np.array(one.per_story)
        assert np.maximum(ours, 0) == pytest.approx(expected, abs=1e-3)
        assert one.value == pytest.approx(ours.mean() / 100)
