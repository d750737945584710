"""Are a story's pictures its own: whatever the batch, the number of candidates, and the stop?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.registry import BatchModel
from storybench.shards.reader import Stories
from storybench.types import StoryPrompt
from storymodels.storydalle.drawing.generating import Generating
from storymodels.storydalle.drawing.opening import CHECKPOINTS
from storymodels.storydalle.drawing.options import MOST
from storymodels.storydalle.sampling import Choice
from storymodels.training import memory
from tests.factories import make_shards, picture
from tests.storydalle import small

LIVELY = {"setting": "camera-ready", "device": "cpu"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model."""
    return small.save(tmp_path_factory.mktemp("model") / "saved")


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> list[StoryPrompt]:
    """Five stories of two frames."""
    shards = make_shards(tmp_path_factory.mktemp("data") / "shards", stories={"test": 5})
    stories = Stories(shards, "test")
    return [stories.prompt(index) for index in range(5)]


def opened(folder: Path, **options: Any) -> Generating:
    """The model with these options."""
    return CHECKPOINTS.open(folder, LIVELY | options)


def drawn(model: Generating, prompts: Sequence[StoryPrompt]) -> NDArray[np.uint8]:
    """All candidates, (b, candidates, t, side, side, 3), in batches as the model likes them."""
    seeds = [100 + int(prompt.id[-3:]) for prompt in prompts]
    made = []
    for at in range(0, len(prompts), model.batch):
        batch = slice(at, at + model.batch)
        made += model.generate_batch(prompts[batch], seeds=seeds[batch])
    assert [story[0].story_id for story in made] == [prompt.id for prompt in prompts]
    return np.stack([[one.frames for one in story] for story in made])


@pytest.fixture(scope="module")
def reference(folder: Path, prompts: list[StoryPrompt]) -> NDArray[np.uint8]:
    """Every story by itself."""
    return drawn(opened(folder, batch=1), prompts)


def test_it_is_a_batch_model_of_storybench(folder: Path) -> None:
    """What `storybench generate` asks for."""
    model = opened(folder, batch=3, candidates=2)
    assert isinstance(model, BatchModel)
    assert (model.batch, model.n_candidates) == (3, 2)


@pytest.mark.parametrize("batch", [2, 3, 5])
def test_pictures_are_the_same_whatever_the_batch(
    folder: Path, prompts: list[StoryPrompt], reference: NDArray[np.uint8], batch: int
) -> None:
    """To the last bit, the last batch smaller or not."""
    np.testing.assert_array_equal(drawn(opened(folder, batch=batch), prompts), reference)


@pytest.mark.slow
def test_nor_do_two_threads_change_that(folder: Path, prompts: list[StoryPrompt]) -> None:
    """Work is divided by rows, and a row is computed in one way."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        alone, together = (drawn(opened(folder, batch=n), prompts[:4]) for n in (1, 4))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(together, alone)


def test_the_first_candidate_is_the_only_one(
    folder: Path, prompts: list[StoryPrompt], reference: NDArray[np.uint8]
) -> None:
    """More candidates add pictures and change none; no two are alike."""
    three = drawn(opened(folder, batch=2, candidates=3), prompts[:3])
    np.testing.assert_array_equal(three[:, :1], reference[:3])
    assert not np.array_equal(three[:, 1], three[:, 2])


@pytest.mark.usefixtures("pretended_gpu")
@pytest.mark.parametrize("options", [{}, {"candidates": 2}, {"dtype": "bfloat16"}])
def test_a_gpu_draws_what_a_processor_draws(
    folder: Path, prompts: list[StoryPrompt], options: dict[str, Any]
) -> None:
    """Chance is the story's own and comes from the processor, wherever it is used."""
    there, here = (
        drawn(opened(folder, batch=3, device=device, **options), prompts)
        for device in ("cuda", "cpu")
    )
    np.testing.assert_array_equal(there, here)


def test_frames_and_stories_differ(reference: NDArray[np.uint8]) -> None:
    """uint8 RGB of the model's side, each its own."""
    assert reference.shape == (5, 1, 2, 64, 64, 3)
    assert reference.dtype == np.uint8
    assert len({frame.tobytes() for story in reference for frame in story[0]}) == 10


def test_a_seed_decides(folder: Path, prompts: list[StoryPrompt]) -> None:
    """The same again, another others; `generate` is the first candidate."""
    model = opened(folder, candidates=2)
    same, again, other = (
        model.generate(prompts[0], seed=seed).frames.tobytes() for seed in (1, 1, 2)
    )
    assert same == again != other


def test_the_source_is_looked_at(folder: Path, prompts: list[StoryPrompt]) -> None:
    """Another source picture, other frames."""
    first = prompts[0]
    other = StoryPrompt(first.id, picture((72, 96), seed=77), first.captions)
    model = opened(folder)
    before, after = (model.generate(one, seed=1).frames for one in (first, other))
    assert not np.array_equal(before, after)


def test_steps_are_told(folder: Path, prompts: list[StoryPrompt]) -> None:
    """One a code."""
    told: list[tuple[int, int]] = []
    opened(folder).generate_batch(prompts[:1], seeds=[1], on_step=lambda *call: told.append(call))
    assert told == [(k, 64) for k in range(1, 65)]


def test_it_says_all_that_decides_the_pictures(folder: Path) -> None:
    """As JSON; the batch does not in float32 on a processor."""
    said = opened(folder, batch=3, top_k=7).describe()
    assert json.loads(json.dumps(said)) == said
    assert said["name"] == "storydalle"
    assert said["choice"] == {"top_k": 7, "top_p": None, "temperature": 1.0}
    assert (said["preset"], said["step"], said["dtype"]) == ("small", 5, "float32")
    assert said["sentences"] == {"kind": "hash", "width": 24, "version": 1}
    assert len(said["weights_sha256"]) == 64
    assert said == opened(folder, batch=5, top_k=7).describe()


def test_half_the_bytes_depend_on_the_batch_and_say_so(
    folder: Path, prompts: list[StoryPrompt]
) -> None:
    """bfloat16 but for the VQGAN; every batch is filled up, so a smaller last one is the same."""
    model = opened(folder, batch=4, dtype="bfloat16")
    assert model.describe()["batch"] == 4
    assert model.model.transformer.image_head.weight.dtype == torch.bfloat16
    assert model.model.vqgan.codebook.weight.dtype == torch.float32
    whole, part = drawn(model, prompts[:4]), drawn(model, prompts[:2])
    np.testing.assert_array_equal(whole[:2], part)


@pytest.mark.slow
@pytest.mark.usefixtures("compiler")
def test_compiled_steps_depend_on_the_batch_and_say_so(
    folder: Path, prompts: list[StoryPrompt]
) -> None:
    """Every batch is filled up, a smaller one is the same, and the next is drawn like the first."""
    model = opened(folder, batch=4, candidates=2, compile=True)
    said = opened(folder, batch=4, candidates=2).describe()
    assert model.describe() == said | {"batch": 4, "compiled": True}
    whole, part, again = (drawn(model, prompts[:n]) for n in (4, 2, 4))
    np.testing.assert_array_equal(whole[:2], part)
    np.testing.assert_array_equal(whole, again)


def test_the_memory_of_a_batch_is_known_beforehand(folder: Path) -> None:
    """At least the weights and caches; more for more stories, and in use something is."""
    one, many = (opened(folder, batch=n, candidates=4) for n in (2, 64))
    size = one.model.size.transformer
    n_rows = one.model.size.n_prefix + size.n_text + size.n_codes - 1
    cache = 4 * 64 * 2 * 4 * size.n_layers * 2 * n_rows * size.width
    assert many.expected_bytes() > cache
    assert many.expected_bytes() > one.expected_bytes()
    assert one.peak_bytes() > 1e6


def test_a_batch_that_cannot_fit_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is drawn; weights, which are on the processor already, need no more room."""
    few = opened(folder, batch=1)
    weights = sum(p.numel() * p.element_size() for p in few.model.parameters())
    room = few.expected_bytes() - weights
    monkeypatch.setattr(memory, "free", lambda device: room)
    opened(folder, batch=1)
    sentence = (
        r"Expected [\d.]+ MB of free memory to draw a batch, found .* Choose a smaller --batch"
    )
    with pytest.raises(InputError, match=sentence):
        opened(folder, batch=64)
    monkeypatch.setattr(memory, "free", lambda device: room - 1)
    with pytest.raises(InputError, match="--dtype bfloat16"):
        opened(folder, batch=1)


def test_the_most_that_may_be_asked_for_is_refused_for_its_memory(folder: Path) -> None:
    """Its bytes are too many for any machine, and are counted all the same."""
    with pytest.raises(InputError, match=r"of free memory to draw a batch, found .* smaller --bat"):
        opened(folder, batch=MOST, candidates=MOST)


def test_the_default_setting_is_that_of_the_public_code(folder: Path) -> None:
    """And single numbers change it."""
    plain = CHECKPOINTS.open(folder, {"device": "cpu"})
    assert plain.settings.choice == Choice(top_k=96, top_p=0.5)
    changed = CHECKPOINTS.open(folder, {"device": "cpu", "top_p": 0.9, "temperature": 2.0})
    assert changed.settings.choice == Choice(top_k=96, top_p=0.9, temperature=2.0)
